//! Taking a dead job from the list.

use crate::view::{Denial, Keys, View};
use crate::{
    At, AuditEntry, Command, InvoiceJob, InvoiceState, Job, JobKind, MessageState, OperatorCommand, Status, Text,
    Versioned, Wanted,
};

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
