//! Due work: what the clock makes happen.
//!
//! A job is a row, written in the commit of the fact that makes it due, and removed in the commit of what it does. Whoever runs one
//! claims it first: the claim gives it to one process for a while and moves its fence. A process that comes back late, after its
//! claim has run out and another has taken over, finds another fence and does nothing.

use ledger::{Step, TransferId};

use crate::hold::accounts_of;
use crate::invoice::{settle_taking, taking_keys};
use crate::transfer::{Progress, SettleCycle};
use crate::view::{Keys, View};
use crate::{
    CycleId, InvoiceId, InvoiceJob, MessageId, Now, OrderId, Outcome, Refusal, ResolveOrder, Rules, TakingId, Verdict,
    Wanted,
};

/// How long work waits that could not be done, though it was due, in milliseconds: an account was closed that an operator may open.
const AGAIN_MS: i64 = 3_600_000;

/// A job's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct JobId(pub i64);

/// What a job does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum JobKind {
    /// Ends a hold whose time has run out.
    ExpireHold(TransferId),
    /// Settles a cycle, a slice at a time.
    SettleCycle(CycleId),
    /// Decides an order whose network was slow.
    Decide(OrderId, Verdict),
    /// Sends a message. Whoever claims this one sends, and notes what became of it: it is not run.
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
}

impl Job {
    /// A job that nobody has claimed.
    pub fn new(id: JobId, due_at_ms: i64, kind: JobKind) -> Self {
        Self { id, due_at_ms, kind, leased_until_ms: 0, fence: 0 }
    }
}

/// Runs a claimed job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RunJob {
    /// As it was claimed.
    pub job: Job,
}

impl RunJob {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.jobs.push(self.job.id);
        match self.job.kind {
            JobKind::ExpireHold(hold) => keys.pendings.push(hold),
            JobKind::SettleCycle(cycle) => SettleCycle { cycle }.keys(keys),
            JobKind::Decide(order, verdict) => resolve(order, verdict).keys(keys),
            JobKind::Invoice(_, invoice) => keys.invoices.push(invoice),
            JobKind::SettleTaking(taking) => keys.takings.push(taking),
            JobKind::Send(_) => {}
        }
    }

    pub(crate) fn more_keys(&self, view: &View, now: &Now, rules: &Rules, keys: &mut Keys) {
        match self.job.kind {
            JobKind::ExpireHold(hold) => accounts_of(hold, view, keys),
            JobKind::SettleCycle(cycle) => SettleCycle { cycle }.more_keys(view, keys),
            JobKind::Decide(order, verdict) => resolve(order, verdict).more_keys(view, now, rules, keys),
            JobKind::Invoice(_, invoice) => InvoiceJob::more_keys(invoice, view, now, keys),
            JobKind::SettleTaking(taking) => taking_keys(taking, view, keys),
            JobKind::Send(_) => {}
        }
    }

    pub(crate) fn decide(&self, view: &mut View, now: &Now, rules: &Rules) -> Result<Outcome, Refusal> {
        // Gone: it ran. Another fence: another process has it. Not due: the clock was set back since the claim.
        let mine = view.jobs.get(&self.job.id).is_some_and(|job| job.fence == self.job.fence);
        if !mine || self.job.due_at_ms > now.at_ms {
            return Err(Refusal::JobTaken);
        }
        match self.job.kind {
            JobKind::ExpireHold(pending) => {
                let ids = &mut view.ids;
                // Refused when the hold was released before: then there is nothing to do.
                let _ = view.books.apply(&[Step::ExpirePending { pending }], now.at_ms, 0, || TransferId(ids.take()));
            }
            JobKind::SettleCycle(cycle) => {
                let progress = SettleCycle { cycle }.decide(view, now)?;
                if progress == Progress::More {
                    // Still due, and free for whoever comes next.
                    view.jobs.put(self.job.id, Job { leased_until_ms: 0, ..self.job });
                    return Ok(Outcome::Begun);
                }
            }
            JobKind::Send(_) => return Err(Refusal::JobTaken),
            JobKind::Invoice(work, invoice) => {
                if work.run(invoice, view, now, rules).is_err() {
                    return Ok(self.again(view, now));
                }
            }
            JobKind::SettleTaking(taking) => {
                if settle_taking(taking, view, now).is_err() {
                    return Ok(self.again(view, now));
                }
            }
            JobKind::Decide(order, verdict) => {
                // Refused when somebody decided it before.
                let _ = resolve(order, verdict).decide(view, now, rules);
            }
        }
        view.jobs.remove(self.job.id);
        Ok(Outcome::Done)
    }

    /// It could not be done: it is due again later.
    fn again(&self, view: &mut View, now: &Now) -> Outcome {
        let due_at_ms = now.at_ms.saturating_add(AGAIN_MS);
        view.jobs.put(self.job.id, Job { due_at_ms, leased_until_ms: 0, ..self.job });
        Outcome::Done
    }
}

fn resolve(order: OrderId, verdict: Verdict) -> ResolveOrder {
    ResolveOrder { order: Wanted::Number(order), verdict }
}
