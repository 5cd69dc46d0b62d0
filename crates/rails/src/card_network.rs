//! The networks of other banks' cards: none, or a sandbox's, in which every card pays but those whose last digits say otherwise.

use payments::{CardNetwork, CardNetworkResponse, Declined, NetworkCard, Text};

/// No card of another bank pays.
#[derive(Debug)]
pub struct NoCardNetwork;

impl CardNetwork for NoCardNetwork {
    fn is_configured(&self) -> bool {
        false
    }

    fn ask(&self, _number: &str) -> Option<NetworkCard> {
        None
    }
}

/// A sandbox's network.
#[derive(Debug)]
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

impl CardNetwork for SandboxCardNetwork {
    fn is_configured(&self) -> bool {
        true
    }

    fn ask(&self, number: &str) -> Option<NetworkCard> {
        let declines = ENDINGS.iter().find(|(ending, _)| number.ends_with(ending));
        let response = declines.map_or(CardNetworkResponse::Approved, |(_, why)| CardNetworkResponse::Declined(*why));
        Some(NetworkCard { mobile: Text::from(MOBILE), response })
    }

    fn endings(&self) -> &'static [(&'static str, Declined)] {
        &ENDINGS
    }
}
