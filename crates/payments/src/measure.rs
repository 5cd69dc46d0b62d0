//! What a command meant for the money: for whoever watches how payments go.

use ledger::Rial;

use crate::{AnyCommand, Outcome, Refusal, Status};

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

    /// So much has moved.
    pub(crate) fn done(amount: Rial) -> Self {
        Self { end: End::Done, amount }
    }
}

impl AnyCommand {
    /// What it came to as a payment; `None`: it is none, or repeats one.
    pub fn measure(&self, outcome: &Result<Outcome, Refusal>) -> Option<Measured> {
        match self.wanted() {
            Self::SubmitTransfer(_) | Self::ChargeCard(_) => match outcome {
                Ok(Outcome::Ordered(order)) => match order.state.status() {
                    Status::Done => Some(Measured::done(order.amount)),
                    Status::Pending | Status::Unknown => Some(Measured { end: End::Unknown, amount: Rial::ZERO }),
                    Status::Failed => Some(Measured::DECLINED),
                },
                Ok(_) => None,
                Err(_) => Some(Measured::DECLINED),
            },
            _ => None,
        }
    }
}
