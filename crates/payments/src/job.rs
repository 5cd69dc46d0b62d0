//! Due work: what the clock makes happen.
//!
//! A job is a row, written in the commit of the fact that makes it due, and removed in the commit of what it does. A process that runs one
//! claims it first: the claim gives it to one process for a while and moves its fence. A process that comes back late, after its
//! claim has run out and another has taken over, finds another fence and does nothing.

use std::fmt::Debug;
use std::sync::Arc;

use ledger::{Step, TransferId};
use schema::{Corrupt, corrupt, table};

use crate::deposit::accounts_of;
use crate::invoice::{settle_taking, taking_keys};
use crate::transfer::{CloseCycle, Progress, SettleCycle, contradicts};
use crate::view::{Alarm, Denial, Keys, View};
use crate::{
    At, AuditEntry, Command, CycleId, InvoiceId, InvoiceJob, InvoiceState, MessageId, MessageState, Now,
    OperatorCommand, OrderId, ResolveOrder, ResolveRefusal, Rules, Status, TakingId, Text, Verdict, Versioned, Wanted,
};

/// How long a job waits that could not be done, in milliseconds, after each try: all of them together take a good day. After the last it is
/// dead: it is listed, and an operator has it run again or closes it.
const RETRY_MS: [i64; 5] = [60_000, 300_000, 3_600_000, 21_600_000, 68_400_000];
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

/// Runs a claimed job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RunJob {
    /// As it was claimed.
    pub job: Job,
}

/// What became of a job that was run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum JobEnd {
    /// It is done, and gone.
    Done,
    /// It was begun, and is still due.
    Begun,
    /// It could not be done; whether it is dead now.
    Failed(Arc<JobFailure>, bool),
}

/// Another process has the job, or has run it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JobTaken;

impl Command for RunJob {
    type Done = JobEnd;
    type Refusal = JobTaken;
    const NAME: &'static str = "RunJob";

    fn keys(&self, at: At<'_>, keys: &mut Keys) {
        keys.jobs.push(self.job.id);
        keys.job_failures.push(self.job.id);
        match self.job.kind {
            JobKind::ExpireHold(hold) => keys.pendings.push(hold),
            JobKind::CloseCycle(cycle) => CloseCycle { cycle }.keys(keys),
            JobKind::SettleCycle(cycle) => SettleCycle { cycle }.keys(keys),
            JobKind::Decide(order, verdict) => resolve(order, verdict).keys(at, keys),
            JobKind::Invoice(_, invoice) => keys.invoices.push(invoice),
            JobKind::SettleTaking(taking) => keys.takings.push(taking),
            JobKind::Send(_) => {}
        }
    }

    fn more_keys(&self, view: &View, at: At<'_>, keys: &mut Keys) {
        match self.job.kind {
            JobKind::ExpireHold(hold) => accounts_of(hold, view, keys),
            JobKind::SettleCycle(cycle) => SettleCycle { cycle }.more_keys(view, keys),
            JobKind::Decide(order, verdict) => resolve(order, verdict).more_keys(view, at, keys),
            JobKind::Invoice(_, invoice) => InvoiceJob::more_keys(invoice, view, at.now, keys),
            JobKind::SettleTaking(taking) => taking_keys(taking, view, keys),
            JobKind::Send(_) | JobKind::CloseCycle(_) => {}
        }
    }

    fn decide(&self, view: &mut View, At { now, rules }: At<'_>) -> Result<JobEnd, Denial<JobTaken>> {
        if self.job.due_at_ms > now.at_ms || !is_held(&self.job, view) {
            return Err(JobTaken.into());
        }
        match view.attempt(|view| self.run(view, now, rules)) {
            Ok(Progress::Done) => {
                view.jobs.remove(self.job.id);
                if view.job_failures.get(&self.job.id).is_some() {
                    view.job_failures.remove(self.job.id);
                }
                Ok(JobEnd::Done)
            }
            Ok(Progress::More) => {
                // Still due, and free for the next claim.
                view.jobs.put(self.job.id, Job { leased_until_ms: 0, tries: 0, ..self.job });
                Ok(JobEnd::Begun)
            }
            Err(why) => Ok(fail(&self.job, why, view, now)),
        }
    }
}

