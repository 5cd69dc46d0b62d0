//! What a response of the network of other banks' cards means for the payment that it was asked for.
//!
//! Shape: a claimed job and a response → the payment decided, or left unknown with an inquiry due later.
//! A payment leaves the unknown by "approved" and "declined" only, or when it has certainly not reached the network (invariant 5): "not there" decides
//! nothing before the time that the network sets. As long as it is undecided its job stays: when the network is asked no more, it is dead, and an
//! operator sees it. A response that contradicts how the payment was decided changes nothing: the job is dead, and an operator hears of it.
//! Absent: calling the network, which the engine's workers do.

use std::sync::Arc;

use super::decide::{Outcome, decide, decision_keys, keep_attempt, paid_in_all};
use super::row::{CardAttempt, CardAttemptId, CardAttemptState};
use crate::ops::job::{Fault, Reported, fail, is_held};
use crate::view::{Denial, Keys, View};
use crate::{At, CardNetworkResponse, Command, Job, JobEnd, JobTaken, Measured, NetworkCall, Now, Rules, Text};

/// Reports what the network has said of a payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReportAuthorization {
    /// The job, as it was claimed.
    pub job: Job,
    /// Which payment.
    pub attempt: CardAttemptId,
    /// Which call was made.
    pub call: NetworkCall,
    /// What the network said.
    pub response: CardNetworkResponse,
    /// After how long the network is asked next, in milliseconds, if the payment is still undecided; `None`: no more.
    pub ask_again_ms: Option<i64>,
    /// For how long after the payment was written "not there" decides nothing, in milliseconds.
    pub not_found_final_ms: i64,
}

/// What came of a report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthorizationReported {
    /// The payment as it is now; `None`: there is none.
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

    fn decide(&self, view: &mut View, At { now, rules }: At<'_>) -> Result<AuthorizationReported, Denial<JobTaken>> {
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
            // Each payment is measured once: by the response to its authorization.
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
                let (said, is) = (said(&outcome), &attempt.state);
                let text = Text::from(format!("the report says {said}, the payment is {is:?}"));
                Err(Fault::Contradicts(Reported::Card(self.attempt), text))
            }
            Some(outcome) if attempt.state.is_undecided() => {
                decide(&asked, outcome, view, now, rules).map_err(|why| Fault::of("card payment", &why))?;
                Ok(self.end_job(view))
            }
            // An operator was quicker.
            Some(_) => Ok(self.end_job(view)),
            None if attempt.state.is_undecided() => {
                keep_attempt(view, CardAttempt { state: CardAttemptState::Unknown, ..asked });
                Ok(self.ask_again(view, now))
            }
            None => Ok(self.end_job(view)),
        }
    }

    /// `None`: it is not known.
    fn outcome(&self, attempt: &CardAttempt, now: &Now) -> Option<Outcome> {
        match (&self.response, self.call) {
            (CardNetworkResponse::Approved(reference), _) => Some(Outcome::Approved(Text::clone(reference))),
            (CardNetworkResponse::Declined(why), _) => Some(Outcome::Declined(*why)),
            (CardNetworkResponse::Unknown, _) => None,
            // The card's data are in no row: what was not sent cannot be sent again.
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

    /// The job is due again later; when the network is asked no more, it is dead.
    fn ask_again(&self, view: &mut View, now: &Now) -> JobEnd {
        let after_ms = match &self.response {
            // As long as "not there" decides nothing it is asked; what is final is told by the next inquiry.
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

fn said(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Approved(_) => "that it was taken",
        Outcome::Declined(_) => "that it was declined",
        Outcome::NotTaken => "that it is not there",
    }
}
