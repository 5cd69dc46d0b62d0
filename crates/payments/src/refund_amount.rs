//! How much of a payment an operator refunds.
//!
//! Parts sum up: each is compared with what is left of the payment, so that all of them together are never more than what was paid.

use ledger::Rial;

use crate::ops::audit::rials;

/// How much of a payment is refunded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefundAmount {
    /// All that is left of the payment.
    All,
    /// This amount, in rials.
    Part(Rial),
}

/// Why an amount is not refunded, in order of precedence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefundAmountRefusal {
    /// Nothing is left: all of the payment was refunded, or no money was moved here.
    NothingLeft,
    /// The amount is not more than zero.
    NotPositive,
    /// The amount is more than is left of the payment, which is this much.
    MoreThanLeft(Rial),
}

impl RefundAmount {
    /// The amount in rials, of a payment of which this much is left.
    ///
    /// # Errors
    /// Nothing is left, or the amount is not positive or more than is left.
    pub(crate) fn of(self, left: Rial) -> Result<Rial, RefundAmountRefusal> {
        if !left.is_positive() {
            return Err(RefundAmountRefusal::NothingLeft);
        }
        match self {
            Self::All => Ok(left),
            Self::Part(amount) if !amount.is_positive() => Err(RefundAmountRefusal::NotPositive),
            Self::Part(amount) if amount > left => Err(RefundAmountRefusal::MoreThanLeft(left)),
            Self::Part(amount) => Ok(amount),
        }
    }

    /// The amount in the form of audit lines.
    pub(crate) fn shown(self) -> String {
        match self {
            Self::All => "all that is left".to_owned(),
            Self::Part(amount) => rials(amount),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_positive_and_no_more_than_is_left() {
        use RefundAmountRefusal::{MoreThanLeft, NotPositive, NothingLeft};
        let part = |amount| RefundAmount::Part(Rial::new(amount));
        for (amount, left, expected) in [
            (RefundAmount::All, 10, Ok(10)),
            (RefundAmount::All, 0, Err(NothingLeft)),
            (part(0), 0, Err(NothingLeft)),
            (part(1), 0, Err(NothingLeft)),
            (part(1), 10, Ok(1)),
            (part(10), 10, Ok(10)),
            (part(11), 10, Err(MoreThanLeft(Rial::new(10)))),
            (part(i64::MAX), 10, Err(MoreThanLeft(Rial::new(10)))),
            (part(0), 10, Err(NotPositive)),
            (part(-1), 10, Err(NotPositive)),
        ] {
            assert_eq!(amount.of(Rial::new(left)).map(Rial::get), expected, "{amount:?} of {left}");
        }
    }
}
