//! The port to merchants' systems, which know the amount that a caller has to pay.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use ledger::Rial;

/// An incoming call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PhoneCall {
    /// The terminal's `sequence`.
    pub terminal: String,
    /// The caller's number, as the telephone exchange sends it; may be empty.
    pub caller: String,
    /// The number that was called; may be empty.
    pub called: String,
    /// The telephone exchange's id of the call.
    pub id: String,
}

/// The bill of a call: what the caller has to pay.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PhoneBill {
    /// The merchant's id of the order.
    pub order: String,
    /// The amount; more than zero.
    pub amount: Rial,
}

/// Why there is no bill, for the operator.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoBill(pub String);

/// A request for a bill in progress.
pub type FutureBill<'a> = Pin<Box<dyn Future<Output = Result<PhoneBill, NoBill>> + Send + 'a>>;

/// A source of callers' bills.
pub trait BillSource: Send + Sync + Debug {
    /// Asks for the bill of a call.
    fn bill(&self, call: PhoneCall) -> FutureBill<'_>;
}
