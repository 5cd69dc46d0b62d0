//! The rows of a job, and of why it could not be done.

use ledger::TransferId;
use schema::{codes, table};

use crate::{CardAttemptId, CardReceivableId, CycleId, InvoiceId, InvoiceJob, MessageId, OrderId, Text};

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
    /// Submits an order to its network. A worker of the process that claims it does so: it is not run.
    SubmitOrder(OrderId),
    /// Asks the network of an undecided order what became of it, in the same way.
    InquireOrder(OrderId),
    /// Asks the network of other banks' cards for the money of a payment, or what became of it, in the same way.
    CardAttempt(CardAttemptId),
    /// Sends a message, in the same way.
    Send(MessageId),
    /// Does with an invoice what the clock does.
    Invoice(InvoiceJob, InvoiceId),
    /// Settles card money.
    SettleCardReceivable(CardReceivableId),
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

impl JobKind {
    /// Whether a worker does it outside of any decision, and reports what came of it.
    pub fn is_done_by_worker(self) -> bool {
        match self {
            Self::SubmitOrder(_) | Self::InquireOrder(_) | Self::CardAttempt(_) | Self::Send(_) => true,
            Self::ExpireHold(_)
            | Self::CloseCycle(_)
            | Self::SettleCycle(_)
            | Self::Invoice(..)
            | Self::SettleCardReceivable(_) => false,
        }
    }
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
    make Job { id, due_at_ms, kind: job_kind(kind, subject), leased_until_ms, fence, tries, dead_at_ms }
}

table! {
    JobFailure = "job_failure",
    key |k: JobId| { job: *k },
    of |r| r.job,
    row |r| { job: r.job, error: r.error, at_ms: r.at_ms },
    make JobFailure { job, error, at_ms }
}

codes! {
    /// What a job does, without what it does it to.
    enum JobCode = "job" {
        1 => ExpireHold, 2 => SettleCycle, 5 => Send, 6 => VerificationTimeOut, 7 => FutureDue, 8 => SetOffDue,
        9 => CloseTimeOut, 10 => SettleCardReceivable, 11 => CloseCycle, 12 => SubmitOrder, 13 => InquireOrder,
        14 => CardAttempt,
    }
}

fn job_code(kind: JobKind) -> (JobCode, i64) {
    match kind {
        JobKind::ExpireHold(hold) => (JobCode::ExpireHold, hold.0),
        JobKind::SettleCycle(cycle) => (JobCode::SettleCycle, cycle.0),
        JobKind::SubmitOrder(order) => (JobCode::SubmitOrder, order.0),
        JobKind::InquireOrder(order) => (JobCode::InquireOrder, order.0),
        JobKind::CardAttempt(attempt) => (JobCode::CardAttempt, attempt.0),
        JobKind::Send(message) => (JobCode::Send, message.0),
        JobKind::Invoice(InvoiceJob::VerificationTimeOut, invoice) => (JobCode::VerificationTimeOut, invoice.0),
        JobKind::Invoice(InvoiceJob::FutureDue, invoice) => (JobCode::FutureDue, invoice.0),
        JobKind::Invoice(InvoiceJob::SetOffDue, invoice) => (JobCode::SetOffDue, invoice.0),
        JobKind::Invoice(InvoiceJob::CloseTimeOut, invoice) => (JobCode::CloseTimeOut, invoice.0),
        JobKind::SettleCardReceivable(taking) => (JobCode::SettleCardReceivable, taking.0),
        JobKind::CloseCycle(cycle) => (JobCode::CloseCycle, cycle.0),
    }
}

fn job_kind(code: JobCode, subject: i64) -> JobKind {
    match code {
        JobCode::ExpireHold => JobKind::ExpireHold(TransferId(subject)),
        JobCode::SettleCycle => JobKind::SettleCycle(CycleId(subject)),
        JobCode::SubmitOrder => JobKind::SubmitOrder(OrderId(subject)),
        JobCode::InquireOrder => JobKind::InquireOrder(OrderId(subject)),
        JobCode::CardAttempt => JobKind::CardAttempt(CardAttemptId(subject)),
        JobCode::Send => JobKind::Send(MessageId(subject)),
        JobCode::VerificationTimeOut => JobKind::Invoice(InvoiceJob::VerificationTimeOut, InvoiceId(subject)),
        JobCode::FutureDue => JobKind::Invoice(InvoiceJob::FutureDue, InvoiceId(subject)),
        JobCode::SetOffDue => JobKind::Invoice(InvoiceJob::SetOffDue, InvoiceId(subject)),
        JobCode::CloseTimeOut => JobKind::Invoice(InvoiceJob::CloseTimeOut, InvoiceId(subject)),
        JobCode::SettleCardReceivable => JobKind::SettleCardReceivable(CardReceivableId(subject)),
        JobCode::CloseCycle => JobKind::CloseCycle(CycleId(subject)),
    }
}
