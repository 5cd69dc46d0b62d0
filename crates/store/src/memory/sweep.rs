//! Removal of expired rows, as in the other engines: a limited number at a time.

use std::collections::BTreeSet;
use std::sync::Arc;

use ledger::AccountId;
use payments::{GrantId, Order, PhoneOrderId, Service};

use super::rows::{number, remove};
use super::tables::Tables;
use crate::sweep::{Over, ROWS, SweepAt, Swept, ended};

/// Removes rows that have expired.
pub(super) fn sweep(tables: &mut Tables, at: SweepAt) -> Swept {
    let most = usize::try_from(ROWS).unwrap_or(usize::MAX);
    let mut gone = 0;
    for (table, _, column, by_ms) in ended(at) {
        gone += tables.remove_ended(table, column, by_ms, most);
        if gone >= most {
            return Swept::Some;
        }
    }
    for step in STEPS {
        gone += step(tables, &Over::at(at.now_ms), most);
        if gone >= most {
            return Swept::Some;
        }
    }
    Swept::All
}

/// Removal from tables to whose rows others may refer, or whose rows have no expiry of their own.
const STEPS: [fn(&mut Tables, &Over, usize) -> usize; 8] =
    [unused_refreshes, grants, grant_months, charge_totals, bank_days, otp_requests, phone_orders, messages];

fn is_forgotten<T: schema::Table>(row: &T, over: &Over) -> bool {
    number(row, "forgotten_at_ms").is_some_and(|at| at <= over.now_ms)
}

fn undecided(tables: &Tables) -> impl Iterator<Item = &Arc<Order>> {
    tables.orders.values().filter(|order| order.state.code().is_undecided())
}

/// The grants of undecided orders.
fn awaited(tables: &Tables) -> BTreeSet<GrantId> {
    undecided(tables).map(|order| order.grant).collect()
}

/// Removes refresh tokens of ended grants that were never used.
fn unused_refreshes(tables: &mut Tables, over: &Over, most: usize) -> usize {
    let grants = &tables.grants;
    remove(&mut tables.refresh_tokens, most, |token| {
        grants.get(&token.grant).is_some_and(|grant| is_forgotten(&**grant, over))
    })
}

fn grants(tables: &mut Tables, over: &Over, most: usize) -> usize {
    let mut kept = awaited(tables);
    kept.extend(tables.refresh_tokens.values().map(|token| token.grant));
    kept.extend(tables.access_tokens.values().map(|token| token.grant));
    remove(&mut tables.grants, most, |grant| is_forgotten(grant, over) && !kept.contains(&grant.id))
}

fn grant_months(tables: &mut Tables, over: &Over, most: usize) -> usize {
    let kept = awaited(tables);
    remove(&mut tables.grant_months, most, |row| row.key.month <= over.last_month && !kept.contains(&row.key.grant))
}

fn charge_totals(tables: &mut Tables, over: &Over, most: usize) -> usize {
    let mut kept: BTreeSet<AccountId> = BTreeSet::new();
    for order in undecided(tables).filter(|order| order.service == Service::ChargeCard) {
        kept.insert(order.source);
        kept.extend(order.destination);
    }
    remove(&mut tables.charge_totals, most, |row| over.has_ended(row.key.period) && !kept.contains(&row.key.account))
}

fn bank_days(tables: &mut Tables, over: &Over, most: usize) -> usize {
    remove(&mut tables.bank_days, most, |row| row.key.day <= over.last_day)
}

fn otp_requests(tables: &mut Tables, over: &Over, most: usize) -> usize {
    let forgotten = tables.phone_orders.values().filter(|order| is_forgotten(&***order, over));
    let forgotten: BTreeSet<PhoneOrderId> = forgotten.map(|order| order.id).collect();
    remove(&mut tables.otp_requests, most, |request| forgotten.contains(&request.order_id))
}

fn phone_orders(tables: &mut Tables, over: &Over, most: usize) -> usize {
    let kept: BTreeSet<PhoneOrderId> = tables.otp_requests.values().map(|request| request.order_id).collect();
    remove(&mut tables.phone_orders, most, |order| is_forgotten(order, over) && !kept.contains(&order.id))
}

fn messages(tables: &mut Tables, over: &Over, most: usize) -> usize {
    remove(&mut tables.messages, most, |message| message.at_ms <= over.messages_by_ms)
}
