//! The network of a sandbox: it does with each order what a rule or a magic value asks for, and remembers nothing.
//!
//! Shape: a [`NetworkPlan`] is written into the reference by which the network knows an order, so that an inquiry answers according to it on any
//! process and after any restart. Orders without a plan clear in this house.

use std::fmt;
use std::future::ready;

use payments::{
    ChargeClass, ChargeCode, Inquired, NetworkRefusal, NetworkRequest, NetworkResponse, NetworkTerms, OrderRefusal,
    PaymentNetwork, Resolution, Responding, Rial, Route, Settlement, Text, TransferIntent, Unanswered,
};

/// What becomes of an undecided order, and when that is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DeferredOutcome {
    /// How long after the acceptance the network says so, in milliseconds; `None`: it never does.
    pub after_ms: Option<i64>,
    /// What is true from the acceptance on.
    pub resolution: Resolution,
}

/// What the network says when an order is submitted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FirstWord {
    /// It has the order.
    Pending,
    /// Nothing in time.
    Unknown,
    /// It refuses the order.
    Refused(OrderRefusal),
    /// A card network's code for a charge.
    Charge(ChargeCode),
}

/// What the network does with an order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NetworkPlan {
    /// What it says when the order is submitted.
    pub first: FirstWord,
    /// What becomes of the order, if it is undecided then.
    pub then: Option<DeferredOutcome>,
}

const EVERY_ROUTE: &[Route] = &[Route::Internal, Route::Paya, Route::Satna, Route::Card];

impl DeferredOutcome {
    /// In how many milliseconds the network knows it; `None`: never, or it has said so already.
    pub(super) fn known_in_ms(&self, inquired: Inquired) -> Option<i64> {
        self.after_ms.map(|after_ms| after_ms - inquired.passed_ms).filter(|in_ms| *in_ms > 0 || inquired.times == 0)
    }
}

impl NetworkPlan {
    /// How an order with this plan is submitted.
    pub fn terms(&self) -> NetworkTerms {
        let taken = self.then.is_some_and(|then| then.resolution == Resolution::Done);
        // The cycles are this house's own: whether they carry the order is true from its acceptance on (second-edition.md 2.3).
        let settlement = if taken { Settlement::InCycle } else { Settlement::WhenDone };
        NetworkTerms { reference: Text::from(self.to_string()), routes: EVERY_ROUTE, settlement }
    }

    /// The plan that a reference was written from.
    fn of(reference: &str) -> Option<Self> {
        let (first, then) = match reference.split_once("; then ") {
            Some((first, then)) => (first, Some(outcome(then)?)),
            None => (reference, None),
        };
        Some(Self { first: first_word(first)?, then })
    }

    fn first_response(&self) -> NetworkResponse {
        match self.first {
            FirstWord::Pending => NetworkResponse::Accepted,
            FirstWord::Unknown => NetworkResponse::Unknown(Unanswered::NoAnswer),
            FirstWord::Refused(why) => NetworkResponse::Refused(NetworkRefusal::Transfer(why)),
            FirstWord::Charge(code) => match code.class() {
                ChargeClass::Succeeded => NetworkResponse::Done(None),
                ChargeClass::Failed => NetworkResponse::Refused(NetworkRefusal::Charge(code)),
                ChargeClass::Unknown => NetworkResponse::Unknown(Unanswered::Charge(code)),
            },
        }
    }

    /// What it says so long after the order was accepted.
    fn response_after(&self, passed_ms: i64) -> NetworkResponse {
        let known = self.then.filter(|then| then.after_ms.is_some_and(|after_ms| after_ms <= passed_ms));
        match known.map(|then| then.resolution) {
            None => self.first_response(),
            Some(Resolution::Done) => NetworkResponse::Done(None),
            Some(Resolution::Failed) => NetworkResponse::Refused(match self.first {
                FirstWord::Charge(_) => NetworkRefusal::Charge(ChargeCode::NOT_DONE),
                FirstWord::Pending | FirstWord::Unknown | FirstWord::Refused(_) => {
                    NetworkRefusal::Transfer(OrderRefusal::DestinationNotUsable)
                }
            }),
        }
    }
}

/// As a reference says it.
impl fmt::Display for NetworkPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.first {
            FirstWord::Pending => f.write_str("pending")?,
            FirstWord::Unknown => f.write_str("unknown")?,
            FirstWord::Charge(code) => write!(f, "charge {}", code.as_str())?,
            FirstWord::Refused(OrderRefusal::DestinationNotUsable) => f.write_str("refused destination")?,
            FirstWord::Refused(OrderRefusal::InsufficientFunds) => f.write_str("refused funds")?,
            FirstWord::Refused(OrderRefusal::AmountDoesNotFit) => f.write_str("refused fit")?,
            FirstWord::Refused(OrderRefusal::BelowMinimum(rial)) => write!(f, "refused below {}", rial.get())?,
            FirstWord::Refused(OrderRefusal::AboveMaximum(rial)) => write!(f, "refused above {}", rial.get())?,
        }
        self.then.map_or(Ok(()), |then| then.fmt(f))
    }
}

/// As a reference says it, behind what is said first.
impl fmt::Display for DeferredOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.resolution {
            Resolution::Done => "; then done",
            Resolution::Failed => "; then failed",
        })?;
        self.after_ms.map_or(Ok(()), |after_ms| write!(f, " after {after_ms}"))
    }
}

