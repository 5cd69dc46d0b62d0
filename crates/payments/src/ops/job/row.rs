//! The rows of a job (table `job`) and of its last failure (table `job_failure`).

use ledger::TransferId;
use schema::{codes, table};

use crate::{CardAttemptId, CardReceivableId, CycleId, InvoiceId, InvoiceJob, MessageId, OrderId, Text};

/// The due time of a dead job: never.
pub const NEVER_MS: i64 = i64::MAX;

/// A job's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct JobId(pub i64);

/// The kind of a job, with its subject.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum JobKind {
    /// Expires a hold.
    ExpireHold(TransferId),
    /// Closes a cycle: from then on it accepts no orders.
    CloseCycle(CycleId),
    /// Settles a cycle, one slice of orders per run.
    SettleCycle(CycleId),
    /// Submits an order to its network. A worker of the process that has claimed the job does it; the job never runs as a decision.
    SubmitOrder(OrderId),
    /// Inquires the outcome of an undecided order at its network. A worker does it.
    InquireOrder(OrderId),
    /// Authorizes a payment at the network of other banks' cards, or inquires its outcome. A worker does it.
    CardAttempt(CardAttemptId),
    /// Sends a message. A worker does it.
    Send(MessageId),
    /// Runs a timed job of an invoice.
    Invoice(InvoiceJob, InvoiceId),
    /// Settles the money of a card payment.
    SettleCardReceivable(CardReceivableId),
}

/// A job, with its claim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Job {
    /// The job's number.
    pub id: JobId,
    /// When the job is due by the service's clock, in milliseconds of Unix time.
    pub due_at_ms: i64,
    /// Kind and subject.
    pub kind: JobKind,
    /// End of the lease by the machines' clock, in milliseconds of Unix time; 0: not claimed.
    pub leased_until_ms: i64,
    /// Number of claims so far.
    pub fence: i64,
    /// Number of failed tries.
    pub tries: i64,
    /// Since when the job is dead, in milliseconds of Unix time; `None`: it is alive.
    pub dead_at_ms: Option<i64>,
}

impl JobKind {
    /// Whether a worker does the job outside of any decision, and then reports the result.
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
    /// A job that is not claimed and was never tried; `due_at_ms` is in milliseconds of Unix time.
    pub fn new(id: JobId, due_at_ms: i64, kind: JobKind) -> Self {
        Self { id, due_at_ms, kind, leased_until_ms: 0, fence: 0, tries: 0, dead_at_ms: None }
    }
}

/// The last failure of a job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobFailure {
    /// The job's number.
    pub job: JobId,
    /// The error, for the operator.
    pub error: Text,
    /// When the job failed, in milliseconds of Unix time.
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
    /// The kind of a job, without its subject.
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
        JobKind::SettleCardReceivable(receivable) => (JobCode::SettleCardReceivable, receivable.0),
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
