//! The port to a merchant that knows what its caller shall pay.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use ledger::Rial;

/// A call that has come in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PhoneCall {
    /// The terminal.
    pub terminal: String,
    /// Who calls, as the exchange says it; may be empty.
    pub caller: String,
    /// The number that was called; may be empty.
    pub called: String,
    /// The exchange's id of the call.
    pub id: String,
}

/// What a caller shall pay.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PhoneBill {
    /// The merchant's id for it.
    pub order: String,
    /// How much; more than zero.
    pub amount: Rial,
}

/// A bill that was not told, and why. For the operator.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoBill(pub String);

/// An answer that is on its way.
pub type PhoneAnnouncement<'a> = Pin<Box<dyn Future<Output = Result<PhoneBill, NoBill>> + Send + 'a>>;

/// Knows what callers shall pay.
pub trait BillSource: Send + Sync + Debug {
    /// Asks for a call's bill.
    fn bill(&self, call: PhoneCall) -> PhoneAnnouncement<'_>;
}
