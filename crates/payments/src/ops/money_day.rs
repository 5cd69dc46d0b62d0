//! The daily limit on the money that the operators' API creates.
//!
//! Shape: [`MoneyDay`] is the sum of a day in Tehran, over all tokens. It is written in the commit of the booking, so that neither a restart nor
//! another process resets it.
//! Absent: transfers between customers. Only money that enters from Daric's own accounts at banks counts.

use ledger::Rial;
use schema::table;

use crate::Now;

/// The money that was created in a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MoneyDay {
    /// The day, Jalali `YYYYMMDD`.
    pub day: i64,
    /// The sum, in rials.
    pub created: Rial,
}

/// The amount would exceed what the operators' API may still create today.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MoneyOfDayUsedUp {
    /// The daily limit.
    pub most: Rial,
    /// The part of it that is not used up.
    pub left: Rial,
}

impl MoneyDay {
    /// The row of today with `amount` added; `known` is the stored row, if there is one.
    ///
    /// # Errors
    /// The new sum would exceed `most`.
    pub(crate) fn and(known: Option<&Self>, amount: Rial, most: Rial, now: &Now) -> Result<Self, MoneyOfDayUsedUp> {
        let day = now.date.long();
        let created = known.map_or(Rial::ZERO, |known| known.created);
        match created.checked_add(amount).filter(|sum| *sum <= most) {
            Some(created) => Ok(Self { day, created }),
            None => {
                let left = most.checked_sub(created).filter(|left| left.is_positive()).unwrap_or(Rial::ZERO);
                Err(MoneyOfDayUsedUp { most, left })
            }
        }
    }
}

table! {
    MoneyDay = "money_day",
    key |k: i64| { day: *k },
    of |r| r.day,
    row |r| { day: r.day, created: r.created },
    make MoneyDay { day, created }
}
