//! A simulated payment network without state: the reference of an order encodes how the network responds about it.

use ledger::Rial;
use payments::{
    ChargeClass, ChargeCode, NetworkRefusal, NetworkResponse, NetworkTerms, OrderRefusal, Resolution, Route,
    Settlement, SubmissionTerms, Text, Unanswered,
};

/// The true outcome of an undecided order, and when its network reports it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeferredOutcome {
    /// Milliseconds from the submission to the report; `None`: never.
    pub after_ms: Option<i64>,
    pub resolution: Resolution,
}

/// How the network responds about an order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Network {
    /// The order goes to no network.
    InHouse,
    Pending(Option<DeferredOutcome>),
    Unknown(Option<DeferredOutcome>),
    Refuses(OrderRefusal),
    Says(ChargeCode),
}

const ROUTES: &[Route] = &[Route::Internal, Route::Paya, Route::Satna, Route::Card];

impl Network {
    /// The terms of a submission to this network; `None`: there is none.
    pub fn terms(self) -> Option<SubmissionTerms> {
        let (word, later) = match self {
            Self::InHouse => return None,
            Self::Pending(later) => ("pending".to_owned(), later),
            Self::Unknown(later) => ("unknown".to_owned(), later),
            Self::Refuses(why) => (format!("refuses:{why:?}"), None),
            Self::Says(code) => (format!("says:{}", code.as_str()), None),
        };
        let tail = later.map_or_else(String::new, |later| {
            format!(
                " {:?} {}",
                later.resolution,
                later.after_ms.map_or_else(|| "never".to_owned(), |ms| ms.to_string())
            )
        });
        let taken = later.is_some_and(|later| later.resolution == Resolution::Done);
        let settlement = if taken { Settlement::InCycle } else { Settlement::WhenDone };
        let network = NetworkTerms { reference: Text::from(word + &tail), routes: ROUTES, settlement };
        Some(SubmissionTerms { network, leased_until_ms: 30_000 })
    }

    /// The network that a reference encodes.
    pub fn of(reference: &str) -> Self {
        let mut parts = reference.split(' ');
        let word = parts.next().unwrap();
        let later = parts.next().map(|resolution| DeferredOutcome {
            resolution: if resolution == "Done" { Resolution::Done } else { Resolution::Failed },
            after_ms: parts.next().unwrap().parse().ok(),
        });
        match word.split_once(':') {
            None if word == "pending" => Self::Pending(later),
            None => Self::Unknown(later),
            Some(("says", code)) => Self::Says(ChargeCode::named(code).unwrap()),
            Some((_, why)) => {
                let all = [OrderRefusal::DestinationNotUsable, OrderRefusal::BelowMinimum(Rial::new(7))];
                Self::Refuses(all.into_iter().find(|refusal| format!("{refusal:?}") == why).unwrap())
            }
        }
    }

    /// The response to a submission.
    pub fn submitted(self) -> NetworkResponse {
        match self {
            Self::InHouse => NetworkResponse::NotSent,
            Self::Pending(_) => NetworkResponse::Accepted,
            Self::Unknown(_) => NetworkResponse::Unknown(Unanswered::NoAnswer),
            Self::Refuses(why) => NetworkResponse::Refused(NetworkRefusal::Transfer(why)),
            Self::Says(code) => match code.class() {
                ChargeClass::Succeeded => NetworkResponse::Done(None),
                ChargeClass::Failed => NetworkResponse::Refused(NetworkRefusal::Charge(code)),
                ChargeClass::Unknown => NetworkResponse::Unknown(Unanswered::Charge(code)),
            },
        }
    }

    fn later(self) -> Option<DeferredOutcome> {
        match self {
            Self::Pending(later) | Self::Unknown(later) => later,
            Self::InHouse | Self::Refuses(_) | Self::Says(_) => None,
        }
    }

    /// Milliseconds from the submission to the inquiry; `None`: no inquiry.
    pub fn ask_again_ms(self) -> Option<i64> {
        self.later().and_then(|later| later.after_ms)
    }

    /// The response to an inquiry.
    pub fn inquired(self) -> NetworkResponse {
        match self.later() {
            Some(DeferredOutcome { resolution: Resolution::Done, .. }) => {
                NetworkResponse::Done(Some(Text::from("net-1")))
            }
            Some(DeferredOutcome { resolution: Resolution::Failed, .. }) => {
                NetworkResponse::Refused(NetworkRefusal::Transfer(OrderRefusal::DestinationNotUsable))
            }
            None => self.submitted(),
        }
    }
}
