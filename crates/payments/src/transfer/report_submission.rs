//! Applying a network's response to the order that was submitted to it.
//!
//! Shape: a claimed job and a response → the order decided as [`ResolveOrder`] does it, or left undecided with an inquiry due later.
//! A response decides a pending or unknown order only if it says "done" or "refused", or if the order has certainly not reached the network
//! (invariant 5). A submission that was not sent is repeated after the delays of [`RESUBMIT_MS`]; "not there" is a failure only after the time that
//! the network sets.
//! A response that contradicts the order's decision changes nothing: the job ends as dead, with an alarm for operators.
//! Absent: calling the network, which is the task of the engine's workers.

use std::sync::Arc;

use super::resolve::contradicts;
use crate::booking::{apply, capture_steps};
use crate::ops::job::{Fault, Reported, fail, is_held, schedule};
use crate::view::{Denial, Keys, View};
use crate::{
    At, BookingRefusal, ChargeCode, Command, FirstAnswer, Job, JobEnd, JobId, JobKind, JobTaken, Measured,
    NetworkRefusal, NetworkResponse, Now, Order, OrderId, OrderRef, OrderRefusal, OrderState, Resolution, ResolveOrder,
    ResolveRefusal, Route, Rules, Status, Submission, Text, Unanswered,
};

/// Delays before a submission that was not sent is repeated, in milliseconds. If the last repetition is not sent either, the order fails.
const RESUBMIT_MS: [i64; 5] = [1_000, 5_000, 30_000, 120_000, 600_000];

/// The call that a response answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NetworkCall {
    /// A submission.
    Submit,
    /// An inquiry.
    Inquire,
}

/// Whether the caller of an order still waits for its first answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OrderCaller {
    /// It waits: this response becomes its first answer.
    Waits,
    /// It was answered, or its connection is gone.
    Answered,
}

/// Reports a network's response about an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReportSubmission {
    /// The job as it was claimed.
    pub job: Job,
    /// The order.
    pub order: OrderId,
    /// The call that was made.
    pub call: NetworkCall,
    /// The network's response.
    pub response: NetworkResponse,
    /// Whether the order's caller still waits.
    pub caller: OrderCaller,
    /// The delay until the next inquiry if the order is still undecided, in milliseconds; `None`: no more inquiries.
    pub ask_again_ms: Option<i64>,
    /// For how long after the order's acceptance "not there" is not a failure, in milliseconds.
    pub not_found_final_ms: i64,
}

/// The result of a report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubmissionReported {
    /// The order after the report; `None`: there is no such order.
    pub order: Option<Arc<Order>>,
    /// How the job ended.
    pub end: JobEnd,
}

impl Command for ReportSubmission {
    type Done = SubmissionReported;
    type Refusal = JobTaken;
    const NAME: &'static str = "ReportSubmission";

    fn keys(&self, at: At<'_>, keys: &mut Keys) {
        keys.jobs.push(self.job.id);
        keys.job_failures.push(self.job.id);
        keys.submissions.push(self.order);
        self.resolve_order(Resolution::Done).keys(at, keys);
    }

    fn more_keys(&self, view: &View, at: At<'_>, keys: &mut Keys) {
        self.resolve_order(Resolution::Done).more_keys(view, at, keys);
    }

    fn decide(&self, view: &mut View, At { now, rules, .. }: At<'_>) -> Result<SubmissionReported, Denial<JobTaken>> {
        if !is_held(&self.job, view) {
            return Err(JobTaken.into());
        }
        let end = match view.attempt(|view| self.report(view, now, rules)) {
            Ok(()) => JobEnd::Done,
            Err(fault) => {
                if let Some(submission) = view.submissions.get(&self.order).map(Arc::clone) {
                    self.note(&submission, view, now);
                }
                fail(&self.job, fault, view, now)
            }
        };
        Ok(SubmissionReported { order: OrderRef::Number(self.order).order(view).map(Arc::clone), end })
    }

    fn measure(&self, result: &Result<SubmissionReported, JobTaken>) -> Option<Measured> {
        let order = result.as_ref().ok()?.order.as_ref()?;
        match (self.call, &self.response) {
            // An order counts once, by the response to its submission; a submission that was not sent does not count.
            (NetworkCall::Inquire, _) | (NetworkCall::Submit, NetworkResponse::NotSent) => None,
            (NetworkCall::Submit, _) => Some(Measured::of_order(order)),
        }
    }
}

