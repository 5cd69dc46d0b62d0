//! The sums of a client's charges, which its limits are checked against (finnotech.md 1.7).

use ledger::{AccountId, Rial};

use crate::view::{Keys, View};
use crate::{ChargeCode, ChargeLimits, ChargeTotal, ChargeTotalKey, ClientId, Now, Order};

/// The keys of the six sums in which a charge counts: card and deposit, each over all time, in the day and in the month.
pub(super) fn keys_of(client: &ClientId, card: AccountId, deposit: AccountId, at: &Now) -> [ChargeTotalKey; 6] {
    let key = |account, period| ChargeTotalKey { client: client.clone(), account, period };
    let (day, month) = (at.date.long(), at.date.year_month());
    [key(card, 0), key(card, day), key(card, month), key(deposit, 0), key(deposit, day), key(deposit, month)]
}

pub(super) fn sum(view: &View, key: &ChargeTotalKey) -> Rial {
    view.charge_totals.get(key).map_or(Rial::ZERO, |total| total.sum)
}

/// The code of the first limit that a charge would exceed.
pub(super) fn passed(
    view: &View,
    keys: &[ChargeTotalKey; 6],
    limits: &ChargeLimits,
    amount: Rial,
) -> Option<ChargeCode> {
    let passes = |limit: Rial, sum: Option<Rial>| limit.is_positive() && sum.is_none_or(|sum| sum > limit);
    let after = |key: &ChargeTotalKey| sum(view, key).checked_add(amount);
    let [card, card_day, card_month, deposit, deposit_day, deposit_month] = keys;
    let rows = [
        (limits.per_transaction, Some(amount), ChargeCode::PER_TRANSACTION),
        (limits.per_card, after(card), ChargeCode::PER_CARD),
        (limits.daily, after(card_day), ChargeCode::DAILY),
        (limits.monthly, after(card_month), ChargeCode::MONTHLY),
        (limits.account, after(deposit), ChargeCode::ACCOUNT),
        (limits.account_daily, after(deposit_day), ChargeCode::ACCOUNT_DAILY),
        (limits.account_monthly, after(deposit_month), ChargeCode::ACCOUNT_MONTHLY),
    ];
    rows.into_iter().find(|(limit, sum, _)| passes(*limit, *sum)).map(|(_, _, code)| code)
}

/// Adds a charge to its sums.
pub(super) fn count(view: &mut View, keys: [ChargeTotalKey; 6], amount: Rial) {
    for key in keys {
        // The sum is at most what the account has moved in the ledger, and that fits.
        let sum = sum(view, &key).checked_add(amount);
        let sum = view.sound(sum, "charge_total: a sum does not fit");
        view.charge_totals.put(key.clone(), ChargeTotal { key, sum });
    }
}

fn keys_of_order(order: &Order) -> Option<[ChargeTotalKey; 6]> {
    Some(keys_of(&order.key.client, order.destination?, order.source, &Now::at(order.at_ms)?))
}

/// Names the sums in which an order counts.
pub(crate) fn totals_of(order: &Order, keys: &mut Keys) {
    keys.charge_totals.extend(keys_of_order(order).into_iter().flatten());
}

/// Subtracts from its sums a charge that failed.
pub(crate) fn uncount(order: &Order, view: &mut View) {
    for key in keys_of_order(order).into_iter().flatten() {
        let rest = sum(view, &key).checked_sub(order.amount).filter(|rest| rest.get() >= 0);
        let sum = view.sound(rest, "charge_total: a sum is less than one of its charges");
        view.charge_totals.put(key.clone(), ChargeTotal { key, sum });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ids;

    #[test]
    fn a_sum_that_does_not_fit_is_a_contradiction_and_never_another_sum() {
        let now = Now::epoch();
        let keys = keys_of(&ClientId::from("drops"), AccountId(1), AccountId(2), &now);
        for (known, amount, expected) in [(Rial::MAX, 1, None), (Rial::new(i64::MAX - 1), 1, Some(Rial::MAX))] {
            let mut view = View::new(Ids::from(1));
            view.charge_totals.load(keys[0].clone(), Some(ChargeTotal { key: keys[0].clone(), sum: known }.into()));
            count(&mut view, keys.clone(), Rial::new(amount));
            match expected {
                Some(sum) => assert_eq!((view.contradiction, super::sum(&view, &keys[0])), (None, sum)),
                None => assert_eq!(view.contradiction, Some("charge_total: a sum does not fit")),
            }
        }
    }
}
