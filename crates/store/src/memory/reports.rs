//! The reads of reports: everything is added up whenever it is asked for, and no totals are stored.

use std::collections::HashMap;

use ledger::{Account, AccountId, Balances, Transfer, TransferId};
use payments::{
    CardAttempt, CardAttemptState, FirstAnswer, FoldMark, Movement, MovementCause, Order, OrderRefusal, PhoneEnd,
    RefusalCode, Terminal, TotalKey, TotalSums,
};
use schema::Coded as _;

use super::{Reader, Tables};
use crate::Error;
use crate::error::expect;
use crate::movement_report::TotalsQuery;
use crate::outcome_report::{
    Failure, FailureCount, Undecided, UndecidedCount, age_of, in_order, merged, order_failure,
};

impl Tables {
    /// A transfer with what caused it.
    fn movement(&self, transfer: &Transfer, orders: &HashMap<i64, &Order>) -> Result<Movement, Error> {
        let with_kind = |id: AccountId| {
            let account = expect(self.accounts.get(&id), "transfer", "its account is not there")?;
            Ok::<_, Error>((id, account.kind))
        };
        let invoice = self.invoices.get(&payments::InvoiceId(transfer.cause));
        let cause = match (orders.get(&transfer.cause), invoice) {
            (Some(order), _) => {
                MovementCause::Order { bank: order.bank, route: order.route, source: order.source, cycle: order.cycle }
            }
            (None, Some(invoice)) => MovementCause::Invoice(invoice.issuer),
            (None, None) => MovementCause::Other,
        };
        Ok(Movement {
            transfer: transfer.id,
            at_ms: transfer.at_ms,
            debit: with_kind(transfer.debit)?,
            credit: with_kind(transfer.credit)?,
            amount: transfer.amount,
            cause_id: transfer.cause,
            cause,
        })
    }

    /// The balances of an account after its last entry up to a transfer.
    fn balances_at(&self, account: AccountId, last: TransferId) -> Balances {
        let of_account = |transfer: &Transfer| {
            let sides = [(transfer.debit, transfer.debit_after), (transfer.credit, transfer.credit_after)];
            sides.into_iter().find(|(id, _)| *id == account).map(|(_, after)| after)
        };
        let all = self.transfers.range(..=last).filter_map(|(_, transfer)| of_account(transfer));
        all.max_by_key(|balances| balances.entries).unwrap_or_default()
    }
}

fn one(amount: i64) -> TotalSums {
    TotalSums { count: 1, amount: i128::from(amount) }
}

/// The code of a refusal that was answered first; 0: another answer.
fn refusal_of(order: &Order) -> i64 {
    let FirstAnswer::Refused(refusal) = order.first else { return 0 };
    let code = match refusal {
        OrderRefusal::DestinationNotUsable => RefusalCode::DestinationNotUsable,
        OrderRefusal::InsufficientFunds => RefusalCode::InsufficientFunds,
        OrderRefusal::AmountDoesNotFit => RefusalCode::AmountDoesNotFit,
        OrderRefusal::BelowMinimum(_) => RefusalCode::BelowMinimum,
        OrderRefusal::AboveMaximum(_) => RefusalCode::AboveMaximum,
    };
    code.code()
}

/// Why a payment by another bank's card is not done; `None`: it is.
fn card_failure(attempt: &CardAttempt) -> Option<Failure> {
    match &attempt.state {
        CardAttemptState::Asked | CardAttemptState::Unknown => Some(Failure::CardUndecided),
        CardAttemptState::Declined(why) => Some(Failure::CardDeclined(*why)),
        CardAttemptState::NotTaken => Some(Failure::CardNotTaken),
        CardAttemptState::Approved(_) => None,
    }
}

impl Reader {
    pub(crate) fn fold_mark(&self) -> Result<FoldMark, Error> {
        Ok(FoldMark::default())
    }

    pub(crate) fn totals(&self, _query: TotalsQuery) -> Result<(FoldMark, Vec<(TotalKey, TotalSums)>), Error> {
        Ok((FoldMark::default(), Vec::new()))
    }

    pub(crate) fn movements(&self, after: TransferId, limit: usize) -> Result<Vec<Movement>, Error> {
        self.tables(|tables| {
            let orders: HashMap<i64, &Order> = tables.orders.values().map(|order| (order.id.0, &**order)).collect();
            let later = tables.transfers.range(after..).map(|(_, transfer)| transfer);
            let moved = later.filter(|transfer| transfer.id > after && transfer.kind.posts());
            moved.take(limit).map(|transfer| tables.movement(transfer, &orders)).collect()
        })
    }

