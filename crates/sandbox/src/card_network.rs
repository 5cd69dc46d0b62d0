//! The sandbox's network of other banks' cards: every card pays but those whose last digits say otherwise, and it answers at once, unless a rule leaves
//! the payment unknown.
//!
//! Shape: as the payment networks' ([`super::network`]) it remembers nothing. A [`CardPlan`] is written into the reference by which it knows a payment. One
//! without a plan was decided when it was authorized: if that answer was lost with its process, the network does not have it.

use std::fmt;
use std::future::ready;

use payments::{
    Authorizing, CardInMemory, CardNetwork, CardNetworkRequest, CardNetworkResponse, Declined, Inquired, NetworkCard,
    RequestingOtp, Resolution, Text,
};

use super::payment_network::{DeferredOutcome, outcome};

/// What the network does with a payment that it leaves unknown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CardPlan {
    /// What becomes of it.
    pub then: Option<DeferredOutcome>,
}

/// What the reference of a payment with a plan begins with.
const UNKNOWN: &str = "unknown";

impl CardPlan {
    /// The reference of a payment with this plan, which differs from others by this number.
    pub fn reference(&self, number: &str) -> String {
        format!("{self} #{number}")
    }

    /// The plan that a reference was written from; `None`: it has none.
    fn of(reference: &str) -> Option<Self> {
        let (plan, _) = reference.split_once(" #")?;
        match plan.split_once("; then ") {
            Some((UNKNOWN, then)) => Some(Self { then: Some(outcome(then)?) }),
            None if plan == UNKNOWN => Some(Self { then: None }),
            _ => None,
        }
    }

    /// What it says so long after the payment was written.
    fn response_after(&self, passed_ms: i64, request: &CardNetworkRequest) -> CardNetworkResponse {
        let known = self.then.filter(|then| then.after_ms.is_some_and(|after_ms| after_ms <= passed_ms));
        match known.map(|then| then.resolution) {
            None => CardNetworkResponse::Unknown,
            Some(Resolution::Done) => approved(request),
            Some(Resolution::Failed) => CardNetworkResponse::Declined(Declined::SystemError),
        }
    }
}

/// As a reference says it.
impl fmt::Display for CardPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(UNKNOWN)?;
        self.then.map_or(Ok(()), |then| then.fmt(f))
    }
}

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct SandboxCardNetwork;

/// Where the passwords of all of its cards go: the number is given to no holder.
const MOBILE: &str = "09990000000";

/// The last four digits of cards that are declined: `90` and the code of the reason.
const ENDINGS: [(&str, Declined); 13] = [
    ("9014", Declined::CardUnknown),
    ("9042", Declined::CardAccountUnusable),
    ("9051", Declined::InsufficientFunds),
    ("9054", Declined::CardExpired),
    ("9055", Declined::OtpWrong),
    ("9057", Declined::CardNotPermitted),
    ("9061", Declined::CeilingReached),
    ("9062", Declined::CardRestricted),
    ("9075", Declined::CardLocked),
    ("9078", Declined::CardInactive),
    ("9080", Declined::SystemError),
    ("9090", Declined::DayClose),
    ("9091", Declined::IssuerDown),
];

fn declined(number: &str) -> Option<Declined> {
    ENDINGS.iter().find(|(ending, _)| number.ends_with(ending)).map(|(_, why)| *why)
}

/// The network's number of a payment is the one that the payer's slip has.
fn approved(request: &CardNetworkRequest) -> CardNetworkResponse {
    CardNetworkResponse::Approved(Text::clone(&request.attempt.slip.rrn))
}

impl CardNetwork for SandboxCardNetwork {
    fn is_configured(&self) -> bool {
        true
    }

    fn request_otp<'a>(&'a self, number: &'a str) -> RequestingOtp<'a> {
        Box::pin(ready(Some(NetworkCard { mobile: Text::from(MOBILE), declined: declined(number) })))
    }

    fn authorize<'a>(&'a self, card: &'a CardInMemory, request: &'a CardNetworkRequest) -> Authorizing<'a> {
        Box::pin(ready(match (declined(&card.number), CardPlan::of(&request.attempt.reference)) {
            (_, Some(_)) => CardNetworkResponse::Unknown,
            (Some(why), None) => CardNetworkResponse::Declined(why),
            (None, None) => approved(request),
        }))
    }

    fn inquire<'a>(&'a self, request: &'a CardNetworkRequest) -> Authorizing<'a> {
        let passed_ms = request.now_ms.saturating_sub(request.attempt.asked_at_ms);
        let plan = CardPlan::of(&request.attempt.reference);
        let response = plan.map_or(CardNetworkResponse::NotSent, |plan| plan.response_after(passed_ms, request));
        Box::pin(ready(response))
    }

    fn ask_again_ms(&self, reference: &str, inquired: Inquired) -> Option<i64> {
        CardPlan::of(reference)?.then?.known_in_ms(inquired)
    }

    /// It is in the process that asks it: what it does not have it will not get.
    fn not_found_final_ms(&self) -> i64 {
        0
    }

    fn endings(&self) -> &'static [(&'static str, Declined)] {
        &ENDINGS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_says_the_whole_plan() {
        for after_ms in [None, Some(0), Some(60_000)] {
            for then in [None, Some(Resolution::Done), Some(Resolution::Failed)] {
                let plan = CardPlan { then: then.map(|resolution| DeferredOutcome { after_ms, resolution }) };
                assert_eq!(CardPlan::of(&plan.reference("123")), Some(plan), "{plan}");
            }
        }
        for none in ["123", "", "unknown", "unknown; then maybe #1", "done #1", " #1"] {
            assert_eq!(CardPlan::of(none), None, "{none}");
        }
    }
}
