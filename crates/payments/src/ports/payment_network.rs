//! The port to a payment network.
//!
//! Shape: an order for a network is written first, with its hold and its [`Submission`]. Then [`PaymentNetwork::submit`] is called once. While the
//! outcome is unknown, [`PaymentNetwork::inquire`] is called with the submission's reference. Both calls are made outside of transactions.
//! Absent: what a response means for the order ([`crate::ReportSubmission`]); orders that clear in this house, which are decided in the commit that
//! accepts them, without a call.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use ledger::Rial;

use crate::{ChargeCode, Order, OrderKey, OrderRefusal, Route, Settlement, Submission, Text};

/// The facts of an order before it is written.
#[derive(Clone, Copy, Debug)]
pub struct TransferIntent<'a> {
    /// The client and its trackId.
    pub key: &'a OrderKey,
    /// The amount.
    pub amount: Rial,
    /// The destination as the caller sent it; empty for a card.
    pub destination: &'a str,
}

/// The terms of a submission, set before the order is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NetworkTerms {
    /// The reference by which the network will know the order. It is durable before the network is called, so the order can always be inquired.
    pub reference: Text,
    /// The routes whose orders are submitted; orders of other routes clear in this house.
    pub routes: &'static [Route],
    /// Which settlement a paya order gets.
    pub settlement: Settlement,
}

/// A stored order and its submission, for a call to the network.
#[derive(Clone, Debug)]
pub struct NetworkRequest {
    /// The order.
    pub order: Arc<Order>,
    /// Its submission.
    pub submission: Arc<Submission>,
    /// The present instant by the service's clock, in milliseconds of Unix time.
    pub now_ms: i64,
}

/// A network's response about an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NetworkResponse {
    /// The network does not have the order. In response to a submission: the request has certainly not reached it.
    NotSent,
    /// The network refuses the order; no money moves.
    Refused(NetworkRefusal),
    /// The network has the order, and will know its outcome later.
    Accepted,
    /// The network has executed the order, under its own number if it gives one.
    Done(Option<Text>),
    /// The outcome is not known.
    Unknown(Unanswered),
}

/// Why a network refuses an order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NetworkRefusal {
    /// The refusal of a transfer.
    Transfer(OrderRefusal),
    /// The refusal of a charge of a card, as the card network's code.
    Charge(ChargeCode),
}

/// Why an outcome is unknown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Unanswered {
    /// There was no answer in time, or none that could be read.
    NoAnswer,
    /// The card network answered with a code of the class "unknown".
    Charge(ChargeCode),
}

/// A call to a network in progress.
pub type Responding<'a> = Pin<Box<dyn Future<Output = NetworkResponse> + Send + 'a>>;

/// Delays before an undecided order is inquired, in milliseconds since its submission or the last inquiry: fifteen inquiries in three days.
pub const INQUIRY_MS: [i64; 15] = [
    5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000, 10_800_000, 21_600_000, 21_600_000, 21_600_000, 36_000_000,
    36_000_000, 36_000_000, 36_000_000, 36_000_000,
];

/// For how long "not there" is not a failure by default, in milliseconds: a network may process a request that late.
pub const NOT_FOUND_FINAL_MS: i64 = 3_600_000;

/// How far the inquiries about an order or payment are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Inquired {
    /// The number of inquiries made.
    pub times: i64,
    /// How long ago the order or payment was written, in milliseconds.
    pub passed_ms: i64,
}

/// A payment network.
pub trait PaymentNetwork: Send + Sync + Debug {
    /// The terms on which an order would be submitted; `None`: it clears in this house.
    fn terms(&self, intent: &TransferIntent<'_>) -> Option<NetworkTerms>;

    /// Submits an order. It is called once per order, and again only after the response [`NetworkResponse::NotSent`].
    fn submit<'a>(&'a self, request: &'a NetworkRequest) -> Responding<'a>;

    /// Asks for the outcome of an order. It changes nothing at the network.
    fn inquire<'a>(&'a self, request: &'a NetworkRequest) -> Responding<'a>;

    /// The delay before an undecided order is inquired, in milliseconds since its submission or the last inquiry; `None`: no more. A process that takes
    /// over a job inquires at once, so an inquiry may come earlier than it was scheduled.
    fn ask_again_ms(&self, _reference: &str, inquired: Inquired) -> Option<i64> {
        usize::try_from(inquired.times).ok().and_then(|asked| INQUIRY_MS.get(asked)).copied()
    }

    /// For how long after an order's acceptance "not there" is not a failure, in milliseconds.
    fn not_found_final_ms(&self) -> i64 {
        NOT_FOUND_FINAL_MS
    }
}
