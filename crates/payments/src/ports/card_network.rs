//! The port to the network of other banks' cards (second-edition.md 4.7).
//!
//! Shape: [`CardNetwork::request_otp`] is called when a payer requests a password; it takes no money. A payment is written first, as a
//! [`CardAttempt`] with everything that it holds. Then [`CardNetwork::authorize`] is called once, by the process that has the card's data in memory.
//! While the outcome is unknown, [`CardNetwork::inquire`] is called with the attempt's reference. All calls are made outside of transactions.
//! Absent: what a response means for the attempt and its invoice ([`crate::ReportAuthorization`]); cards that are hosted here.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::payment_network::{INQUIRY_MS, Inquired, NOT_FOUND_FINAL_MS};
use crate::{CardAttempt, Declined, Text};

/// The network's answer when a payer requests a password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NetworkCard {
    /// The mobile number for the card's passwords: `09` and nine digits.
    pub mobile: Text,
    /// Why the card's issuer refuses the card; `None`: no reason is known.
    pub declined: Option<Declined>,
}

/// A card of another bank, with the data that its payer typed. It is kept in memory only, and overwritten when dropped.
#[derive(Clone)]
pub struct CardInMemory {
    /// The card's number.
    pub number: Zeroizing<String>,
    /// The security code.
    pub security_code: Zeroizing<String>,
    /// The last month in which the card is valid: Jalali `YYYYMM`.
    pub expires: i64,
    /// The one-time password.
    pub password: Zeroizing<String>,
}

impl Debug for CardInMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CardInMemory")
    }
}

/// A stored payment by another bank's card, for a call to the network.
#[derive(Clone, Debug)]
pub struct CardNetworkRequest {
    /// The payment.
    pub attempt: Arc<CardAttempt>,
    /// The present instant by the service's clock, in milliseconds of Unix time.
    pub now_ms: i64,
}

/// The network's response about a payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CardNetworkResponse {
    /// The network does not have the payment. In response to an authorization: the request has certainly not reached it.
    NotSent,
    /// The card's issuer refuses the payment for this reason; no money was taken.
    Declined(Declined),
    /// The card's issuer has taken the money, under this number of the network.
    Approved(Text),
    /// The outcome is not known.
    Unknown,
}

/// A request for a password in progress; `None`: no card of that number can pay.
pub type RequestingOtp<'a> = Pin<Box<dyn Future<Output = Option<NetworkCard>> + Send + 'a>>;

/// A call about a payment in progress.
pub type Authorizing<'a> = Pin<Box<dyn Future<Output = CardNetworkResponse> + Send + 'a>>;

/// The network of other banks' cards.
pub trait CardNetwork: Send + Sync + Debug {
    /// Whether cards of other banks can pay.
    fn is_configured(&self) -> bool;

    /// Asks about the card of this number, whose payer requests a password.
    fn request_otp<'a>(&'a self, number: &'a str) -> RequestingOtp<'a>;

    /// Asks the card's issuer for the money of a payment. It is called once per payment.
    fn authorize<'a>(&'a self, card: &'a CardInMemory, request: &'a CardNetworkRequest) -> Authorizing<'a>;

    /// Asks for the outcome of a payment. It changes nothing at the network.
    fn inquire<'a>(&'a self, request: &'a CardNetworkRequest) -> Authorizing<'a>;

    /// The delay before an undecided payment is inquired, in milliseconds since its authorization or the last inquiry; `None`: no
    /// more. A process that takes over a job inquires at once, so an inquiry may come earlier than it was scheduled.
    fn ask_again_ms(&self, _reference: &str, inquired: Inquired) -> Option<i64> {
        usize::try_from(inquired.times).ok().and_then(|asked| INQUIRY_MS.get(asked)).copied()
    }

    /// For how long after a payment was written "not there" decides nothing, in milliseconds.
    fn not_found_final_ms(&self) -> i64 {
        NOT_FOUND_FINAL_MS
    }

    /// The last four digits with which a sandbox declines cards, and the reasons; a real network has none.
    fn endings(&self) -> &'static [(&'static str, Declined)] {
        &[]
    }
}
