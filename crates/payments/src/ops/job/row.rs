//! The rows of a job, and of why it could not be done.

use ledger::TransferId;
use schema::{Corrupt, corrupt, table};

use crate::{CycleId, InvoiceId, InvoiceJob, MessageId, OrderId, TakingId, Text, Verdict};

/// When a dead job is due: never.
pub const NEVER_MS: i64 = i64::MAX;

/// A job's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct JobId(pub i64);

/// What a job does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum JobKind {
    /// Ends a hold whose time has run out.
    ExpireHold(TransferId),
    /// Closes a cycle: it takes no orders any more.
    CloseCycle(CycleId),
    /// Settles a cycle, a slice at a time.
    SettleCycle(CycleId),
    /// Decides an order whose network was slow.
    Decide(OrderId, Verdict),
    /// Sends a message. The process that claims this one sends it, and notes what became of it: it is not run.
    Send(MessageId),
    /// Does with an invoice what the clock does.
    Invoice(InvoiceJob, InvoiceId),
    /// Settles card money.
    SettleTaking(TakingId),
}

/// A job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// When it shall run, by the service's clock, in milliseconds of Unix time.
    pub due_at_ms: i64,
    /// What it does.
    pub kind: JobKind,
    /// Until when it is claimed, by the machines' time, in milliseconds of Unix time.
    pub leased_until_ms: i64,
    /// How often it was claimed.
    pub fence: i64,
    /// How often it was tried in vain.
    pub tries: i64,
    /// Since when it is not tried any more, in milliseconds of Unix time.
    pub dead_at_ms: Option<i64>,
}

impl Job {
    /// A job without a claim.
    pub fn new(id: JobId, due_at_ms: i64, kind: JobKind) -> Self {
        Self { id, due_at_ms, kind, leased_until_ms: 0, fence: 0, tries: 0, dead_at_ms: None }
    }
}

/// Why a job could not be done when it was tried last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobFailure {
    /// Which.
    pub job: JobId,
    /// For the operator.
    pub error: Text,
    /// When, in milliseconds of Unix time.
    pub at_ms: i64,
}

table! {
    Job = "job",
    key |k: JobId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, due_at_ms: r.due_at_ms, kind: job_code(r.kind).0, subject: job_code(r.kind).1,
        leased_until_ms: r.leased_until_ms, fence: r.fence, tries: r.tries, dead_at_ms: r.dead_at_ms,
    },
    make Job { id, due_at_ms, kind: job_kind(kind, subject)?, leased_until_ms, fence, tries, dead_at_ms }
}

table! {
    JobFailure = "job_failure",
    key |k: JobId| { job: *k },
    of |r| r.job,
    row |r| { job: r.job, error: r.error, at_ms: r.at_ms },
    make JobFailure { job, error, at_ms }
}

fn job_code(kind: JobKind) -> (i64, i64) {
    match kind {
        JobKind::ExpireHold(hold) => (1, hold.0),
        JobKind::SettleCycle(cycle) => (2, cycle.0),
        JobKind::Decide(order, Verdict::Done) => (3, order.0),
        JobKind::Decide(order, Verdict::Failed) => (4, order.0),
        JobKind::Send(message) => (5, message.0),
        JobKind::Invoice(InvoiceJob::VerificationTimeOut, invoice) => (6, invoice.0),
        JobKind::Invoice(InvoiceJob::FutureDue, invoice) => (7, invoice.0),
        JobKind::Invoice(InvoiceJob::SetOffDue, invoice) => (8, invoice.0),
        JobKind::Invoice(InvoiceJob::CloseTimeOut, invoice) => (9, invoice.0),
        JobKind::SettleTaking(taking) => (10, taking.0),
        JobKind::CloseCycle(cycle) => (11, cycle.0),
    }
}

fn job_kind(code: i64, subject: i64) -> Result<JobKind, Corrupt> {
    match code {
        1 => Ok(JobKind::ExpireHold(TransferId(subject))),
        2 => Ok(JobKind::SettleCycle(CycleId(subject))),
        3 => Ok(JobKind::Decide(OrderId(subject), Verdict::Done)),
        4 => Ok(JobKind::Decide(OrderId(subject), Verdict::Failed)),
        5 => Ok(JobKind::Send(MessageId(subject))),
        6 => Ok(JobKind::Invoice(InvoiceJob::VerificationTimeOut, InvoiceId(subject))),
        7 => Ok(JobKind::Invoice(InvoiceJob::FutureDue, InvoiceId(subject))),
        8 => Ok(JobKind::Invoice(InvoiceJob::SetOffDue, InvoiceId(subject))),
        9 => Ok(JobKind::Invoice(InvoiceJob::CloseTimeOut, InvoiceId(subject))),
        10 => Ok(JobKind::SettleTaking(TakingId(subject))),
        11 => Ok(JobKind::CloseCycle(CycleId(subject))),
        other => Err(corrupt("job", format!("unknown kind {other}"))),
    }
}
