//! Reports on outcomes: what failed and why, and what is undecided and how old it is. The statements are the same for both engines.
//!
//! Each statement reads only rows that are not done, by partial indexes of these; done payments are counted from their movements
//! (`movement_report.rs`). Declines by telephone are known for a day, as long as their orders are.

use std::collections::BTreeMap;

use payments::{AttemptCode, Bank, Declined, OrderStateCode, PHONE_ORDER_KEPT_MS, RefusalCode, Text, TotalSums};
use schema::{Coded, codes_of};

use crate::Error;
use crate::error::corrupt;
use crate::report::{states_in, undecided as undecided_states};

/// Why a payment is not done.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Failure {
    /// An order was refused for this reason.
    OrderRefused(RefusalName),
    /// A charge failed with this code.
    ChargeFailed(Text),
    /// An order that its network or an operator has decided as failed.
    OrderFailed,
    /// The money of an order came back.
    OrderReturned,
    /// An order is not decided yet.
    OrderUndecided,
    /// The last attempt to pay an order by telephone was declined, for this reason.
    PhoneDeclined(Declined),
    /// The bank of another bank's card has declined, for this reason.
    CardDeclined(Declined),
    /// The network of another bank's card did not take the money.
    CardNotTaken,
    /// A payment by another bank's card is not decided yet.
    CardUndecided,
}

/// Why an order was refused, as operators read it.
pub type RefusalName = &'static str;

/// How many payments are not done for one reason, and what they would have moved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FailureCount {
    /// The reason.
    pub failure: Failure,
    /// How many, and their sum.
    pub sums: TotalSums,
}

/// A payment that is not decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Undecided {
    /// An order of a bank, in this state.
    Order(OrderStateCode, Bank),
    /// A payment by another bank's card, in this state.
    Card(AttemptCode),
}

/// The ages by which undecided payments are grouped: younger than the first, …, older than the last, in milliseconds.
pub const AGES_MS: [i64; 4] = [5 * 60_000, 3_600_000, 86_400_000, 3 * 86_400_000];

/// How many payments are undecided, of one state and age.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UndecidedCount {
    /// What they are.
    pub what: Undecided,
    /// Their age: how many of [`AGES_MS`] they have reached.
    pub age: usize,
    /// How many, and their sum.
    pub sums: TotalSums,
    /// The instant of the oldest one, in milliseconds of Unix time.
    pub oldest_ms: i64,
}

/// The name of a refusal.
pub(crate) fn refusal_name(code: RefusalCode) -> RefusalName {
    match code {
        RefusalCode::DestinationNotUsable => "destinationNotUsable",
        RefusalCode::InsufficientFunds => "insufficientFunds",
        RefusalCode::AmountDoesNotFit => "amountDoesNotFit",
        RefusalCode::BelowMinimum => "belowMinimum",
        RefusalCode::AboveMaximum => "aboveMaximum",
    }
}

/// The age of something that began at `at_ms`.
pub(crate) fn age_of(at_ms: i64, now_ms: i64) -> usize {
    AGES_MS.iter().filter(|age_ms| at_ms <= now_ms.saturating_sub(**age_ms)).count()
}

/// The tables that a row of these statements may be about.
const OF_ORDER: i64 = 1;
const OF_PHONE: i64 = 2;
const OF_CARD: i64 = 3;

fn sums(amount: &str) -> String {
    let part = |part: &str| format!("CAST(coalesce(sum({amount} {part} 1000000), 0) AS BIGINT)");
    format!("count(*), {}, {}", part("/"), part("%"))
}

/// Undecided orders are few; of more than this, the newest count.
const UNDECIDED: usize = 1_000_000;

/// The undecided orders, read by their own index.
fn undecided_orders() -> String {
    format!(
        "(SELECT state, bank, at_ms, amount FROM transfer_order WHERE id < {} AND {} ORDER BY id DESC LIMIT {UNDECIDED}) AS awaited",
        i64::MAX,
        undecided_states()
    )
}

