//! Statements of lists, for the tests of plans: each with the index that it must use on SQLite and on PostgreSQL.

use payments::Text;
use schema::Table;

use super::list::{Filter, List, ListQuery, OwnerValue, Place, Sort};
use super::statements::{Numbers, Statement};
use super::tables::{AUDIT, CARD_ATTEMPTS, INVOICES, JOBS, ORDERS, PARTIES, PHONE_ORDERS, PROPOSALS, SMS, WEBHOOKS};

/// A statement, and parts of its plans.
pub(crate) struct PlannedList {
    pub(crate) statement: Statement,
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

/// The statements of one filter in every order that the index gives.
fn of<T: Table + 'static>(
    list: &List<T>,
    filter: &Filter<T>,
    sqlite: &'static str,
    postgres: &'static str,
) -> Vec<PlannedList> {
    let mut all = Vec::new();
    let mut add = |statement| all.push(PlannedList { statement, sqlite, postgres });
    for numbers in [Numbers::ALL, Numbers { from: 1, to: 9 }] {
        for sort in [Sort::Newest, Sort::Oldest] {
            for behind in [None, Some(Place { key: 1, id: 1 })] {
                let query = ListQuery { filter: filter.clone(), sort, behind, limit: 50 };
                add(list.page(&query, numbers));
                add(list.last_examined(&query, numbers));
            }
        }
        add(list.totals(filter, numbers));
    }
    all
}

pub(crate) fn statements() -> Vec<PlannedList> {
    let name = || Some(OwnerValue::Name(Text::from("n")));
    let party = || Some(OwnerValue::Number(1));
    let text = || Some(Text::from("t"));
    let week = (Some(1), Some(2));
    let mut all = Vec::new();
    let every = Filter { text: text(), least: Some(1), most: Some(2), ..Filter::ALL };
    all.extend(of(&ORDERS, &every, "transfer_order", "transfer_order_pkey"));
    let of_client = Filter { owner: name(), from_ms: week.0, to_ms: week.1, ..every.clone() };
    all.extend(of(&ORDERS, &of_client, "order_report", "order_report"));
    let undecided = Filter { state: ORDERS.states.first(), ..Filter::ALL };
    all.extend(of(&ORDERS, &undecided, "order_undecided", "order_undecided"));
    let every = Filter { text: text(), least: Some(1), ..Filter::ALL };
    all.extend(of(&PHONE_ORDERS, &every, "phone_order", "phone_order_id_key"));
    let of_terminal = Filter { owner: name(), state: PHONE_ORDERS.states.first(), ..every };
    all.extend(of(&PHONE_ORDERS, &of_terminal, "phone_order_terminal", "phone_order_terminal"));
    let every = Filter { text: text(), state: INVOICES.states.first(), ..Filter::ALL };
    all.extend(of(&INVOICES, &every, "invoice", "invoice_pkey"));
    all.extend(of(&INVOICES, &Filter { owner: party(), ..every }, "invoice_list", "invoice_list"));
    all.extend(of(&SMS, &Filter { state: SMS.states.first(), ..Filter::ALL }, "message", "message_pkey"));
    all.extend(of(&SMS, &Filter { owner: name(), ..Filter::ALL }, "message_receiver", "message_receiver"));
    all.extend(of(&WEBHOOKS, &Filter { owner: party(), ..Filter::ALL }, "message_webhook", "message_webhook"));
    all.extend(of(&CARD_ATTEMPTS, &Filter { owner: party(), ..Filter::ALL }, "card_attempt", "card_attempt_pkey"));
    all.extend(of(
        &AUDIT,
        &Filter { owner: name(), from_ms: week.0, to_ms: week.1, ..Filter::ALL },
        "audit_at",
        "audit_at",
    ));
    all.extend(of(
        &PROPOSALS,
        &Filter { state: PROPOSALS.states.first(), ..Filter::ALL },
        "proposal_open",
        "proposal_open",
    ));
    all.extend(of(&JOBS, &Filter { kind: JOBS.kinds.first(), ..Filter::ALL }, "job_due", "job_due"));
    all.extend(of(&PARTIES, &Filter { text: text(), ..Filter::ALL }, "party", "party_pkey"));
    all
}

pub(crate) fn probes() -> [(String, &'static str); 5] {
    [
        (ORDERS.probe(), "transfer_order_pkey"),
        (PHONE_ORDERS.probe(), "phone_order_id_key"),
        (INVOICES.probe(), "invoice_pkey"),
        (SMS.probe(), "message_pkey"),
        (CARD_ATTEMPTS.probe(), "card_attempt_pkey"),
    ]
}
