//! The port to the format of the file that carries a cycle's orders to its network.

use std::fmt::Debug;

use crate::{CycleId, Now, Order};

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