/// The condition that a payment by another bank's card was not approved, in the form that the partial index has.
pub(crate) fn not_approved() -> String {
    let open = |code: AttemptCode| match code {
        AttemptCode::Asked | AttemptCode::Unknown | AttemptCode::Declined | AttemptCode::NotTaken => true,
        AttemptCode::Approved => false,
    };
    format!("state IN ({})", codes_of(open))
}

/// The condition that an order failed, in the form that the partial index has.
pub(crate) fn failed() -> String {
    states_in(|code| matches!(code, OrderStateCode::Refused | OrderStateCode::Returned))
}

/// Payments from the instant `$1` to before `$2` that are not done: table, state, reason, code of a charge, count, millions and remainder of their sum.
pub(crate) fn failures() -> String {
    let number = |number: i64| format!("CAST({number} AS BIGINT)");
    format!(
        "SELECT {order}, state, coalesce(refusal, 0), coalesce(charge_code, ''), {amounts} FROM transfer_order
            WHERE {failed} AND at_ms >= $1 AND at_ms < $2 GROUP BY state, refusal, charge_code
        UNION ALL SELECT {order}, state, {none}, '', {amounts} FROM {undecided}
            WHERE at_ms >= $1 AND at_ms < $2 GROUP BY state
        UNION ALL SELECT {phone}, {none}, declined, '', {amounts} FROM phone_order
            WHERE forgotten_at_ms >= $1 + {PHONE_ORDER_KEPT_MS} AND forgotten_at_ms < $2 + {PHONE_ORDER_KEPT_MS}
            AND declined IS NOT NULL GROUP BY declined
        UNION ALL SELECT {card}, state, coalesce(declined, 0), '', {rests} FROM card_attempt
            WHERE {not_approved} AND asked_at_ms >= $1 AND asked_at_ms < $2 GROUP BY state, declined",
        order = number(OF_ORDER),
        phone = number(OF_PHONE),
        card = number(OF_CARD),
        none = number(0),
        amounts = sums("amount"),
        rests = sums("rest"),
        failed = failed(),
        undecided = undecided_orders(),
        not_approved = not_approved(),
    )
}

/// A row of [`failures`].
pub(crate) fn failure([of, state, reason]: [i64; 3], charge: &str, sums: TotalSums) -> Result<FailureCount, Error> {
    let declined = |code: i64| Declined::of_code(code).map_err(Error::from);
    let failure = match of {
        OF_ORDER => order_failure(OrderStateCode::of_code(state)?, reason, charge)?,
        OF_PHONE => Failure::PhoneDeclined(declined(reason)?),
        _ => match AttemptCode::of_code(state)? {
            AttemptCode::Declined => Failure::CardDeclined(declined(reason)?),
            AttemptCode::NotTaken => Failure::CardNotTaken,
            AttemptCode::Asked | AttemptCode::Unknown => Failure::CardUndecided,
            AttemptCode::Approved => return Err(corrupt("card_attempt", "an approved payment did not fail")),
        },
    };
    Ok(FailureCount { failure, sums })
}

/// The counts, each failure once, in their order.
pub(crate) fn merged(found: Vec<FailureCount>) -> Vec<FailureCount> {
    let mut merged: BTreeMap<Failure, TotalSums> = BTreeMap::new();
    for FailureCount { failure, sums } in found {
        merged.entry(failure).or_default().add(sums);
    }
    merged.into_iter().map(|(failure, sums)| FailureCount { failure, sums }).collect()
}

/// The counts in the order of what they are and of age.
pub(crate) fn in_order(mut found: Vec<UndecidedCount>) -> Vec<UndecidedCount> {
    found.sort_unstable_by_key(|count| {
        let what = match count.what {
            Undecided::Order(state, bank) => (OF_ORDER, state.code(), bank.number()),
            Undecided::Card(state) => (OF_CARD, state.code(), 0),
        };
        (what, count.age)
    });
    found
}

