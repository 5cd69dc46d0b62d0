//! What a response of the network of other banks' cards means for a payment.
//!
//! Shape: a claimed job and a response → the payment is decided, or stays unknown with an inquiry due later.
//! An unknown payment is decided only by "approved", by "declined", or when it has certainly not reached the network (invariant 5): "not there"
//! decides nothing before the time that the network sets. The job stays as long as the payment is undecided; when the network is no longer asked, the
//! job is dead and listed for operators. A response that contradicts how the payment was decided changes nothing: the job is dead, and operators get
//! an alarm.
//! Absent: calling the network, which the engine's workers do.

use std::sync::Arc;

use super::decide::{Outcome, decide, decision_keys, keep_attempt, paid_in_all};
use super::row::{CardAttempt, CardAttemptId, CardAttemptState};
use crate::ops::job::{Fault, Reported, fail, is_held};
use crate::view::{Denial, Keys, View};
use crate::{At, CardNetworkResponse, Command, Job, JobEnd, JobTaken, Measured, NetworkCall, Now, Rules, Text};

/// Reports the network's response about a payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReportAuthorization {
    /// The job as it was claimed.
    pub job: Job,
    /// The payment.
    pub attempt: CardAttemptId,
    /// The call that was made.
    pub call: NetworkCall,
    /// The network's response.
    pub response: CardNetworkResponse,
    /// Delay until the network is asked next, in milliseconds, if the payment is still undecided; `None`: it is not asked again.
    pub ask_again_ms: Option<i64>,
    /// How long after the payment was written "not there" decides nothing, in milliseconds.
    pub not_found_final_ms: i64,
}

/// The result of a report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthorizationReported {
    /// The payment as it is now; `None`: its row does not exist.
    pub attempt: Option<Arc<CardAttempt>>,
    /// What became of the job.
    pub end: JobEnd,
}

impl Command for ReportAuthorization {
    type Done = AuthorizationReported;
    type Refusal = JobTaken;
    const NAME: &'static str = "ReportAuthorization";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.jobs.push(self.job.id);
        keys.job_failures.push(self.job.id);
        keys.card_attempts.push(self.attempt);
    }

    fn more_keys(&self, view: &View, At { now, .. }: At<'_>, keys: &mut Keys) {
        decision_keys(self.attempt, view, now, keys);
    }

    fn decide(
        &self,
        view: &mut View,
        At { now, rules, .. }: At<'_>,
    ) -> Result<AuthorizationReported, Denial<JobTaken>> {
        if !is_held(&self.job, view) {
            return Err(JobTaken.into());
        }
        let end = match view.attempt(|view| self.report(view, now, rules)) {
            Ok(end) => end,
            Err(fault) => fail(&self.job, fault, view, now),
        };
        Ok(AuthorizationReported { attempt: view.card_attempts.get(&self.attempt).map(Arc::clone), end })
    }

    fn measure(&self, result: &Result<AuthorizationReported, JobTaken>) -> Option<Measured> {
        let attempt = result.as_ref().ok()?.attempt.as_ref()?;
        match (self.call, &attempt.state) {
            // Each payment is measured once, by the response to its authorization.
            (NetworkCall::Inquire, _) => None,
            (NetworkCall::Submit, CardAttemptState::Approved(_)) => paid_in_all(attempt).map(Measured::done),
            (NetworkCall::Submit, CardAttemptState::Asked | CardAttemptState::Unknown) => Some(Measured::UNKNOWN),
            (NetworkCall::Submit, CardAttemptState::Declined(_) | CardAttemptState::NotTaken) => {
                Some(Measured::DECLINED)
            }
        }
    }
}

impl ReportAuthorization {
    fn report(&self, view: &mut View, now: &Now, rules: &Rules) -> Result<JobEnd, Fault> {
        let attempt = view.card_attempts.get(&self.attempt).map(Arc::clone);
        let attempt = attempt.ok_or_else(|| Fault::ForNow(Text::from("card payment: its row is missing")))?;
        let inquiries = match self.call {
            NetworkCall::Submit => attempt.inquiries,
            NetworkCall::Inquire => attempt.inquiries + 1,
        };
        let asked = CardAttempt { inquiries, ..CardAttempt::clone(&attempt) };
        match self.outcome(&attempt, now) {
            Some(outcome) if outcome.contradicts(&attempt.state) => {
                let (reported, is) = (outcome_name(&outcome), attempt.state.name());
                let text = Text::from(format!("the report says {reported}, the payment is {is}"));
                Err(Fault::Contradicts(Reported::Card(self.attempt), text))
            }
            Some(outcome) if attempt.state.is_undecided() => {
                decide(&asked, outcome, view, now, rules).map_err(|why| Fault::of("card payment", &why))?;
                Ok(self.end_job(view))
            }
            // An operator has decided it in the meantime.
            Some(_) => Ok(self.end_job(view)),
            None if attempt.state.is_undecided() => {
                keep_attempt(view, CardAttempt { state: CardAttemptState::Unknown, ..asked });
                Ok(self.ask_again(view, now))
            }
            None => Ok(self.end_job(view)),
        }
    }

    /// The outcome that a response stands for; `None`: it is still unknown.
    fn outcome(&self, attempt: &CardAttempt, now: &Now) -> Option<Outcome> {
        match (&self.response, self.call) {
            (CardNetworkResponse::Approved(reference), _) => Some(Outcome::Approved(Text::clone(reference))),
            (CardNetworkResponse::Declined(why), _) => Some(Outcome::Declined(*why)),
            (CardNetworkResponse::Unknown, _) => None,
            // Card data are in no row, so an authorization that was not sent cannot be sent again.
            (CardNetworkResponse::NotSent, NetworkCall::Submit) => Some(Outcome::NotTaken),
            (CardNetworkResponse::NotSent, NetworkCall::Inquire) => {
                let is_final = now.at_ms.saturating_sub(attempt.asked_at_ms) >= self.not_found_final_ms;
                is_final.then_some(Outcome::NotTaken)
            }
        }
    }

    fn end_job(&self, view: &mut View) -> JobEnd {
        view.jobs.remove(self.job.id);
        if view.job_failures.get(&self.job.id).is_some() {
            view.job_failures.remove(self.job.id);
        }
        JobEnd::Done
    }

    /// Makes the job due again later, or dead if the network is no longer asked.
    fn ask_again(&self, view: &mut View, now: &Now) -> JobEnd {
        let after_ms = match &self.response {
            // While "not there" is not final, inquiries continue even after the schedule: the next one comes when it is final.
            CardNetworkResponse::NotSent => self.ask_again_ms.or(Some(self.not_found_final_ms)),
            CardNetworkResponse::Declined(_) | CardNetworkResponse::Approved(_) | CardNetworkResponse::Unknown => {
                self.ask_again_ms
            }
        };
        match after_ms {
            Some(after_ms) => {
                let due_at_ms = now.at_ms.saturating_add(after_ms);
                view.jobs.put(self.job.id, Job { due_at_ms, leased_until_ms: 0, ..self.job });
                JobEnd::Begun
            }
            None => {
                let why = "the network does not say what became of the payment, and is asked no more";
                fail(&self.job, Fault::ForGood(Text::from(why)), view, now)
            }
        }
    }
}

fn outcome_name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Approved(_) => "that it was taken",
        Outcome::Declined(_) => "that it was declined",
        Outcome::NotTaken => "that it is not there",
    }
}