impl ReportSubmission {
    fn resolve_order(&self, resolution: Resolution) -> ResolveOrder {
        ResolveOrder { order: OrderRef::Number(self.order), resolution }
    }

    /// Applies the response, and removes the job.
    fn report(&self, view: &mut View, now: &Now, rules: &Rules) -> Result<(), Fault> {
        let order = OrderRef::Number(self.order).order(view).map(Arc::clone);
        let order = order.ok_or_else(|| Fault::of("submission", &ResolveRefusal::OrderUnknown))?;
        let submission = view.submissions.get(&self.order).map(Arc::clone);
        let submission = submission.ok_or_else(|| Fault::ForNow(Text::from("submission: its row is missing")))?;
        view.jobs.remove(self.job.id);
        if view.job_failures.get(&self.job.id).is_some() {
            view.job_failures.remove(self.job.id);
        }
        match self.meaning(&submission, now) {
            Meaning::Repeat(after_ms) => {
                let id = JobId(view.ids.take());
                let due_at_ms = now.at_ms.saturating_add(after_ms);
                view.jobs.put(id, Job { tries: self.job.tries + 1, ..Job::new(id, due_at_ms, self.job.kind) });
                return Ok(());
            }
            Meaning::Decided(resolution) => self.decide_order(&order, resolution, view, now, rules)?,
            Meaning::Undecided => self.leave_undecided(&order, view, now)?,
        }
        self.note(&submission, view, now);
        Ok(())
    }

    /// Records the response in the submission's row.
    fn note(&self, submission: &Submission, view: &mut View, now: &Now) {
        let inquiries = match self.call {
            NetworkCall::Submit => submission.inquiries,
            NetworkCall::Inquire => submission.inquiries + 1,
        };
        let (reported, network_reference) = match &self.response {
            NetworkResponse::Done(reference) => (Some(Resolution::Done), reference.clone()),
            NetworkResponse::Refused(_) => (Some(Resolution::Failed), None),
            NetworkResponse::NotSent | NetworkResponse::Accepted | NetworkResponse::Unknown(_) => (None, None),
        };
        let noted = Submission {
            inquiries,
            answered_at_ms: submission.answered_at_ms.or(Some(now.at_ms)),
            reported: reported.or(submission.reported),
            network_reference: network_reference.or_else(|| submission.network_reference.clone()),
            ..Submission::clone(submission)
        };
        view.submissions.put(self.order, noted);
    }

    fn meaning(&self, submission: &Submission, now: &Now) -> Meaning {
        match (&self.response, self.call) {
            (NetworkResponse::Done(_), _) => Meaning::Decided(Resolution::Done),
            (NetworkResponse::Refused(_), _) => Meaning::Decided(Resolution::Failed),
            (NetworkResponse::Accepted | NetworkResponse::Unknown(_), _) => Meaning::Undecided,
            (NetworkResponse::NotSent, NetworkCall::Submit) => {
                let backoff_ms = usize::try_from(self.job.tries).ok().and_then(|tried| RESUBMIT_MS.get(tried));
                backoff_ms.map_or(Meaning::Decided(Resolution::Failed), |backoff_ms| Meaning::Repeat(*backoff_ms))
            }
            (NetworkResponse::NotSent, NetworkCall::Inquire) => {
                let is_final = now.at_ms.saturating_sub(submission.at_ms) >= self.not_found_final_ms;
                if is_final { Meaning::Decided(Resolution::Failed) } else { Meaning::Undecided }
            }
        }
    }

    fn decide_order(
        &self,
        order: &Order,
        resolution: Resolution,
        view: &mut View,
        now: &Now,
        rules: &Rules,
    ) -> Result<(), Fault> {
        let contradiction =
            |why: &dyn std::fmt::Debug| Text::from(format!("the report says {resolution:?}, its cycle says {why:?}"));
        match self.resolve_order(resolution).resolve(view, now, rules) {
            Ok(decided) => {
                let first = match &self.response {
                    NetworkResponse::Done(_) => FirstAnswer::Done,
                    NetworkResponse::Refused(why) => refused(order.route, *why),
                    NetworkResponse::NotSent | NetworkResponse::Accepted | NetworkResponse::Unknown(_) => order.first,
                };
                self.answer(&decided, first, view);
                Ok(())
            }
            Err(ResolveRefusal::OrderDecided) if !contradicts(&order.state, resolution) => Ok(()),
            Err(ResolveRefusal::OrderDecided) => {
                let text = Text::from(format!("the report says {resolution:?}, the order is {}", order.state.name()));
                Err(Fault::Contradicts(Reported::Order(self.order), text))
            }
            // The closed cycle's file and `payas` contradict the response.
            Err(why @ (ResolveRefusal::TakenByCycle | ResolveRefusal::LeftOutOfCycle)) => {
                Err(Fault::Contradicts(Reported::Order(self.order), contradiction(&why)))
            }
            Err(
                why @ (ResolveRefusal::OrderUnknown
                | ResolveRefusal::ServiceClosed
                | ResolveRefusal::CycleClosed
                | ResolveRefusal::NotBooked(_)),
            ) => Err(Fault::of("decision", &why)),
        }
    }