impl RunJob {
    /// Does what the job is for, or says why it could not be done.
    fn run(&self, view: &mut View, now: &Now, rules: &Rules) -> Result<Progress, Fault> {
        match self.job.kind {
            JobKind::ExpireHold(pending) => {
                let ids = &mut view.ids;
                match view.books.apply(&[Step::ExpirePending { pending }], now.at_ms, 0, || TransferId(ids.take())) {
                    // It was ended before: then there is nothing to do.
                    Ok(())
                    | Err(
                        ledger::Refusal::PendingAlreadyPosted
                        | ledger::Refusal::PendingAlreadyVoided
                        | ledger::Refusal::PendingAlreadyExpired,
                    ) => Ok(Progress::Done),
                    Err(why) => Err(reason("ledger", &why)),
                }
            }
            JobKind::CloseCycle(cycle) => CloseCycle { cycle }.decide(view, now).map_err(|why| reason("closing", &why)),
            JobKind::SettleCycle(cycle) => {
                SettleCycle { cycle }.decide(view, now).map_err(|why| reason("settlement", &why))
            }
            // The process that claims it sends it: it is never run.
            JobKind::Send(_) => Err(Fault::ForNow(Text::from("a message is sent, not run"))),
            JobKind::Invoice(work, invoice) => {
                let done = work.run(invoice, view, now, rules);
                done.map(|()| Progress::Done).map_err(|why| reason("invoice", &why))
            }
            JobKind::SettleTaking(taking) => {
                let done = settle_taking(taking, view, now);
                done.map(|()| Progress::Done).map_err(|why| reason("card settlement", &why))
            }
            JobKind::Decide(order, verdict) => match resolve(order, verdict).resolve(view, now, rules) {
                Ok(_) => Ok(Progress::Done),
                // It was decided before. A report that says otherwise is not dropped: it stays, and an operator hears of it.
                Err(ResolveRefusal::OrderDecided) => {
                    let state = Wanted::Number(order).order(view).map(|order| order.state.clone());
                    match state.filter(|state| contradicts(state, verdict)) {
                        None => Ok(Progress::Done),
                        Some(state) => {
                            let said =
                                Text::from(format!("the report says {verdict:?}, the order is {}", state.name()));
                            Err(Fault::Contradicts(order, said))
                        }
                    }
                }
                // Its cycle has shown otherwise.
                Err(why @ (ResolveRefusal::TakenByCycle | ResolveRefusal::LeftOutOfCycle)) => {
                    let said = Text::from(format!("the report says {verdict:?}, its cycle says {why:?}"));
                    Err(Fault::Contradicts(order, said))
                }
                Err(why) => Err(reason("decision", &why)),
            },
        }
    }
}

/// Refusals are codes and numbers of ours: they carry no caller's text.
fn reason(what: &str, why: &impl Debug) -> Fault {
    Fault::ForNow(Text::from(format!("{what}: {why:?}")))
}

/// Why a job could not be done.
enum Fault {
    /// Perhaps it can be later.
    ForNow(Text),
    /// It cannot: the report that it brings says otherwise than this order was decided. An operator hears of it.
    Contradicts(OrderId, Text),
}

/// Whether a job is there and this claim of it holds. Gone: it ran. Another fence: another process has it.
fn is_held(job: &Job, view: &View) -> bool {
    view.jobs.get(&job.id).is_some_and(|known| known.fence == job.fence)
}

/// A job could not be done: it is due again later, or dead.
fn fail(job: &Job, fault: Fault, view: &mut View, now: &Now) -> JobEnd {
    let tries = job.tries + 1;
    let (error, pause_ms) = match fault {
        Fault::ForNow(error) => (error, usize::try_from(job.tries).ok().and_then(|at| RETRY_MS.get(at))),
        Fault::Contradicts(order, said) => {
            view.alarms.push(Alarm::ContradictingReport(order, Text::clone(&said)));
            (said, None)
        }
    };
    let (due_at_ms, dead_at_ms) = match pause_ms {
        Some(pause_ms) => (now.at_ms.saturating_add(*pause_ms), None),
        None => (NEVER_MS, Some(now.at_ms)),
    };
    view.jobs.put(job.id, Job { due_at_ms, leased_until_ms: 0, tries, dead_at_ms, ..*job });
    let failure = JobFailure { job: job.id, error, at_ms: now.at_ms };
    view.job_failures.put(job.id, failure.clone());
    JobEnd::Failed(Arc::new(failure), dead_at_ms.is_some())
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

/// Notes that a claimed job could not be run at all: its decision panicked, or it carries what the database does not take.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FailJob {
    /// As it was claimed.
    pub job: Job,
    /// Why.
    pub error: Text,
}

impl Command for FailJob {
    type Done = JobEnd;
    type Refusal = JobTaken;
    const NAME: &'static str = "FailJob";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.jobs.push(self.job.id);
        keys.job_failures.push(self.job.id);
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<JobEnd, Denial<JobTaken>> {
        if !is_held(&self.job, view) {
            return Err(JobTaken.into());
        }
        Ok(fail(&self.job, Fault::ForNow(Text::clone(&self.error)), view, at.now))
    }
}

