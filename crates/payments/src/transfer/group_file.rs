//! The port to the format of the file that carries a cycle's orders to its network.

use std::fmt::Debug;

use crate::{CycleId, Now, Order};

/// The number of orders and their sum, of a file or of a debtor's part.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Count {
    /// The number of orders.
    pub orders: u64,
    /// The sum of their amounts in rials.
    pub sum: i128,
}

/// The data of a group file's header.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileHead {
    /// The source bank and the cycle.
    pub cycle: CycleId,
    /// The cut-off of the cycle, which the file names as its creation time.
    pub cut_off: Now,
    /// The totals of all debtors.
    pub count: Count,
}

/// The data of one debtor's part of a group file: a source account with its orders.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Debtor {
    /// The number of the part in the file, from 1.
    pub number: u64,
    /// The source account's IBAN.
    pub iban: String,
    /// The holder's name.
    pub name: String,
    /// The totals of this debtor.
    pub count: Count,
}

/// The format of the file that carries a cycle's orders to the network. The file is written piece by piece: its head; for each debtor a head, the
/// orders and an end; the end of the file.
pub trait GroupFile: Send + Sync + Debug {
    /// The name of a cycle's file.
    fn name(&self, cycle: CycleId) -> String;

    /// Writes the beginning of the file.
    fn head(&self, head: &FileHead, to: &mut Vec<u8>);

    /// Writes the beginning of a debtor's part.
    fn debtor(&self, head: &FileHead, debtor: &Debtor, to: &mut Vec<u8>);

    /// Writes an order of the current debtor.
    fn order(&self, order: &Order, to: &mut Vec<u8>);

    /// Writes the end of a debtor's part.
    fn debtor_end(&self, to: &mut Vec<u8>);

    /// Writes the end of the file.
    fn end(&self, to: &mut Vec<u8>);
}
