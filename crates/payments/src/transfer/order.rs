//! Orders: the durable row of one transfer or one charge of a card.
//!
//! ```text
//! (step 18) ─┬─► Refused                                   nothing moved, trackId consumed
//!            ├─► Booked ──────────────┐                    money moved
//!            ├─► Queued ──► Settled ──┼──► Returned        paya: on clearing or held; at its destination; back
//!            │      └─────────────────┘
//!            ├─► Pending ─┐
//!            ├─► Unknown ─┴─► Booked | Queued | Refused    held until it is decided; paya: or its cycle settles it
//!            └─► OnFloat ───► Booked | Returned            a charge that got half-way
//! ```
//! What the caller was told at first ([`FirstAnswer`]) never changes, so that a repeated request gets the same reply.
//!
//! A paya order that is pending or unknown belongs to the cycle in which it was accepted (second-edition.md 2.3). Whether its network took it is
//! written at that time: then it has its `cycle` and settles with it, though no verdict is known yet; else that cycle is `left_out_of`. A verdict
//! moves it from one to the other while the cycle takes orders, and not afterwards: the cycle's file and `payas` say what they say.

use ledger::{AccountId, Rial, TransferId};

use crate::{Bank, ChargeCode, ClientId, CycleId, GrantId, OrderRefusal, Route, Text};

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

/// The service that was called for it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "the names are the services'")]
pub enum Service {
    TransferTo,
    InternalTransfer,
    PayaTransfer,
    SatnaTransfer,
    ChargeCard,
}

/// Money that waits on the source for a decision: pending transfers of the amount and of the fee.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Hold {
    /// The amount.
    pub amount: TransferId,
    /// The fee, if there is one.
    pub fee: Option<TransferId>,
}

/// Money that came back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Return {
    /// The return's own sixteen digits.
    pub ref_code: i64,
    /// Why, in the network's words.
    pub reason: Text,
    /// Where it was credited: the source, or suspense when that takes no credits any more.
    pub to: AccountId,
}

/// What the caller was told at first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FirstAnswer {
    /// Done.
    Done,
    /// Accepted; the network has not answered.
    Pending,
    /// No answer in time.
    Unknown,
    /// Refused, for this reason.
    Refused(OrderRefusal),
    /// A charge: failed or unknown, by the code's class.
    Charge(ChargeCode),
}

/// Where an order stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OrderState {
    /// Nothing moved.
    Refused,
    /// The network has not answered.
    Pending(Hold),
    /// No answer in time: only an inquiry, a report or an operator leaves this.
    Unknown(Hold),
    /// A charge of which only the first leg is done: the money is on the client's float card.
    HeldOnFloat(TransferId),
    /// The money moved, by this transfer first.
    Booked(TransferId),
    /// Waits for its cycle: on clearing, or held.
    Queued(Option<Hold>),
    /// Its cycle has brought it to its destination.
    Settled,
    /// The money came back.
    Returned(Return),
    /// Its cycle could bring it neither on nor back, for this reason: the money is on clearing, or held, until an operator says where it goes.
    Stuck(Option<Hold>, Text),
}

/// What callers are told of an order's state.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum Status {
    Done,
    Pending,
    Unknown,
    Failed,
}

impl OrderState {
    /// Its name, without what it holds.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Pending(_) => "pending",
            Self::Unknown(_) => "unknown",
            Self::HeldOnFloat(_) => "onFloat",
            Self::Booked(_) => "booked",
            Self::Queued(_) => "queued",
            Self::Settled => "settled",
            Self::Returned(_) => "returned",
            Self::Stuck(..) => "stuck",
        }
    }

    /// What is held for it.
    pub fn hold(&self) -> Option<Hold> {
        match self {
            Self::Pending(hold) | Self::Unknown(hold) => Some(*hold),
            Self::Queued(hold) | Self::Stuck(hold, _) => *hold,
            Self::Refused | Self::HeldOnFloat(_) | Self::Booked(_) | Self::Settled | Self::Returned(_) => None,
        }
    }
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
    /// National id of the grant's user; `None`: it is an order of before, and its grant names the user.
    pub user: Option<Text>,
    /// The service called.
    pub service: Service,
    /// The way the money goes.
    pub route: Route,
    /// What the caller was told at first.
    pub first: FirstAnswer,
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
    /// The account here that it goes to; `None`: it leaves through nostro, or was refused before that was known.
    pub destination: Option<AccountId>,
    /// The account here that it passes through: of a charge the client's float card.
    pub through: Option<AccountId>,
    /// The destination, as sent; of a card the last four digits.
    pub destination_number: Text,
    /// Echo; empty when none was sent.
    pub destination_first_name: Text,
    /// Echo; empty when none was sent.
    pub destination_last_name: Text,
    /// How much.
    pub amount: Rial,
    /// What the service costs beside it; zero once nothing moved.
    pub fee: Rial,
    /// The cycle that it goes with: its network has taken it, whether that is known already or not.
    pub cycle: Option<CycleId>,
    /// The cycle in which it was accepted and with which it does not go: its network did not take it, or nothing says that it did.
    pub left_out_of: Option<CycleId>,
    /// Echo.
    pub description: Text,
    /// Echo; empty when none was sent.
    pub payment_number: Text,
    /// When it was accepted, in milliseconds of Unix time.
    pub at_ms: i64,
    /// Its number at the bank on that day, from 1001; 0 for charges.
    pub inquiry_sequence: i64,
    /// Sixteen digits, unique on the server.
    pub ref_code: i64,
    /// Hash of the request's folded fields but its secrets: tells a repeated request from another one.
    pub request_hash: [u8; 16],
}
