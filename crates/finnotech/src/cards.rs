//! The card services that only read: inquiryChargeCard, getValidCard, card/balance, card/statement (finnotech.md 3.7, 3.8, 3.11).

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use ledger::Account;
use payments::{
    Card, CardKind, ChargeClass, ChargeCode, FirstAnswer, Now, Order, OrderId, OrderKey, Route, Status, Text,
};
use payments::{ClientId, tehran_midnight_ms};
use store::{Entry, EntryPage, History};
use wire::field::{CARD_DIGITS, Fault, Value, is_card};
use wire::finnotech::cards::{CardBalance, CardQuery, CardRow, CardStatement, ChargeInquiry, ChargeStatus, ValidCard};
use wire::finnotech::charge_codes;
use wire::finnotech::envelope::Doubled;
use wire::finnotech::errors as table;
use wire::finnotech::scopes;

use super::call::{Call, Demand, Grants, Requirements, RightsCheck, track_id_in};
use super::dates::{DAY_SECONDS, window};
use super::reply;
use super::transfer::ref_code;
use crate::App;
use edge::key_ring::SealContext;
use edge::strict::{Rule, Strict};

const fn reading(scope: &'static str, grants: Grants) -> Requirements {
    Requirements { scope: Some(scope), grants, track_id: Demand::Mandatory, rights: RightsCheck::Read }
}

const CHARGE_INQUIRY: Requirements = reading(scopes::CHARGE_INQUIRY, Grants::Code);
const VALID_CARD: Requirements = reading(scopes::VALID_CARD, Grants::Code);
const BALANCE: Requirements = reading(scopes::CARD_BALANCE, Grants::ClientCredential);
const STATEMENT: Requirements = reading(scopes::CARD_STATEMENT, Grants::ClientCredential);

/// Maximum number of rows of a card's statement.
const ROWS: usize = 100;
/// Maximum number of digits of a charge's number.
const TRACKER_DIGITS: usize = 19;
/// Prefixes of bon cards (000_0c9124fd1c332114.txt, A103).
const BON: [&str; 2] = ["6362142", "6362144"];

/// Whether a card number has the prefix of a bon card.
pub fn is_bon(card: &str) -> bool {
    BON.iter().any(|prefix| card.starts_with(prefix))
}

/// A card number: sixteen digits, with the right check digit if strict mode requires it.
///
/// # Errors
/// `card` is missing or not such a number.
pub fn number(value: Value<'_>, strict: Strict) -> Result<String, Fault> {
    let digits = value.optional_digits("card", CARD_DIGITS)?.ok_or(Fault::Required("card"))?;
    let refused = !is_card(&digits, false) || strict.refuses(Rule::CheckDigits, || !is_card(&digits, true));
    if refused { Err(Fault::Invalid("card")) } else { Ok(digits) }
}

pub async fn charge_inquiry(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let call = Call::enter(&app, CHARGE_INQUIRY, request).await?;
    let body: ChargeInquiry<'_> = call.object()?;
    let fail = |fault: Fault| call.fail(&fault.into());
    let sent = track_id_in(body.track_id, app.settings.track_id_max_len).map_err(fail)?;
    let tracker = Value::of(body.tracker).optional_digits("tracker", TRACKER_DIGITS).map_err(fail)?;
    let tracker = tracker.map(|digits| digits.parse().map(OrderId).map_err(|_| fail(Fault::Invalid("tracker"))));
    let reader = app.engine.reader();
    let is_own = |order: &Order| order.route == Route::Card && order.key.client == call.client;
    // Looked up by the bank's number, by the trackId, or by both, which then must belong to one charge (second-edition 2.5).
    let order = match (tracker.transpose()?, &sent) {
        (None, None) => return Err(fail(Fault::Required("trackId"))),
        (Some(id), sent) => {
            let found = reader.order_numbered(id).await.map_err(|error| call.unread(error))?.filter(is_own);
            let found = found.filter(|order| sent.as_ref().is_none_or(|sent| *order.key.track_id == **sent));
            Some(found.ok_or_else(|| call.fail(&table::TRANSACTION_NOT_FOUND))?)
        }
        (None, Some(sent)) => {
            let key = OrderKey { client: call.client.clone(), track_id: Text::from(sent.as_str()) };
            reader.order(key).await.map_err(|error| call.unread(error))?.filter(is_own)
        }
    };
    let track_id = order.as_ref().map(|order| &*order.key.track_id).or(sent.as_deref()).unwrap_or_default();
    let forced = call.armed.as_ref().and_then(|armed| armed.inquiry());
    let status = match forced {
        // As printed in 000_0c9124fd1c332114.txt (second-edition 2.4).
        Some(code) if code != ChargeCode::NOT_INQUIRED => {
            ChargeStatus { message: "Unsuccess", ..unknown(code, track_id) }
        }
        Some(code) => unknown(code, track_id),
        None => order.as_ref().map_or_else(|| unknown(ChargeCode::NO_SUCH_CHARGE, track_id), status),
    };
    let body = Doubled { inquiry: status, result: status, status: "DONE", track_id: &call.track_id };
    Ok(reply::json(StatusCode::OK, &body))
}

fn unknown(code: ChargeCode, track_id: &str) -> ChargeStatus<'_> {
    ChargeStatus {
        message: "Unknown",
        code: code.as_str(),
        description: charge_codes::text(code.as_str()),
        transaction_status: "Unknown",
        tracker: None,
        track_id,
    }
}