    pub(crate) fn last_transfer_before(&self, at_ms: i64) -> Result<TransferId, Error> {
        self.tables(|tables| {
            let all = || tables.transfers.values();
            let is_before = |transfer: &&Transfer| transfer.cause != 0 && transfer.at_ms < at_ms;
            let before = all().rfind(is_before).map_or(0, |transfer| transfer.id.0);
            let next = all().find(|transfer| transfer.id.0 > before && transfer.at_ms >= at_ms);
            let last = all().next_back().map_or(0, |transfer| transfer.id.0);
            Ok(TransferId(next.map_or(last, |transfer| transfer.id.0 - 1)))
        })
    }

    pub(crate) fn transfers_after(&self, after: TransferId, most: usize) -> Result<usize, Error> {
        self.tables(|tables| Ok(tables.transfers.keys().rev().take_while(|id| **id > after).take(most).count()))
    }

    pub(crate) fn accounts_at(&self, after: AccountId, last: TransferId, limit: usize) -> Result<Vec<Account>, Error> {
        self.tables(|tables| {
            let later = tables.accounts.values().filter(|account| account.id > after);
            let at = |account: &Account| Account { balances: tables.balances_at(account.id, last), ..*account };
            Ok(later.take(limit).map(at).collect())
        })
    }

    pub(crate) fn terminal_of(&self, account: AccountId) -> Result<Option<Terminal>, Error> {
        let mine = |terminal: &&std::sync::Arc<Terminal>| terminal.account == account;
        Ok(self.tables(|tables| tables.terminals.values().find(mine).map(|terminal| Terminal::clone(terminal))))
    }

    pub(crate) fn failures(&self, from_ms: i64, to_ms: i64) -> Result<Vec<FailureCount>, Error> {
        let range = from_ms..to_ms;
        self.tables(|tables| {
            let mut found = Vec::new();
            for order in tables.orders.values().filter(|order| range.contains(&order.at_ms)) {
                let state = order.state.code();
                let is_failed = order.state.status() == payments::Status::Failed;
                if is_failed || state.is_undecided() {
                    let charge = match order.first {
                        FirstAnswer::Charge(code) => code.as_str(),
                        _ => "",
                    };
                    let failure = order_failure(state, refusal_of(order), charge)?;
                    found.push(FailureCount { failure, sums: one(order.amount.get()) });
                }
            }
            for order in tables.phone_orders.values().filter(|order| range.contains(&order.at_ms)) {
                if let Some(tried) = &order.tried
                    && let PhoneEnd::Declined(why) = tried.end
                {
                    let sums = one(tried.amount.map_or(0, payments::Rial::get));
                    found.push(FailureCount { failure: Failure::PhoneDeclined(why), sums });
                }
            }
            for attempt in tables.card_attempts.values().filter(|attempt| range.contains(&attempt.asked_at_ms)) {
                let failed = card_failure(attempt);
                found.extend(failed.map(|failure| FailureCount { failure, sums: one(attempt.rest.get()) }));
            }
            Ok(merged(found))
        })
    }

    pub(crate) fn undecided(&self, now_ms: i64) -> Result<Vec<UndecidedCount>, Error> {
        let mut found: Vec<UndecidedCount> = Vec::new();
        let mut count = |what: Undecided, at_ms: i64, amount: i64| {
            let age = age_of(at_ms, now_ms);
            match found.iter_mut().find(|known| known.what == what && known.age == age) {
                Some(known) => {
                    known.sums.add(one(amount));
                    known.oldest_ms = known.oldest_ms.min(at_ms);
                }
                None => found.push(UndecidedCount { what, age, sums: one(amount), oldest_ms: at_ms }),
            }
        };
        self.tables(|tables| {
            for order in tables.orders.values().filter(|order| order.state.is_undecided()) {
                count(Undecided::Order(order.state.code(), order.bank), order.at_ms, order.amount.get());
            }
            for attempt in tables.card_attempts.values() {
                let code = match &attempt.state {
                    CardAttemptState::Asked => payments::AttemptCode::Asked,
                    CardAttemptState::Unknown => payments::AttemptCode::Unknown,
                    CardAttemptState::Approved(_) | CardAttemptState::Declined(_) | CardAttemptState::NotTaken => {
                        continue;
                    }
                };
                count(Undecided::Card(code), attempt.asked_at_ms, attempt.rest.get());
            }
        });
        Ok(in_order(found))
    }
}
