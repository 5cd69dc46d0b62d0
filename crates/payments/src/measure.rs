//! What a command meant for the money: for whoever watches how payments go.

use ledger::Rial;

/// How a payment ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The money moved, or leaves with its cycle.
    Done,
    /// It did not.
    Declined,
    /// Nobody knows yet.
    Unknown,
}

/// A payment, measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Measured {
    /// How it ended.
    pub end: End,
    /// How much; zero, where nothing moved.
    pub amount: Rial,
}

impl Measured {
    /// It did not go through.
    pub(crate) const DECLINED: Self = Self { end: End::Declined, amount: Rial::ZERO };

    /// Whether it did is not known.
    pub(crate) const UNKNOWN: Self = Self { end: End::Unknown, amount: Rial::ZERO };

    /// So much has moved.
    pub(crate) fn done(amount: Rial) -> Self {
        Self { end: End::Done, amount }
    }
}
