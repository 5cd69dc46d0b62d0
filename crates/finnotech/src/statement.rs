//! GET `/oak/v2/clients/{clientId}/deposits/{deposit}/statement?trackId&fromDate&toDate&fromTime&toTime&lastRecordNumber`
//! (finnotech.md 3.5).

use axum::extract::{Request, State};
use axum::response::Response;
use ledger::{Account, Rial};
use payments::{Bank, Deposit, Iban, Now, Order, OrderState, Route, full_name, tehran_midnight_ms};
use serde_json::value::RawValue;
use store::{Entry, EntryPage, History, Side};
use wire::finnotech::errors::{self as table, Failure};
use wire::finnotech::replies::{CardInformation, IbanInformation, Statement, StatementRow};
use wire::finnotech::scopes;

use super::balance::granted_deposit;
use super::call::{Call, Demand, Grants, Requirements, RightsCheck};
use super::dates::{DAY_SECONDS, second_of_day, window};
use super::reply;
use super::transfer::ref_code;
use crate::App;
use edge::form::Query;
use edge::large::{Listed, NoPage};

const SERVICE: Requirements = Requirements {
    scope: Some(scopes::STATEMENT),
    grants: Grants::Code,
    track_id: Demand::Optional,
    rights: RightsCheck::Read,
};

/// Rows in a page.
const PAGE: usize = 100;
/// Rows in Keshavarzi's single page.
const KESHAVARZI_PAGE: usize = 30;
/// The sign of all balances: none is ever negative.
const CREDIT: &str = "C";

pub async fn statement(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let call = Call::enter(&app, SERVICE, request).await?;
    let keshavarzi = call.grant().bank == Some(Bank::KESHAVARZI);
    let range = Range::of(&call.query, &app.engine.clock().now(), keshavarzi).map_err(|failure| call.fail(&failure))?;
    let (deposit, _) = granted_deposit(&app, &call).await?;
    let limit = if keshavarzi { KESHAVARZI_PAGE } else { PAGE };
    let page = EntryPage { before_seq: range.before_seq, from_ms: range.from_ms, to_ms: range.to_ms, limit: limit + 1 };
    let found = app.engine.reader().entries(deposit.id, page).await.map_err(|error| call.unread(error))?;
    let History { account, mut entries } = found.ok_or_else(|| call.fail(&table::INVALID_DEPOSIT))?;
    let mut more = entries.len() > limit && !keshavarzi;
    entries.truncate(limit);
    let mut page = call.page(&app);
    for (at, (entry, order)) in entries.iter().enumerate() {
        match page.push(&row(at + 1, entry, order.as_ref(), &account)).await {
            Ok(()) => {}
            // The reply says whether more rows follow; Keshavarzi's single page never does.
            Err(NoPage::TooLarge(_)) => {
                more = !keshavarzi;
                entries.truncate(at);
                break;
            }
            Err(why) => return Err(call.no_page("lastRecordNumber", why)),
        }
    }
    let Listed { rows, reservation } = page.end();
    let last = entries.last().map(|(entry, _)| entry);
    Ok(reply::done_list(Some(&call.track_id), reservation, render(&deposit, &account, rows, last, more)))
}

/// The entries that the parameters select.
struct Range {
    from_ms: i64,
    to_ms: i64,
    before_seq: i64,
}

impl Range {
    fn of(query: &Query, now: &Now, keshavarzi: bool) -> Result<Self, Failure> {
        let (from, to) = window(query.get("fromDate"), query.get("toDate"), now)?;
        let time = |name: &'static str, default: i64| match query.get(name) {
            Some(text) => second_of_day(text).ok_or_else(|| table::invalid(name)),
            None => Ok(default),
        };
        let (mut first, mut last) = (time("fromTime", 0)?, time("toTime", DAY_SECONDS - 1)?);
        let before_seq = match query.get("lastRecordNumber") {
            Some(text) => record_number(text).ok_or_else(|| table::invalid("lastRecordNumber"))?,
            None => i64::MAX,
        };
        let mut range = Self { from_ms: 0, to_ms: 0, before_seq };
        if keshavarzi {
            (first, last, range.before_seq) = (0, DAY_SECONDS - 1, i64::MAX);
        }
        range.from_ms = tehran_midnight_ms(from).ok_or_else(|| table::invalid("fromDate"))? + first * 1000;
        range.to_ms = tehran_midnight_ms(to).ok_or_else(|| table::invalid("toDate"))? + (last + 1) * 1000;
        Ok(range)
    }
}

