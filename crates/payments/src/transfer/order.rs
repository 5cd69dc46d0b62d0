//! Orders: the durable row of one transfer or one charge of a card.
//!
//! ```text
//! (step 18) ──► Refused                                  nothing moved; the trackId is used
//!           ──► Booked ──► Returned                      the money moved; satna: it came back
//!           ──► Queued ──► Settled | Returned | Stuck    paya: it waits for its cycle, on clearing or held
//!           ──► Pending | Unknown                        submitted to a network, with its money held
//! Pending, Unknown ──► Booked | Queued | Refused         decided by a response or an operator
//! Pending, Unknown ──► Settled | Returned | Stuck        paya: its cycle settles it before a response decides it
//! Unknown ──► HeldOnFloat ──► Booked | Returned          a charge of which only the first leg is done
//! Settled ──► Returned                                   paya: it came back
//! Stuck ──► Settled | Returned                           decided by an operator
//! ```
//! The first answer to the caller ([`FirstAnswer`]) does not change once it is sent, so a repeated request gets the same reply.
//!
//! A paya order that is pending or unknown belongs to the cycle in which it was accepted (second-edition.md 2.3). Whether its network took it is
//! written at the acceptance: if so, `cycle` names that cycle, and the order settles with it even before a response decides it. Otherwise
//! `left_out_of` names the cycle. A decision moves the order from one to the other while the cycle accepts orders. After the closing it cannot,
//! because the cycle's file and `payas` have shown the order or its absence.

use ledger::{AccountId, Rial, TransferId};

use crate::{Bank, ChargeCode, ClientId, CycleId, GrantId, OrderRefusal, Route, Text};

/// An order's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OrderId(pub i64);

/// The natural key of an order: a client and its trackId.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OrderKey {
    /// The client.
    pub client: ClientId,
    /// The client's trackId.
    pub track_id: Text,
}

/// The service that the request called.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "the names are the services'")]
pub enum Service {
    TransferTo,
    InternalTransfer,
    PayaTransfer,
    SatnaTransfer,
    ChargeCard,
}

/// Money held on the source until the order is decided or settled: pending transfers of the amount and of the fee.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Hold {
    /// The pending transfer of the amount.
    pub amount: TransferId,
    /// The pending transfer of the fee, if there is a fee.
    pub fee: Option<TransferId>,
}

/// A return: money that came back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Return {
    /// The refCode of the return, written with sixteen digits.
    pub ref_code: i64,
    /// The reason, as the network or this house words it.
    pub reason: Text,
    /// The account credited: the source, or suspense if the source takes no credits.
    pub to: AccountId,
}

/// The first answer to the order's caller; a repeated request gets it again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FirstAnswer {
    /// The order is done.
    Done,
    /// Accepted; the network has not answered.
    Pending,
    /// No response of the network in time.
    Unknown,
    /// Refused by the bank, for this reason.
    Refused(OrderRefusal),
    /// A charge that failed or whose outcome is unknown, by the class of the code.
    Charge(ChargeCode),
}

/// The present state of an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OrderState {
    /// No money moved.
    Refused,
    /// The network has accepted the order or has not answered yet.
    Pending(Hold),
    /// The network did not answer in time. A later response, the order's cycle or an operator ends this state.
    Unknown(Hold),
    /// A charge of which only the first leg is done, by this transfer: the money is on the client's float card.
    HeldOnFloat(TransferId),
    /// The money moved; this is the first of its transfers.
    Booked(TransferId),
    /// The order waits for its cycle: its money is on clearing, or held.
    Queued(Option<Hold>),
    /// The cycle has moved the money to its destination.
    Settled,
    /// The money came back to the source.
    Returned(Return),
    /// Its cycle could neither settle nor return it, for this reason. The money is on clearing, or held, until an operator decides.
    Stuck(Option<Hold>, Text),
}

/// The state of an order in replies to callers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum Status {
    Done,
    Pending,
    Unknown,
    Failed,
}

impl OrderState {
    /// The state's name, without its data.
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

    /// The hold of the order, if its state has one.
    pub fn hold(&self) -> Option<Hold> {
        match self {
            Self::Pending(hold) | Self::Unknown(hold) => Some(*hold),
            Self::Queued(hold) | Self::Stuck(hold, _) => *hold,
            Self::Refused | Self::HeldOnFloat(_) | Self::Booked(_) | Self::Settled | Self::Returned(_) => None,
        }
    }
}

/// An order, with everything that its replies echo.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// The client and its trackId.
    pub key: OrderKey,
    /// The grant of the request.
    pub grant: GrantId,
    /// National id of the grant's user; `None`: the order is older than this column, and its grant names the user.
    pub user: Option<Text>,
    /// The service that the request called.
    pub service: Service,
    /// The route of the money.
    pub route: Route,
    /// The first answer to the caller.
    pub first: FirstAnswer,
    /// The present state.
    pub state: OrderState,
    /// The source bank.
    pub bank: Bank,
    /// The source account.
    pub source: AccountId,
    /// The source account's number.
    pub source_number: Text,
    /// The holder's first name when the order was accepted.
    pub source_first_name: Text,
    /// The holder's last name when the order was accepted.
    pub source_last_name: Text,
    /// The destination account, if it is in this ledger; `None`: the money leaves through nostro, or no account was found.
    pub destination: Option<AccountId>,
    /// The account that the money passes through: for a charge, the client's float card.
    pub through: Option<AccountId>,
    /// The destination: an account number as its bank writes it, an IBAN or an unknown number as sent, or the last four digits of a card.
    pub destination_number: Text,
    /// Echo; empty when none was sent.
    pub destination_first_name: Text,
    /// Echo; empty when none was sent.
    pub destination_last_name: Text,
    /// The amount to move.
    pub amount: Rial,
    /// The fee of the service, charged in addition to the amount; zero if no money moved.
    pub fee: Rial,
    /// The cycle that settles the order: its network took it, whether or not that is known yet.
    pub cycle: Option<CycleId>,
    /// The cycle in which it was accepted but which does not settle it: the network did not take it, or has not said that it did.
    pub left_out_of: Option<CycleId>,
    /// Echo of the request.
    pub description: Text,
    /// Echo; empty when none was sent.
    pub payment_number: Text,
    /// The time of acceptance, in milliseconds of Unix time.
    pub at_ms: i64,
    /// The order's number at its bank on that day, from 1001; 0 for charges.
    pub inquiry_sequence: i64,
    /// The refCode, written with sixteen digits; unique in the store.
    pub ref_code: i64,
    /// Hash of the request's folded fields without its secrets. It tells a repeated request from a different one with the same trackId.
    pub request_hash: [u8; 16],
}
