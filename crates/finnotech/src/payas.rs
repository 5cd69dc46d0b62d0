//! GET `/oak/v2/clients/{clientId}/deposits/{deposit}/payas?trackId&fromDate&toDate&offset&length` (finnotech.md 3.4).

use axum::extract::{Request, State};
use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use payments::{AccountNumber, Bank, Cycle, Deposit, GrantKind, Iban, Now, Order, OrderState, full_name};
use store::{OrderPage, Paged};
use wire::finnotech::errors as table;
use wire::finnotech::replies::{PayaRow, Payas};
use wire::finnotech::scopes;

use super::balance::granted_deposit;
use super::call::{Call, Demand, Grants, Requirements, RightsCheck, count};
use super::dates::{Form, span};
use super::reply;
use super::transfer::{needs_code, ref_code};
use crate::App;
use edge::large::Listed;

const SERVICE: Requirements = Requirements {
    scope: Some(scopes::PAYAS),
    grants: Grants::CodeOrKeshavarzi,
    track_id: Demand::Optional,
    rights: RightsCheck::Read,
};

/// Default and maximum number of rows in a page.
const LENGTH: (usize, usize) = (100, 1_000);

pub async fn payas(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let call = Call::enter(&app, SERVICE, request).await?;
    let keshavarzi = match call.grant().kind {
        GrantKind::ClientCredential => Some(approved_at_keshavarzi(&app, &call).await?),
        GrantKind::Code | GrantKind::Sms => None,
    };
    let fail = |failure| call.fail(&failure);
    let now = app.engine.clock().now();
    let query = &call.query;
    let span = span(query.get("fromDate"), query.get("toDate"), Form::Date, &now).map_err(fail)?;
    let offset = count(query, "offset", 0, 0..=i64::MAX as usize).map_err(fail)?;
    let limit = count(query, "length", LENGTH.0, 1..=LENGTH.1).map_err(fail)?;
    let deposit = match keshavarzi {
        Some(deposit) => deposit,
        None => granted_deposit(&app, &call).await?.0,
    };
    let page = OrderPage { from_ms: span.from_ms, to_ms: span.to_ms, status: None, offset, limit };
    let found = app.engine.reader().payas(deposit.id, page).await;
    let Paged { rows, count } = found.map_err(|error| call.unread(error))?;
    let mut page = call.page(&app);
    for (order, cycle) in &rows {
        page.push(&row(&deposit, order, cycle.as_ref())).await.map_err(|why| call.no_page("length", why))?;
    }
    let Listed { rows: transactions, reservation } = page.end();
    Ok(reply::done_list(Some(&call.track_id), reservation, Payas { transactions, count }))
}

/// Keshavarzi exception (finnotech.md 1.4): a client-credential token may read approved deposits of that bank.
async fn approved_at_keshavarzi(app: &App, call: &Call) -> Result<Deposit, Response> {
    let invalid = || call.fail(&table::INVALID_DEPOSIT);
    let number = AccountNumber::parse(&call.subject).ok_or_else(invalid)?;
    if needs_code(app, call, &number).await.map_err(|error| call.unread(error))? {
        return Err(call.fail(&table::CODE_REQUIRED));
    }
    let found = app.engine.reader().deposit(number.key(Bank::KESHAVARZI)).await;
    let found = found.map_err(|error| call.unread(error))?.map(|(deposit, _)| deposit);
    found.filter(|deposit| deposit.is_approved_for(&call.client)).ok_or_else(invalid)
}

fn row(deposit: &Deposit, order: &Order, cycle: Option<&Cycle>) -> PayaRow {
    let at = Now::at(order.at_ms).unwrap_or_else(Now::epoch);
    let settles = cycle.and_then(|cycle| Now::at(cycle.settle_ms)).unwrap_or_else(Now::epoch);
    let time = settles.time();
    let back = match &order.state {
        OrderState::Returned(back) => Some(back),
        _ => None,
    };
    PayaRow {
        transaction_id: order.id.0.to_string(),
        transaction_date: format!("{:08}", at.date.long()),
        trace_id: ref_code(order),
        amount: order.amount.get(),
        sender_name: full_name(&order.source_first_name, &order.source_last_name),
        sender_iban: Iban::of(deposit.key.bank, &deposit.key.digits).as_str().to_owned(),
        sender_bank: order.bank.to_string(),
        receiver_iban: order.destination_number.to_string(),
        receiver_name: full_name(&order.destination_first_name, &order.destination_last_name),
        comment: order.description.to_string(),
        paya_cycle: order.cycle.map(|cycle| cycle.number().to_string()).unwrap_or_default(),
        cycle_time: format!("{:02}:{:02}", time / 10_000, time / 100 % 100),
        pay_id: order.payment_number.to_string(),
        return_causality: back.map(|back| back.reason.to_string()).unwrap_or_default(),
        return_id: back.map(|back| format!("{:016}", back.ref_code)).unwrap_or_default(),
        rejected: if back.is_some() { "true" } else { "false" },
        ad_date: rfc_3339(order.at_ms),
    }
}

/// An instant in Tehran time, in whole seconds: `2026-11-21T11:00:00+03:30`.
fn rfc_3339(at_ms: i64) -> String {
    let Ok(at) = Timestamp::from_second(at_ms.div_euclid(1_000)) else { return String::new() };
    let Ok(tehran) = TimeZone::get("Asia/Tehran") else { return String::new() };
    at.to_zoned(tehran).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