fn status(order: &Order) -> ChargeStatus<'_> {
    let track_id = &*order.key.track_id;
    match order.state.status() {
        Status::Done => ChargeStatus {
            message: "Success",
            code: ChargeCode::SUCCESS.as_str(),
            description: charge_codes::text(ChargeCode::SUCCESS.as_str()),
            transaction_status: "Success",
            tracker: Some(order.id.0),
            track_id,
        },
        Status::Failed => {
            let code = match order.first {
                FirstAnswer::Charge(code) if code.class() == ChargeClass::Failed => code,
                // It was unknown at first and was resolved to failed.
                _ => ChargeCode::NOT_DONE,
            };
            ChargeStatus { message: "Unsuccess", transaction_status: "Unsuccess", ..unknown(code, track_id) }
        }
        Status::Pending | Status::Unknown => unknown(ChargeCode::STATUS_UNKNOWN, track_id),
    }
}

pub async fn valid_card(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let call = Call::enter(&app, VALID_CARD, request).await?;
    let body: CardQuery<'_> = call.object()?;
    let card = number(Value::of(body.card), app.strict).map_err(|fault| call.fail(&fault.into()))?;
    let failed = |code: &'static str| {
        let description = Some(charge_codes::text(code));
        reply::done(&call.track_id, ValidCard { message: "Unsuccess", code, description, card: &card })
    };
    if let Some(code) = call.armed.as_ref().and_then(|armed| armed.inquiry()) {
        return Ok(failed(code.as_str()));
    }
    if !is_bon(&card) {
        return Ok(failed("F101"));
    }
    let reader = app.engine.reader();
    let find = async |number| reader.card(number).await.map_err(|error| call.unread(error));
    let bon = |found: &(Card, Account)| found.0.kind == CardKind::Bon;
    let Some((known, _)) = find(app.secrets.card(&card)).await?.filter(bon) else { return Ok(failed("F102")) };
    let now = match known.replaced_by {
        None => card.clone(),
        Some(by) => {
            match find(by).await?.and_then(|(new, _)| app.secrets.open(SealContext::Card(&new.number), &new.sealed)) {
                Some(number) => number.to_string(),
                None => return Ok(failed("F123")),
            }
        }
    };
    Ok(reply::done(&call.track_id, ValidCard { message: "Success", code: "F00", description: None, card: &now }))
}

/// The card of a request, if the client is approved for it.
async fn approved(app: &App, call: &Call, card: &str) -> Result<(Card, Account), Response> {
    let found = app.engine.reader().card(app.secrets.card(card)).await.map_err(|error| call.unread(error))?;
    let may = |client: &ClientId, card: &Card| card.is_approved_for(client);
    found.filter(|(card, _)| may(&call.client, card)).ok_or_else(|| call.fail(&table::CARD_NOT_FOUND))
}

pub async fn balance(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let call = Call::enter(&app, BALANCE, request).await?;
    let body: CardQuery<'_> = call.object()?;
    let card = number(Value::of(body.card), app.strict).map_err(|fault| call.fail(&fault.into()))?;
    let (_, account) = approved(&app, &call, &card).await?;
    Ok(reply::done(&call.track_id, CardBalance { balance: account.available().to_string() }))
}

pub async fn statement(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let call = Call::enter(&app, STATEMENT, request).await?;
    let body: CardQuery<'_> = call.object()?;
    let number = number(Value::of(body.card), app.strict).map_err(|fault| call.fail(&fault.into()))?;
    let text = |value: Value<'_>, name| {
        let text = value.optional_number(name).map_err(|fault| call.fail(&fault.into()));
        text.map(|text| text.map(|text| text.into_owned()))
    };
    let from = text(Value::of(body.from_date), "fromDate")?;
    let to = text(Value::of(body.to_date), "toDate")?;
    let days = window(from.as_deref(), to.as_deref(), &app.engine.clock().now());
    let (from, to) = days.map_err(|failure| call.fail(&failure))?;
    let (card, _) = approved(&app, &call, &number).await?;
    let midnight = |day, name| tehran_midnight_ms(day).ok_or_else(|| call.fail(&table::invalid(name)));
    let page = EntryPage {
        before_seq: i64::MAX,
        from_ms: midnight(from, "fromDate")?,
        to_ms: midnight(to, "toDate")? + DAY_SECONDS * 1_000,
        limit: ROWS,
    };
    let found = app.engine.reader().entries(card.id, page).await.map_err(|error| call.unread(error))?;
    let History { account, entries } = found.ok_or_else(|| call.fail(&table::CARD_NOT_FOUND))?;
    let rows = entries.iter().map(|(entry, order)| row(&number, &account, entry, order.as_ref()));
    Ok(reply::done(&call.track_id, CardStatement { transactions: rows.collect() }))
}

fn row(number: &str, account: &Account, entry: &Entry, order: Option<&Order>) -> CardRow {
    let at = Now::at(entry.at_ms).unwrap_or_else(Now::epoch);
    let date = format!("{:04}-{:02}-{:02}", at.date.year, at.date.month, at.date.day);
    let time = format!("{:06}", at.time());
    CardRow {
        trace: order.map_or(entry.transfer.0, |order| order.id.0),
        pan: format!("{number:<20}"),
        financialdate: date.clone(),
        local_date: date,
        timein: time.clone(),
        local_time: time,
        acqinst: 636_214,
        acc_termid: "02010002",
        refnum: order.map_or_else(|| format!("{:016}", entry.transfer.0), ref_code),
        prcode: 320_000,
        pos_cond_code: 3,
        amount: format!("{}.0", entry.amount),
        available: format!("{}.0", entry.after.posted(account.kind.normal_side())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bon_cards_are_known_by_how_their_numbers_begin() {
        // 000_0c9124fd1c332114.txt, A103.
        assert!(is_bon("6362142376876523") && is_bon("6362144304319309") && !is_bon("6362141000000001"));
    }
}
