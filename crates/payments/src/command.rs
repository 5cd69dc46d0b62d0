//! The trait that all commands implement, and how a command is counted as a payment.

use std::fmt::Debug;

use ledger::Rial;

use crate::view::{Denial, Keys, View};
use crate::{Now, Order, Rules, Status};

/// The instant at which a decision is made, and the rules that apply to it.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The instant, with its civil time.
    pub now: &'a Now,
    /// The machine's time, in milliseconds of Unix time. It goes on whatever a sandbox's clock shows. Operators' sessions and the limits of their
    /// sign-in follow it.
    pub machine_ms: i64,
    /// The rule set.
    pub rules: &'a Rules,
}

impl At<'_> {
    /// The machine's time as an instant.
    pub(crate) fn machine(&self) -> Now {
        Now::at(self.machine_ms).unwrap_or_else(Now::epoch)
    }
}

/// A request to change rows: which rows it needs, and how it decides on them.
///
/// The engine runs each decision in a savepoint ([`View::attempt`]), so the writes of a refused decision are rolled back.
pub trait Command: Debug + Send + 'static {
    /// The result for the caller when the command succeeds.
    type Done: Debug + Send + 'static;
    /// Why the command does not succeed, in order of precedence.
    type Refusal: Debug + Send + 'static;

    /// The command's name in logs. A command that wraps another has the name of the wrapped one.
    const NAME: &'static str;

    /// Names the rows that the decision needs.
    fn keys(&self, at: At<'_>, keys: &mut Keys);

    /// Names the rows that the loaded rows refer to. There is no third round of loading.
    fn more_keys(&self, _view: &View, _at: At<'_>, _keys: &mut Keys) {}

    /// Decides the command, and leaves the changed rows in the view.
    ///
    /// # Errors
    /// The first refusal in order of precedence; [`Denial`] says whether the decision's writes are kept.
    fn decide(&self, view: &mut View, at: At<'_>) -> Result<Self::Done, Denial<Self::Refusal>>;

    /// How the command counts as a payment; `None`: it is not a payment, or it repeats one.
    fn measure(&self, _result: &Result<Self::Done, Self::Refusal>) -> Option<Measured> {
        None
    }
}

/// How a payment ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The money moved, or is queued for its cycle.
    Done,
    /// The money did not move.
    Declined,
    /// The outcome is not known yet.
    Unknown,
}

/// A payment as metrics count it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Measured {
    /// How the payment ended.
    pub end: End,
    /// The amount that moved; zero if none did or if the outcome is unknown.
    pub amount: Rial,
}

impl Measured {
    /// A payment that did not go through.
    pub(crate) const DECLINED: Self = Self { end: End::Declined, amount: Rial::ZERO };

    /// A payment whose outcome is not known.
    pub(crate) const UNKNOWN: Self = Self { end: End::Unknown, amount: Rial::ZERO };

    /// The payment of an order, by the order's present state.
    pub(crate) fn of_order(order: &Order) -> Self {
        match order.state.status() {
            Status::Done => Self::done(order.amount),
            Status::Pending | Status::Unknown => Self::UNKNOWN,
            Status::Failed => Self::DECLINED,
        }
    }

    /// A payment that moved this amount.
    pub(crate) fn done(amount: Rial) -> Self {
        Self { end: End::Done, amount }
    }
}