/// Why a job is not run again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RetryRefusal {
    /// There is no such job.
    JobUnknown,
    /// The job is tried by itself: only a dead one is run again by an operator.
    JobNotDead,
}

/// Has a dead job run again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RetryJob {
    /// Which.
    pub id: JobId,
}

impl Command for RetryJob {
    type Done = ();
    type Refusal = RetryRefusal;
    const NAME: &'static str = "RetryJob";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.jobs.push(self.id);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<RetryRefusal>> {
        let job = **view.jobs.get(&self.id).ok_or(RetryRefusal::JobUnknown)?;
        if job.dead_at_ms.is_none() {
            return Err(RetryRefusal::JobNotDead.into());
        }
        view.jobs.put(self.id, Job { due_at_ms: now.at_ms, tries: 0, dead_at_ms: None, leased_until_ms: 0, ..job });
        Ok(())
    }
}

impl OperatorCommand for RetryJob {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("retry job", &self.id.0.to_string(), "")
    }
}

/// Why a job is not closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CloseRefusal {
    /// There is no such job.
    JobUnknown,
    /// The job is tried by itself.
    JobNotDead,
    /// Something still waits for what the job does.
    JobNeeded,
}

/// Takes a dead job from the list, for a reason that is in the audit.
///
/// What something still waits for is not closed: money that is held, an order that is not decided, a message with a text. It is run again, or its
/// subject is decided first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CloseJob {
    /// As it was read.
    pub job: Job,
    /// Why it will not run.
    pub reason: Text,
}

impl Command for CloseJob {
    type Done = ();
    type Refusal = CloseRefusal;
    const NAME: &'static str = "CloseJob";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.jobs.push(self.job.id);
        keys.job_failures.push(self.job.id);
        match self.job.kind {
            JobKind::ExpireHold(hold) => keys.pendings.push(hold),
            JobKind::CloseCycle(cycle) | JobKind::SettleCycle(cycle) => keys.cycles.push(cycle),
            JobKind::Decide(order, _) => Wanted::Number(order).keys(keys),
            JobKind::Send(message) => keys.messages.push(message),
            JobKind::Invoice(_, invoice) => keys.invoices.push(invoice),
            JobKind::SettleTaking(taking) => keys.takings.push(taking),
        }
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<CloseRefusal>> {
        let job = **view.jobs.get(&self.job.id).ok_or(CloseRefusal::JobUnknown)?;
        if job.dead_at_ms.is_none() {
            return Err(CloseRefusal::JobNotDead.into());
        }
        if is_waited_for(job.kind, view) {
            return Err(CloseRefusal::JobNeeded.into());
        }
        view.jobs.remove(job.id);
        if view.job_failures.get(&job.id).is_some() {
            view.job_failures.remove(job.id);
        }
        Ok(())
    }
}

impl OperatorCommand for CloseJob {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("close job", &self.job.id.0.to_string(), &self.reason)
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        view.jobs.get(&self.job.id).map(|row| Versioned::Job(row))
    }
}

/// Whether something waits for what a job does. `daric verify` looks for the jobs of all of this.
fn is_waited_for(kind: JobKind, view: &View) -> bool {
    match kind {
        JobKind::ExpireHold(hold) => {
            view.books.pending(hold).is_some_and(|pending| pending.state == ledger::PendingState::Open)
        }
        JobKind::CloseCycle(cycle) => view.cycles.get(&cycle).is_some_and(|cycle| cycle.closed_at_ms.is_none()),
        JobKind::SettleCycle(cycle) => view.cycles.get(&cycle).is_some_and(|cycle| cycle.settled_at_ms.is_none()),
        JobKind::Decide(order, _) => {
            let order = Wanted::Number(order).order(view);
            order.is_some_and(|order| matches!(order.state.status(), Status::Pending | Status::Unknown))
        }
        JobKind::Send(message) => {
            let message = view.messages.get(&message);
            message.is_some_and(|message| message.state == MessageState::Queued && message.text.is_some())
        }
        JobKind::Invoice(job, invoice) => view.invoices.get(&invoice).is_some_and(|invoice| match job {
            InvoiceJob::VerificationTimeOut => matches!(invoice.state, InvoiceState::Waiting(_)),
            InvoiceJob::FutureDue => matches!(invoice.state, InvoiceState::Future(_)),
            InvoiceJob::SetOffDue => matches!(invoice.state, InvoiceState::SetOff(_)),
            // Its business closes it, too.
            InvoiceJob::CloseTimeOut => false,
        }),
        JobKind::SettleTaking(taking) => view.takings.get(&taking).is_some(),
    }
}

fn resolve(order: OrderId, verdict: Verdict) -> ResolveOrder {
    ResolveOrder { order: Wanted::Number(order), verdict }
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
