//! Orders: the durable row of one transfer.
//!
//! ```text
//! (step 18) ──► Booked     money moved
//!          └──► Refused    nothing moved, trackId consumed
//! ```

use ledger::{AccountId, Rial, TransferId};

use crate::{Bank, ClientId, GrantId, Refusal, Text};

/// An order's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OrderId(pub i64);

/// What makes an order one: a client's trackId.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OrderKey {
    /// Whose.
    pub client: ClientId,
    /// Its trackId.
    pub track_id: Text,
}

/// The way the money goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Route {
    /// Inside one hosted bank.
    Internal,
}

/// Where an order stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OrderState {
    /// The money moved.
    Booked(TransferId),
    /// Nothing moved, for this reason.
    Refused(Refusal),
}

/// An order, and all that its replies echo.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// Its number.
    pub id: OrderId,
    /// Client and trackId.
    pub key: OrderKey,
    /// The grant that it was sent with.
    pub grant: GrantId,
    /// The way the money goes.
    pub route: Route,
    /// Where it stands.
    pub state: OrderState,
    /// The source bank.
    pub bank: Bank,
    /// The source account.
    pub source: AccountId,
    /// The source account's number.
    pub source_number: Text,
    /// Its holder's first name, at that time.
    pub source_first_name: Text,
    /// Its holder's last name, at that time.
    pub source_last_name: Text,
    /// The destination, as sent.
    pub destination_number: Text,
    /// Echo; empty when none was sent.
    pub destination_first_name: Text,
    /// Echo; empty when none was sent.
    pub destination_last_name: Text,
    /// How much.
    pub amount: Rial,
    /// Echo.
    pub description: Text,
    /// Echo; empty when none was sent.
    pub payment_number: Text,
    /// When it was accepted, in milliseconds of Unix time.
    pub at_ms: i64,
    /// Its number at the bank on that day, from 1001.
    pub inquiry_sequence: i64,
    /// Sixteen digits, unique on the server.
    pub ref_code: i64,
    /// Hash of the request's folded fields but its secrets: tells a repeated request from another one.
    pub request_hash: [u8; 16],
}