fn first_word(text: &str) -> Option<FirstWord> {
    let mut words = text.split(' ');
    let (word, argument) = (words.next()?, words.next());
    let bound = || words.clone().next()?.parse().ok().map(Rial::new);
    Some(match (word, argument) {
        ("pending", None) => FirstWord::Pending,
        ("unknown", None) => FirstWord::Unknown,
        ("charge", Some(code)) => FirstWord::Charge(ChargeCode::named(code)?),
        ("refused", Some("destination")) => FirstWord::Refused(OrderRefusal::DestinationNotUsable),
        ("refused", Some("funds")) => FirstWord::Refused(OrderRefusal::InsufficientFunds),
        ("refused", Some("fit")) => FirstWord::Refused(OrderRefusal::AmountDoesNotFit),
        ("refused", Some("below")) => FirstWord::Refused(OrderRefusal::BelowMinimum(bound()?)),
        ("refused", Some("above")) => FirstWord::Refused(OrderRefusal::AboveMaximum(bound()?)),
        _ => return None,
    })
}

pub(super) fn outcome(text: &str) -> Option<DeferredOutcome> {
    let (resolution, after_ms) = match text.split_once(" after ") {
        Some((resolution, after_ms)) => (resolution, Some(after_ms.parse().ok()?)),
        None => (text, None),
    };
    let resolution = match resolution {
        "done" => Resolution::Done,
        "failed" => Resolution::Failed,
        _ => return None,
    };
    Some(DeferredOutcome { after_ms, resolution })
}

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct SandboxNetwork;

/// What it says of an order that it has no plan for.
const NO_PLAN: NetworkResponse = NetworkResponse::Unknown(Unanswered::NoAnswer);

impl PaymentNetwork for SandboxNetwork {
    fn terms(&self, _intent: &TransferIntent<'_>) -> Option<NetworkTerms> {
        None
    }

    fn submit<'a>(&'a self, request: &'a NetworkRequest) -> Responding<'a> {
        let plan = NetworkPlan::of(&request.submission.reference);
        Box::pin(ready(plan.map_or(NO_PLAN, |plan| plan.first_response())))
    }

    fn inquire<'a>(&'a self, request: &'a NetworkRequest) -> Responding<'a> {
        let passed_ms = request.now_ms.saturating_sub(request.submission.at_ms);
        let plan = NetworkPlan::of(&request.submission.reference);
        Box::pin(ready(plan.map_or(NO_PLAN, |plan| plan.response_after(passed_ms))))
    }

    fn ask_again_ms(&self, reference: &str, inquired: Inquired) -> Option<i64> {
        NetworkPlan::of(reference)?.then?.known_in_ms(inquired)
    }
}

#[cfg(test)]
mod tests {
    use payments::CardNetwork as _;

    use super::*;
    use crate::card_network::{CardPlan, SandboxCardNetwork};

    #[test]
    fn a_reference_says_the_whole_plan() {
        let refusals = [
            OrderRefusal::DestinationNotUsable,
            OrderRefusal::InsufficientFunds,
            OrderRefusal::AmountDoesNotFit,
            OrderRefusal::BelowMinimum(Rial::new(10_000)),
            OrderRefusal::AboveMaximum(Rial::new(500_000_000)),
        ];
        let firsts = refusals
            .map(FirstWord::Refused)
            .into_iter()
            .chain([FirstWord::Pending, FirstWord::Unknown])
            .chain(ChargeCode::all().map(FirstWord::Charge));
        for first in firsts {
            for after_ms in [None, Some(0), Some(60_000)] {
                for then in [None, Some(Resolution::Done), Some(Resolution::Failed)] {
                    let then = then.map(|resolution| DeferredOutcome { after_ms, resolution });
                    let plan = NetworkPlan { first, then };
                    assert_eq!(NetworkPlan::of(&plan.to_string()), Some(plan), "{plan}");
                }
            }
        }
        for nothing in
            ["", "done", "refused", "refused below", "charge Z9", "unknown; then maybe", "unknown; then done after x"]
        {
            assert_eq!(NetworkPlan::of(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn an_inquiry_tells_the_outcome_from_its_time_on() {
        let known = Some(DeferredOutcome { after_ms: Some(60_000), resolution: Resolution::Done });
        for (resolution, is_done) in [(Resolution::Done, true), (Resolution::Failed, false)] {
            let then = Some(DeferredOutcome { after_ms: Some(60_000), resolution });
            let plan = NetworkPlan { first: FirstWord::Unknown, then };
            assert_eq!(plan.response_after(59_999), NO_PLAN);
            assert_eq!(matches!(plan.response_after(60_000), NetworkResponse::Done(None)), is_done);
        }
        // An inquiry that comes too early, by a process that has taken the job over, does not use up the one that is told the outcome.
        for plan in [
            NetworkPlan { first: FirstWord::Unknown, then: known }.terms().reference,
            Text::from(CardPlan { then: known }.reference("1")),
        ] {
            for (times, passed_ms, in_ms) in [
                (0, 0, Some(60_000)),
                (0, 60_001, Some(-1)),
                (1, 0, Some(60_000)),
                (1, 30_000, Some(30_000)),
                (7, 59_999, Some(1)),
                (1, 60_000, None),
            ] {
                let inquired = Inquired { times, passed_ms };
                let of_orders = SandboxNetwork.ask_again_ms(&plan, inquired);
                let asked = of_orders.or_else(|| SandboxCardNetwork.ask_again_ms(&plan, inquired));
                assert_eq!(asked, in_ms, "{plan} {inquired:?}");
            }
        }
        let never = NetworkPlan {
            first: FirstWord::Pending,
            then: Some(DeferredOutcome { after_ms: None, resolution: Resolution::Done }),
        };
        assert_eq!(never.response_after(i64::MAX), NetworkResponse::Accepted);
    }
}
