//! What a command is.

use std::fmt::Debug;

use ledger::Rial;

use crate::view::{Denial, Keys, View};
use crate::{Now, Order, Rules, Status};

/// When a decision is made, and by which rules.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The instant.
    pub now: &'a Now,
    /// The rules.
    pub rules: &'a Rules,
}

/// One thing that can be done: which rows it needs, and what it makes of them.
///
/// The engine runs each decision in a savepoint ([`View::attempt`]): what a refused one has written is taken back.
pub trait Command: Debug + Send + 'static {
    /// What its caller learns when it is done.
    type Done: Debug + Send + 'static;
    /// Why it is not, in order of precedence.
    type Refusal: Debug + Send + 'static;

    /// What it is called in logs. Of a command that wraps another, that one's name.
    const NAME: &'static str;

    /// Names the rows that the decision needs.
    fn keys(&self, at: At<'_>, keys: &mut Keys);

    /// Names the rows that loaded rows name. There is no third round.
    fn more_keys(&self, _view: &View, _at: At<'_>, _keys: &mut Keys) {}

    /// Decides, and leaves the changed rows in the view.
    ///
    /// # Errors
    /// The first refusal in order of precedence, and whether what was written stays.
    fn decide(&self, view: &mut View, at: At<'_>) -> Result<Self::Done, Denial<Self::Refusal>>;

    /// What it came to as a payment; `None`: it is none, or repeats one.
    fn measure(&self, _result: &Result<Self::Done, Self::Refusal>) -> Option<Measured> {
        None
    }
}

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

    /// As an order stands.
    pub(crate) fn of_order(order: &Order) -> Self {
        match order.state.status() {
            Status::Done => Self::done(order.amount),
            Status::Pending | Status::Unknown => Self::UNKNOWN,
            Status::Failed => Self::DECLINED,
        }
    }

    /// So much has moved.
    pub(crate) fn done(amount: Rial) -> Self {
        Self { end: End::Done, amount }
    }
}