/// Why an order of this state is not done.
pub(crate) fn order_failure(state: OrderStateCode, refusal: i64, charge: &str) -> Result<Failure, Error> {
    Ok(match state {
        OrderStateCode::Returned => Failure::OrderReturned,
        state if state.is_undecided() => Failure::OrderUndecided,
        // What was answered first was a refusal, a code, or neither: then the order was decided later.
        _ if refusal != 0 => Failure::OrderRefused(refusal_name(RefusalCode::of_code(refusal)?)),
        _ if !charge.is_empty() => Failure::ChargeFailed(Text::from(charge)),
        _ => Failure::OrderFailed,
    })
}

/// Undecided payments at the instant `$1`: table, state, bank, age, count, millions and remainder of their sum, and the instant of the oldest.
pub(crate) fn undecided() -> String {
    let age = |at: &str| {
        let ages = AGES_MS.iter().enumerate();
        let whens: String =
            ages.map(|(age, ms)| format!("WHEN {at} > CAST($1 AS BIGINT) - {ms} THEN {age} ")).collect();
        format!("CAST(CASE {whens}ELSE {} END AS BIGINT)", AGES_MS.len())
    };
    let number = |number: i64| format!("CAST({number} AS BIGINT)");
    let open = format!("state IN ({})", codes_of(AttemptCode::is_undecided));
    format!(
        "SELECT {}, state, bank, {}, {}, min(at_ms) FROM {} GROUP BY 2, 3, 4
        UNION ALL SELECT {}, state, {}, {}, {}, min(asked_at_ms) FROM card_attempt
            WHERE {open} AND asked_at_ms > 0 GROUP BY 2, 4",
        number(OF_ORDER),
        age("at_ms"),
        sums("amount"),
        undecided_orders(),
        number(OF_CARD),
        number(0),
        age("asked_at_ms"),
        sums("rest"),
    )
}

/// A row of [`undecided`].
pub(crate) fn undecided_count(row: [i64; 8]) -> Result<UndecidedCount, Error> {
    let [of, state, bank, age, count, millions, rest, oldest_ms] = row;
    let what = match of {
        OF_ORDER => {
            let bank = u16::try_from(bank).ok().and_then(Bank::from_number);
            let bank = bank.ok_or_else(|| corrupt("transfer_order", "unknown bank"))?;
            Undecided::Order(OrderStateCode::of_code(state)?, bank)
        }
        _ => Undecided::Card(AttemptCode::of_code(state)?),
    };
    let age = usize::try_from(age).unwrap_or(AGES_MS.len());
    Ok(UndecidedCount { what, age, sums: TotalSums::of_parts(count, millions, rest), oldest_ms })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_the_number_of_bounds_that_were_reached() {
        let now_ms = 1_000_000_000_000;
        for (old_ms, age) in [
            (0, 0),
            (AGES_MS[0] - 1, 0),
            (AGES_MS[0], 1),
            (AGES_MS[1], 2),
            (AGES_MS[2] + 1, 3),
            (AGES_MS[3], 4),
            (-5, 0),
        ] {
            assert_eq!(age_of(now_ms - old_ms, now_ms), age, "{old_ms}");
        }
    }

    #[test]
    fn an_order_failed_for_what_was_answered_first_or_for_what_was_decided_later() {
        for (state, refusal, charge, wanted) in [
            (OrderStateCode::Refused, 2, "", Failure::OrderRefused("insufficientFunds")),
            (OrderStateCode::Refused, 0, "C10", Failure::ChargeFailed(Text::from("C10"))),
            (OrderStateCode::Refused, 0, "", Failure::OrderFailed),
            (OrderStateCode::Returned, 0, "", Failure::OrderReturned),
            (OrderStateCode::Unknown, 0, "A123", Failure::OrderUndecided),
            (OrderStateCode::Stuck, 0, "", Failure::OrderUndecided),
        ] {
            assert_eq!(order_failure(state, refusal, charge).unwrap(), wanted, "{state:?}");
        }
    }
}
