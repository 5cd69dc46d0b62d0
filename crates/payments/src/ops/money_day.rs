//! How much money the operator's API creates in a day.
//!
//! Shape: [`MoneyDay`] is the sum of a day of Tehran, over all tokens. It is counted in the commit of the booking, so that neither a restart nor
//! another process frees any of it.
//! Absent: money that moves. Only what comes out of the house's own accounts at banks counts.

use ledger::Rial;
use schema::table;

use crate::Now;

/// What was created in a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MoneyDay {
    /// Jalali `YYYYMMDD`.
    pub day: i64,
    /// The sum.
    pub created: Rial,
}

/// The operator's API has created as much money today as it may.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MoneyOfDayUsedUp {
    /// Most of a day.
    pub most: Rial,
    /// What is left of it.
    pub left: Rial,
}

impl MoneyDay {
    /// The day, as it is known, with so much more, if that is within `most`.
    ///
    /// # Errors
    /// It is not.
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