/// A record number of up to twenty digits, which names an entry.
fn record_number(text: &str) -> Option<i64> {
    let shaped = (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if shaped { text.parse().ok() } else { None }
}

/// An amount padded to sixteen digits.
fn padded(rial: Rial) -> String {
    format!("{:016}", rial.get())
}

fn render(
    deposit: &Deposit,
    account: &Account,
    transactions: Vec<Box<RawValue>>,
    last: Option<&Entry>,
    more: bool,
) -> Statement {
    Statement {
        iban: Iban::of(deposit.key.bank, &deposit.key.digits).as_str().to_owned(),
        account_current_balance: padded(account.posted()),
        account_current_balance_sign: CREDIT,
        account_available_balance: padded(account.available()),
        account_available_balance_sign: CREDIT,
        current_balance: padded(account.posted()),
        current_balance_sign: CREDIT,
        account_type_code: deposit.account_type.clone(),
        customer_name: deposit.first_name.to_string(),
        customer_family_name: deposit.last_name.to_string(),
        transaction_chain: if more { "M" } else { "L" },
        last_record_number: format!("{:020}", last.map_or(0, |entry| entry.seq)),
        transactions,
        ..Statement::default()
    }
}

fn row(number: usize, entry: &Entry, order: Option<&Order>, account: &Account) -> StatementRow {
    let at = Now::at(entry.at_ms).unwrap_or_else(Now::epoch);
    let (short, long, time) =
        (format!("{:06}", at.date.short()), format!("{:08}", at.date.long()), format!("{:06}", at.time()));
    let description = order.map(|order| order.description.to_string()).unwrap_or_default();
    let payment_number = order.map(|order| order.payment_number.to_string()).unwrap_or_default();
    let (iban, card) = (order.and_then(iban_information), order.and_then(card_information));
    let amount_of = |side: Side| padded(if entry.side == side { entry.amount } else { Rial::ZERO });
    StatementRow {
        record_number: format!("{number:03}"),
        balance: padded(entry.after.posted(account.kind.normal_side())),
        balance_sign: CREDIT,
        transaction_amount_credit: amount_of(Side::Credit),
        transaction_amount_debit: amount_of(Side::Debit),
        transaction_description: "722",
        origin_key: format!("{short}{time}KZ{:06}", entry.seq),
        raw_origin_key: format!("{long}{time}KZ{:06}", entry.seq),
        date: short,
        full_date: long.clone(),
        time: time.clone(),
        request_date: long,
        request_time: time,
        optional_information: payment_number.clone(),
        optional_information15: payment_number,
        optional_information1: description.clone(),
        optional_information30: description,
        ref_code: order.map(|order| ref_code_of(entry, order, account)).unwrap_or_default(),
        transaction_amount: entry.amount.to_string(),
        transaction_class: iban
            .as_ref()
            .map(|map| map.transaction_class)
            .or(card.as_ref().map(|map| map.transaction_class)),
        iban_information_map: iban,
        card_information_map: card,
        ..StatementRow::default()
    }
}

/// The reference of an entry. Money returned to its source has the return's own refCode, which `payas` shows as `returnId` (second-edition 2.8).
fn ref_code_of(entry: &Entry, order: &Order, account: &Account) -> String {
    match &order.state {
        OrderState::Returned(back) if entry.side == Side::Credit && account.id == order.source => {
            format!("{:016}", back.ref_code)
        }
        _ => ref_code(order),
    }
}

/// The bank's reference of a charge.
fn card_information(order: &Order) -> Option<CardInformation> {
    (order.route == Route::Card)
        .then(|| CardInformation { transaction_class: "CARD", reference_id: order.id.0.to_string() })
}

/// The counterparty of a paya or satna transfer.
fn iban_information(order: &Order) -> Option<IbanInformation> {
    let transaction_type_code = match order.route {
        Route::Paya => "61",
        Route::Satna => "62",
        Route::Internal | Route::Card => return None,
    };
    let iban = Iban::parse(&order.destination_number)?;
    Some(IbanInformation {
        transaction_class: "IBAN",
        transaction_type_code,
        destination_iban: iban.as_str().to_owned(),
        pay_id: order.payment_number.to_string(),
        name: full_name(&order.destination_first_name, &order.destination_last_name),
        bank_code: iban.bank().to_string(),
        reference_id: ref_code(order),
        ..IbanInformation::default()
    })
}
