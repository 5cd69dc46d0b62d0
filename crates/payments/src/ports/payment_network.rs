//! The port to a payment network.
//!
//! Shape: an order that a network is asked for is written first, with its hold and its [`Submission`]. Then [`PaymentNetwork::submit`] is called,
//! once, and while the outcome is unknown [`PaymentNetwork::inquire`] by the submission's reference. Both run outside of any transaction.
//! Absent: what a response means for the order ([`crate::ReportSubmission`]), and orders that clear in this house: they are decided in the commit
//! that accepts them, and no network is called.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use ledger::Rial;

use crate::{ChargeCode, Order, OrderKey, OrderRefusal, Route, Settlement, Submission, Text};

/// An order before it is written.
#[derive(Clone, Copy, Debug)]
pub struct TransferIntent<'a> {
    /// The client and its trackId.
    pub key: &'a OrderKey,
    /// How much.
    pub amount: Rial,
    /// The destination as the caller wrote it; empty for a card.
    pub destination: &'a str,
}

/// What is known of a submission before the order is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NetworkTerms {
    /// What the network will know the order by. It is durable before the network is called, so that the order can be inquired whatever happens.
    pub reference: Text,
    /// The routes whose orders are submitted; orders of other routes clear in this house.
    pub routes: &'static [Route],
    /// What settles a paya order.
    pub settlement: Settlement,
}

/// An order and its submission, as they are stored.
#[derive(Clone, Debug)]
pub struct NetworkRequest {
    /// The order.
    pub order: Arc<Order>,
    /// Its submission.
    pub submission: Arc<Submission>,
    /// The instant by the service's clock, in milliseconds of Unix time.
    pub now_ms: i64,
}

/// What a network says of an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NetworkResponse {
    /// It does not have the order. Of a submission: the request has certainly not reached it.
    NotSent,
    /// It refuses the order: no money moves.
    Refused(NetworkRefusal),
    /// It has the order, and will know later what becomes of it.
    Accepted,
    /// It has executed the order, under a number of its own if it gives one.
    Done(Option<Text>),
    /// What it did with the order is not known.
    Unknown(Unanswered),
}

/// Why a network refuses an order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NetworkRefusal {
    /// A transfer.
    Transfer(OrderRefusal),
    /// A charge of a card, by the card network's code.
    Charge(ChargeCode),
}

/// How an outcome is unknown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Unanswered {
    /// There was no answer in time, or none that can be read.
    NoAnswer,
    /// A card network's code of its unknown class.
    Charge(ChargeCode),
}

/// A call to a network in progress.
pub type Responding<'a> = Pin<Box<dyn Future<Output = NetworkResponse> + Send + 'a>>;

/// After how long an undecided order is inquired, in milliseconds since its submission or the inquiry before: fifteen times in three days.
pub const INQUIRY_MS: [i64; 15] = [
    5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000, 10_800_000, 21_600_000, 21_600_000, 21_600_000, 36_000_000,
    36_000_000, 36_000_000, 36_000_000, 36_000_000,
];

/// For how long "not there" is no failure by default, in milliseconds: networks may take a request up that late.
pub const NOT_FOUND_FINAL_MS: i64 = 3_600_000;

/// A payment network.
pub trait PaymentNetwork: Send + Sync + Debug {
    /// How an order would be submitted; `None`: it clears in this house.
    fn terms(&self, intent: &TransferIntent<'_>) -> Option<NetworkTerms>;

    /// Submits an order. It is called once for an order, but for those that it has answered with [`NetworkResponse::NotSent`].
    fn submit<'a>(&'a self, request: &'a NetworkRequest) -> Responding<'a>;

    /// Asks what became of an order. It changes nothing at the network.
    fn inquire<'a>(&'a self, request: &'a NetworkRequest) -> Responding<'a>;

    /// How long after its submission, or the inquiry before, an undecided order is inquired, in milliseconds; `inquiries`: how often it was; `None`: no
    /// more.
    fn ask_again_ms(&self, _reference: &str, inquiries: i64) -> Option<i64> {
        usize::try_from(inquiries).ok().and_then(|asked| INQUIRY_MS.get(asked)).copied()
    }

    /// For how long after a submission an inquiry that finds nothing is no failure, in milliseconds.
    fn not_found_final_ms(&self) -> i64 {
        NOT_FOUND_FINAL_MS
    }
}
