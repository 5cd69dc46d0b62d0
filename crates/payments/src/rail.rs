//! The port to the payment networks: what an order asks of one, and what one says.
//!
//! A network is asked before the decision, outside of any transaction, and its answer comes with the command. The decision uses it
//! only if the order gets that far: an order that is refused for its form, its limits or its money never was at the network.

use std::fmt::Debug;

use ledger::Rial;

use crate::{ChargeCode, CycleId, Now, Order, OrderKey, OrderRefusal};

/// What an order asks of a network.
#[derive(Clone, Copy, Debug)]
pub struct Handover<'a> {
    /// The client and its trackId.
    pub key: &'a OrderKey,
    /// How much.
    pub amount: Rial,
    /// The destination as the caller wrote it; nothing of a card.
    pub destination: &'a str,
}

/// How an order ends.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Verdict {
    /// The money goes where it should.
    Done,
    /// It stays, or comes back.
    Failed,
}

/// What became of an order at its network, and when that is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Later {
    /// How long after the acceptance the network says so, in milliseconds; `None`: it never does.
    pub after_ms: Option<i64>,
    /// What is true from the acceptance on.
    pub verdict: Verdict,
}

/// What a network says when an order is handed over.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RailAnswer {
    /// It takes it.
    Done,
    /// It has not answered yet.
    Pending(Option<Later>),
    /// It did not answer in time.
    Unknown(Option<Later>),
    /// It refuses.
    Refused(OrderRefusal),
    /// A card network's code for a charge.
    Charge(ChargeCode, Option<Later>),
}

/// A payment network.
pub trait Rail: Send + Sync + Debug {
    /// Hands an order over.
    fn hand_over(&self, order: &Handover<'_>) -> RailAnswer;
}

/// How many orders a file, or a debtor's part of one, has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Count {
    /// Orders.
    pub orders: u64,
    /// Their sum in rials.
    pub sum: i128,
}

/// The whole of a group file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileHead {
    /// Whose part in which cycle.
    pub cycle: CycleId,
    /// When the cycle was cut off: what the file says of its making.
    pub cut_off: Now,
    /// Of all debtors together.
    pub count: Count,
}

/// One debtor's part of a group file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Debtor {
    /// Its number in the file, from 1.
    pub number: u64,
    /// The source account's IBAN.
    pub iban: String,
    /// Its holder.
    pub name: String,
    /// Of this debtor.
    pub count: Count,
}

/// The file that carries a cycle's orders to the network, written piece by piece: its head, and for each debtor a head, the orders,
/// and an end.
pub trait GroupFile: Send + Sync + Debug {
    /// What the file is called.
    fn name(&self, cycle: CycleId) -> String;

    /// Its beginning.
    fn head(&self, head: &FileHead, to: &mut Vec<u8>);

    /// The beginning of a debtor's part.
    fn debtor(&self, head: &FileHead, debtor: &Debtor, to: &mut Vec<u8>);

    /// An order of that debtor.
    fn order(&self, order: &Order, to: &mut Vec<u8>);

    /// The end of a debtor's part.
    fn debtor_end(&self, to: &mut Vec<u8>);

    /// Its end.
    fn end(&self, to: &mut Vec<u8>);
}
