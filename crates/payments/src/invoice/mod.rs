//! Invoices: issued by a business, paid by anybody in many ways (pod.md 3, 4).
//!
//! ```text
//!                ┌──► in gateway ──┬──► waiting ──(verified)──┐
//!                │        │        └───────┐ │                │
//! (issued) ──► issued ◄───┘ 20 min         │ │ an hour        │
//!   ▲            ├──► future ──(its day)───┤ │                ▼
//!   │            ├──► set-off ──(settled)──┼─┼──────────────► payed ──► closed
//!   │            └──────(any payment)──────┘ │                │
//!   └────────────(not verified: refunded)────┘                ▼
//!                       any but closed ──────────────────► canceled
//! ```
//! An invoice is paid once. What was received for it is what its close sets free, and the most that a refund gives back.
//! Absent: wire names and texts; where rows are kept.

mod amounts;
mod delegation;
mod payment;
mod state;

pub use amounts::{Amounts, LineAmount, MICRO, Uncountable, amounts};
pub use delegation::{Credit, CreditId, Delegations, Leg, legs};
pub use payment::{CardSlip, GivenBack, Means, Payment};
pub use state::{BlockedFrom, FuturePayment, InvoiceState, NotPayable, Payer};

/// A user or a business: both have one row of numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PartyId(pub i64);

/// An invoice's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct InvoiceId(pub i64);
