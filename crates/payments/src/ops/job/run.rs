//! Running a claimed job.

use std::fmt::Debug;

use ledger::{Step, TransferId};

use super::outcome::{Fault, fail, is_held};
use crate::deposit::accounts_of;
use crate::invoice::{settle_taking, taking_keys};
use crate::transfer::{CloseCycle, Progress, SettleCycle, contradicts};
use crate::view::{Denial, Keys, View};
use crate::{
    At, Command, InvoiceJob, Job, JobEnd, JobKind, JobTaken, Now, OrderId, ResolveOrder, ResolveRefusal, Rules, Text,
    Verdict, Wanted,
};

/// Runs a claimed job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RunJob {
    /// As it was claimed.
    pub job: Job,
}

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

fn resolve(order: OrderId, verdict: Verdict) -> ResolveOrder {
    ResolveOrder { order: Wanted::Number(order), verdict }
}
