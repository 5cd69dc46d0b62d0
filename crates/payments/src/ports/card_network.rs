//! The port to the network of other banks' cards (second-edition.md 4.7).
//!
//! Shape: [`CardNetwork::request_otp`] is asked where a payer asks for a password; it takes nothing. A payment is written first, as a [`CardAttempt`] with
//! all that it holds. Then [`CardNetwork::authorize`] is called, once, by the process that has the card's data in memory, and while the outcome is
//! unknown [`CardNetwork::inquire`] by the attempt's reference. All run outside of any transaction.
//! Absent: what a response means for the attempt and its invoice ([`crate::ReportAuthorization`]), and cards that are hosted here.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::payment_network::{INQUIRY_MS, NOT_FOUND_FINAL_MS};
use crate::{CardAttempt, Declined, Text};

/// What the network says when a payer asks for a password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NetworkCard {
    /// Where the card's passwords go: `09` and nine digits.
    pub mobile: Text,
    /// Why the card's issuer does not take the card; `None`: nothing is known against it.
    pub declined: Option<Declined>,
}

/// A card of another bank as its payer has typed it. It is in memory only, and overwritten when it is dropped.
#[derive(Clone)]
pub struct CardInMemory {
    /// Its number.
    pub number: Zeroizing<String>,
    /// Its security code.
    pub security_code: Zeroizing<String>,
    /// Its last month: Jalali `YYYYMM`.
    pub expires: i64,
    /// The one-time password.
    pub password: Zeroizing<String>,
}

impl Debug for CardInMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CardInMemory")
    }
}

/// A payment by a card of another bank, as it is stored.
#[derive(Clone, Debug)]
pub struct CardNetworkRequest {
    /// The payment.
    pub attempt: Arc<CardAttempt>,
    /// The instant by the service's clock, in milliseconds of Unix time.
    pub now_ms: i64,
}

/// What the network says of a payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CardNetworkResponse {
    /// It does not have the payment. Of an authorization: the request has certainly not reached it.
    NotSent,
    /// The card's issuer does not take it, for this reason: nothing was taken.
    Declined(Declined),
    /// The card's issuer has taken the money, under this number of the network's.
    Approved(Text),
    /// What became of it is not known.
    Unknown,
}

/// A request for a password in progress; `None`: no such card can pay.
pub type RequestingOtp<'a> = Pin<Box<dyn Future<Output = Option<NetworkCard>> + Send + 'a>>;

/// A call about a payment in progress.
pub type Authorizing<'a> = Pin<Box<dyn Future<Output = CardNetworkResponse> + Send + 'a>>;

/// The network of other banks' cards.
pub trait CardNetwork: Send + Sync + Debug {
    /// Whether cards of other banks can pay at all.
    fn is_configured(&self) -> bool;

    /// Asks about a card whose payer wants a password, by its number.
    fn request_otp<'a>(&'a self, number: &'a str) -> RequestingOtp<'a>;

    /// Asks the card's issuer for the money of a payment. It is called once for a payment.
    fn authorize<'a>(&'a self, card: &'a CardInMemory, request: &'a CardNetworkRequest) -> Authorizing<'a>;

    /// Asks what became of a payment. It changes nothing at the network.
    fn inquire<'a>(&'a self, request: &'a CardNetworkRequest) -> Authorizing<'a>;

    /// How long after its authorization, or the inquiry before, an undecided payment is inquired, in milliseconds; `inquiries`: how often it was;
    /// `None`: no more.
    fn ask_again_ms(&self, _reference: &str, inquiries: i64) -> Option<i64> {
        usize::try_from(inquiries).ok().and_then(|asked| INQUIRY_MS.get(asked)).copied()
    }

    /// For how long after a payment was written an inquiry that finds nothing decides nothing, in milliseconds.
    fn not_found_final_ms(&self) -> i64 {
        NOT_FOUND_FINAL_MS
    }

    /// The last four digits with which a sandbox's cards are declined, and why; a network beyond the process has none.
    fn endings(&self) -> &'static [(&'static str, Declined)] {
        &[]
    }
}