    /// Leaves the order undecided, if it still is; the response sets its state and first answer.
    fn leave_undecided(&self, order: &Arc<Order>, view: &mut View, now: &Now) -> Result<(), Fault> {
        match order.state.status() {
            Status::Pending | Status::Unknown => {}
            // An operator or its cycle has decided it in the meantime.
            Status::Done | Status::Failed => return Ok(()),
        }
        let (state, first) = match (&self.response, &order.state, order.route) {
            (NetworkResponse::Unknown(Unanswered::Charge(code)), OrderState::Unknown(hold), Route::Card)
                if *code == ChargeCode::STUCK_ON_FLOAT =>
            {
                let float = order.through.ok_or_else(|| Fault::of("charge", &BookingRefusal::AccountNotUsable))?;
                let steps = capture_steps(view, order, *hold, float);
                let booked = apply(view, &steps, now, order.id).map_err(|why| Fault::of("charge", &why))?;
                (OrderState::HeldOnFloat(booked[0]), FirstAnswer::Charge(*code))
            }
            (NetworkResponse::Unknown(Unanswered::Charge(code)), state, Route::Card) => {
                (state.clone(), FirstAnswer::Charge(*code))
            }
            (_, state, Route::Card) => (state.clone(), FirstAnswer::Charge(ChargeCode::STATUS_UNKNOWN)),
            (NetworkResponse::Accepted, OrderState::Pending(hold) | OrderState::Unknown(hold), _) => {
                (OrderState::Pending(*hold), FirstAnswer::Pending)
            }
            (NetworkResponse::Unknown(_), OrderState::Pending(hold) | OrderState::Unknown(hold), _) => {
                (OrderState::Unknown(*hold), FirstAnswer::Unknown)
            }
            (_, state, _) => (state.clone(), order.first),
        };
        self.answer(&Arc::new(Order { state, ..Order::clone(order) }), first, view);
        let ask_again_ms = match &self.response {
            // One more inquiry is made when "not there" becomes final, and that inquiry decides the order.
            NetworkResponse::NotSent => self.ask_again_ms.or(Some(self.not_found_final_ms)),
            _ => self.ask_again_ms,
        };
        if let Some(after_ms) = ask_again_ms {
            schedule(view, now.at_ms.saturating_add(after_ms), JobKind::InquireOrder(self.order));
        }
        Ok(())
    }

    /// Writes the order, with the first answer if the caller still waits for it.
    fn answer(&self, order: &Arc<Order>, first: FirstAnswer, view: &mut View) {
        let order = match self.caller {
            OrderCaller::Waits => Arc::new(Order { first, ..Order::clone(order) }),
            OrderCaller::Answered => Arc::clone(order),
        };
        if view.orders.get(&order.key) != Some(&order) {
            view.orders.put(order.key.clone(), order);
        }
    }
}

/// What a response means for the order.
enum Meaning {
    /// The network has certainly not got the order: it is submitted again after this many milliseconds.
    Repeat(i64),
    /// The order is decided.
    Decided(Resolution),
    /// The order stays undecided.
    Undecided,
}

/// The first answer of an order that the network refuses.
fn refused(route: Route, why: NetworkRefusal) -> FirstAnswer {
    match (route, why) {
        (Route::Card, NetworkRefusal::Charge(code)) => FirstAnswer::Charge(code),
        (Route::Card, NetworkRefusal::Transfer(_)) => FirstAnswer::Charge(ChargeCode::NOT_DONE),
        (Route::Internal | Route::Paya | Route::Satna, NetworkRefusal::Transfer(why)) => FirstAnswer::Refused(why),
        (Route::Internal | Route::Paya | Route::Satna, NetworkRefusal::Charge(_)) => {
            FirstAnswer::Refused(OrderRefusal::DestinationNotUsable)
        }
    }
}
