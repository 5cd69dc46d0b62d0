//! POST `/console/search`, and GET for links: finds records by any number. These are trackId, refCode, order, invoice, payment by another bank's card, an invoice's payment number or
//! bill number, RRN or reference of a card payment, card (first six and last four digits, or all) with the telephone payments and invoices that it
//! paid, IBAN or deposit, mobile number with its SMS and the payments of its cards, account, client, terminal of a shop, telephone terminal or its
//! merchant with the newest payments, proposal, and the beginning of a party's name. A card number is accepted in a form only, never in an address.
//!
//! Each look-up uses an index, and finds a limited number of rows.

use std::cmp::Reverse;

use axum::extract::{Request, State};
use axum::response::Response;
use ledger::{Account, AccountId, TransferId};
use payments::{
    AccountNumber, Bank, BillKey, CardAttempt, CardAttemptId, Client, CycleId, Iban, Invoice, InvoiceId, Message,
    Order, OrderId, OrderKey, Party, PartyId, PartyKind, PhoneOrder, PhoneOrderId, PhoneOrderKey, Proposal, ProposalId,
    Role, Terminal, Text, wallet,
};
use percent_encoding::utf8_percent_encode;
use store::{EntryPage, Filter, ListQuery, OwnerValue, PHONE_ORDERS, SMS, Sort};
use text::fold;
use text::number::{compact, mobile};
use wire::field::is_card;
use wire::pod::returning::RESERVED;

use super::view::{Cell, Part};
use super::visit::{Visit, has_card};
use admin::App;
use edge::secrets::masked;

/// Digits of a refCode that are the order's number.
const REF_CODE: usize = 10;
/// Digits of an IBAN.
const IBAN: usize = 24;
/// Maximum number of terminals whose merchants are searched.
const TERMINALS: usize = 1_000;
/// How many of the newest payments of a terminal or a card, and SMS of a number, are shown.
const NEWEST: usize = 10;
/// How many cards of one first six and last four digits have their payments shown.
const CARDS: usize = 3;
/// Least number of letters by which a name is searched.
const LETTERS: usize = 2;
/// The number from which reference numbers of telephone payments begin.
const REF_ID: i64 = 100_000_000_000;

/// The records that were found.
#[derive(Default)]
struct Found {
    orders: Vec<Order>,
    invoices: Vec<Invoice>,
    card_attempts: Vec<CardAttempt>,
    phone_orders: Vec<PhoneOrder>,
    parties: Vec<Party>,
    messages: Vec<Message>,
    proposals: Vec<Proposal>,
    clients: Vec<Client>,
    terminals: Vec<Terminal>,
    /// The number of an account, and a description of it.
    accounts: Vec<(i64, String)>,
}

pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let query = visit.query.get("q").unwrap_or_default().to_owned();
    found(&visit, &query).await
}

pub async fn submit(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (mut visit, form) = Visit::submit(app, request, Role::Viewer).await?;
    let query = form.get("q").unwrap_or_default();
    // The page shows in its box what was searched.
    visit.query = std::mem::take(&mut visit.query).and_form(format!("q={}", in_box(query)).as_bytes());
    found(&visit, query).await
}

/// What was searched, as a value of a form; the number of a card is masked.
fn in_box(query: &str) -> String {
    let encoded = utf8_percent_encode(query, RESERVED).to_string();
    if !has_card(&format!("?q={encoded}")) {
        return encoded;
    }
    let digits: String = fold(query).chars().filter(char::is_ascii_digit).collect();
    utf8_percent_encode(&masked(&digits), RESERVED).to_string()
}

/// The page with the results.
async fn found(visit: &Visit, query: &str) -> Result<Response, Response> {
    let (w, lang) = (visit.w(), visit.lang());
    let query = fold(query);
    let query = query.trim().trim_start_matches('#').to_owned();
    let mut found = Found::default();
    if !query.is_empty() {
        look(visit, &query, &mut found).await.map_err(|error| visit.unread(error))?;
    }
    let mut parts = Vec::new();
    if !found.orders.is_empty() {
        parts.push(super::orders::table(visit, w.orders, &found.orders));
    }
    if !found.phone_orders.is_empty() {
        parts.push(super::phone::table(visit, w.phone_orders, &found.phone_orders));
    }
    if !found.invoices.is_empty() {
        parts.push(super::invoices::table(visit, w.invoices, &found.invoices).await?);
    }
    if !found.card_attempts.is_empty() {
        parts.push(super::card_attempts::table(visit, &found.card_attempts));
    }
    if !found.parties.is_empty() {
        let row = |party: &Party| {
            let kind = if matches!(party.kind, PartyKind::User) { w.user } else { w.business };
            let account = wallet(party.id).0;
            vec![
                Cell::code(lang.digits(party.id.0)),
                Cell::text(&party.name),
                Cell::text(kind),
                Cell::code(&party.mobile),
                Cell::link(w.by_wallet_short, format!("/console/accounts/{account}")),
            ]
        };
        parts.push(Part::Table {
            title: w.parties.to_owned(),
            heads: [w.number, w.user_name, w.kind, w.mobile, w.account].map(str::to_owned).into(),
            rows: found.parties.iter().map(row).collect(),
            empty: String::new(),
        });
    }
    if !found.clients.is_empty() {
        let row = |client: &Client| {
            let name = utf8_percent_encode(&client.id.0, RESERVED);
            vec![Cell::text(&client.id.0), Cell::link(w.search_orders_of, format!("/console/orders?of={name}"))]
        };
        parts.push(Part::Table {
            title: w.client.to_owned(),
            heads: [w.client, w.orders].map(str::to_owned).into(),
            rows: found.clients.iter().map(row).collect(),
            empty: String::new(),
        });
    }
    if !found.terminals.is_empty() {
        let row = |terminal: &Terminal| {
            let sequence = utf8_percent_encode(&terminal.sequence, RESERVED);
            vec![
                Cell::code(&terminal.sequence),
                Cell::text(&terminal.merchant),
                Cell::link(w.account, format!("/console/accounts/{}", terminal.account.0)),
                Cell::link(w.phone_orders, format!("/console/phone?of={sequence}")),
            ]
        };
        parts.push(Part::Table {
            title: w.terminal.to_owned(),
            heads: [w.terminal, w.holder, w.account, w.phone_orders].map(str::to_owned).into(),
            rows: found.terminals.iter().map(row).collect(),
            empty: String::new(),
        });
    }
    if !found.messages.is_empty() {
        parts.push(super::messages::sms_table(visit, &found.messages, String::new()));
    }
    if !found.proposals.is_empty() {
        let row = |proposal: &Proposal| {
            let to = format!("/console/decisions?after=0.{}&rows=1", proposal.id.0.saturating_add(1));
            vec![
                Cell::link(lang.digits(proposal.id.0), to),
                Cell::at(lang.instant(proposal.at_ms)),
                Cell::text(&proposal.by),
                Cell::text(&proposal.reason),
            ]
        };
        parts.push(Part::Table {
            title: w.decisions.to_owned(),
            heads: [w.number, w.at, w.by, w.reason].map(str::to_owned).into(),
            rows: found.proposals.iter().map(row).collect(),
            empty: String::new(),
        });
    }
    if !found.accounts.is_empty() {
        let row = |(id, what): &(i64, String)| {
            vec![Cell::link(lang.digits(id), format!("/console/accounts/{id}")), Cell::code(what)]
        };
        parts.push(Part::Table {
            title: w.accounts.to_owned(),
            heads: [w.number, w.what].map(str::to_owned).into(),
            rows: found.accounts.iter().map(row).collect(),
            empty: String::new(),
        });
    }
    if parts.is_empty() {
        parts.push(Part::Text(if query.is_empty() { w.search_help } else { w.search_nothing }.to_owned()));
    }
    Ok(visit.page(w.search, parts))
}

async fn look(visit: &Visit, query: &str, found: &mut Found) -> Result<(), store::Error> {
    let reader = visit.app().engine.reader();
    let small = query.to_lowercase();
    for client in reader.clients().await? {
        let track_id = Text::from(query);
        found.orders.extend(reader.order(OrderKey { client: client.id.clone(), track_id }).await?);
        let is_named = query.chars().count() >= LETTERS && client.id.0.to_lowercase().contains(&small);
        if is_named && found.clients.len() < NEWEST {
            found.clients.push(client);
        }
    }
    let digits: String = query.chars().filter(char::is_ascii_digit).collect();
    if let Ok(number) = query.parse::<i64>() {
        found.orders.extend(reader.order_numbered(OrderId(number)).await?);
        if digits.len() == 16 {
            let own = number % 10i64.pow(REF_CODE as u32);
            let order = reader.order_numbered(OrderId(own)).await?;
            found.orders.extend(order.filter(|order| order.ref_code == number));
        }
        for id in [InvoiceId(number), Invoice::of_payment_number(number)] {
            found.invoices.extend(reader.invoice(id).await?);
        }
        found.card_attempts.extend(reader.card_attempt(CardAttemptId(number)).await?);
        for id in [number, number.saturating_sub(REF_ID)] {
            found.phone_orders.extend(reader.phone_order_numbered(PhoneOrderId(id)).await?);
        }
        if let Some(transfer) = reader.transfer(TransferId(number)).await? {
            let (w, lang) = (visit.w(), visit.lang());
            let what = format!("#{}: {} {}", lang.digits(number), lang.rial(transfer.amount), w.rial);
            found.accounts.extend([transfer.debit, transfer.credit].map(|id| (id.0, what.clone())));
        }
        if let Some(id) = CycleId::numbered(number)
            && let Some(cycle) = reader.cycle(id).await?
        {
            let clearing = cycle.id.clearing().0;
            found.accounts.push((clearing, format!("Paya {}", cycle.id.0)));
        }
        found.accounts.extend(reader.account(AccountId(number)).await?.map(|account| (account.id.0, String::new())));
        found.proposals.extend(reader.proposal(ProposalId(number)).await?);
    }
    if let Ok(unique) = u64::from_str_radix(query, 16)
        && query.len() >= 12
    {
        found.invoices.extend(reader.unique_invoice(unique).await?);
    }
    let packed = compact(query).into_owned();
    found.invoices.extend(reader.invoices_by_card_payment(Text::from(&*packed)).await?);
    found.invoices.extend(reader.invoices_billed(BillKey::of(PartyId(0), query).number).await?);
    cards(visit, query, &digits, found).await?;
    let iban = if packed.len() == IBAN && packed == digits { format!("IR{packed}") } else { packed.to_uppercase() };
    if let Some(iban) = Iban::parse(&iban) {
        found.accounts.extend(reader.deposit(iban.key()).await?.map(|(_, account)| named(&account, query)));
    }
    if let Some(number) = AccountNumber::parse(query) {
        for bank in Bank::HOSTED {
            found.accounts.extend(
                reader.deposit(number.key(bank)).await?.map(|(_, account)| named(&account, visit.lang().bank(bank))),
            );
        }
    }
    if let Some(number) = mobile(query).map(Text::from) {
        found.parties.extend(reader.parties_of_mobile(Text::clone(&number)).await?);
        let to = Filter { owner: Some(OwnerValue::Name(Text::clone(&number))), ..Filter::ALL };
        found.messages.extend(reader.listing(&SMS, newest(to)).await?.rows);
        let cards = reader.payers_of_mobile(number).await?;
        found.accounts.extend(cards.iter().map(|(card, account)| named(account, &card.mask)));
        for (_, account) in cards.iter().take(CARDS) {
            of_card(visit, account.id, found).await?;
        }
    }
    if let Some(handle) = reader.handle(Text::from(query)).await? {
        found.parties.extend(reader.party(handle.party).await?);
    } else if query.chars().count() >= LETTERS && digits.len() < query.len() {
        found.parties.extend(reader.parties_named(Text::from(query)).await?.into_iter().take(NEWEST));
    }
    if let Some(terminal) = reader.pos_terminal(Text::from(&*packed)).await? {
        found.parties.extend(reader.party(terminal.business).await?);
    }
    found.phone_orders.extend(reader.phone_orders_named(PhoneOrderKey::of(Text::from(""), query).order).await?);
    terminals(visit, query, found).await?;
    found.orders.dedup_by_key(|order| order.id);
    found.phone_orders.sort_by_key(|order| Reverse(order.id));
    found.phone_orders.dedup_by_key(|order| order.id);
    // A card that was refunded has several entries of one payment.
    found.invoices.sort_by_key(|invoice| Reverse(invoice.id));
    found.invoices.dedup_by_key(|invoice| invoice.id);
    found.parties.dedup_by_key(|party| party.id);
    found.accounts.dedup();
    Ok(())
}

fn named(account: &Account, what: &str) -> (i64, String) {
    (account.id.0, what.to_owned())
}

/// The newest rows of a filter.
fn newest<T: 'static>(filter: Filter<T>) -> ListQuery<T> {
    ListQuery { filter, sort: Sort::Newest, behind: None, limit: NEWEST }
}

/// Finds a telephone terminal by its id, or terminals by their merchants, and the newest payments of the one that was found.
async fn terminals(visit: &Visit, query: &str, found: &mut Found) -> Result<(), store::Error> {
    let reader = visit.app().engine.reader();
    let known = match reader.terminal(Text::from(query)).await? {
        Some(terminal) => vec![terminal],
        None if query.chars().count() < LETTERS => return Ok(()),
        None => reader.terminals(Text::from(""), TERMINALS).await?,
    };
    let small = query.to_lowercase();
    let is_named =
        |terminal: &Terminal| &*terminal.sequence == query || fold(&terminal.merchant).to_lowercase().contains(&small);
    let known: Vec<Terminal> = known.into_iter().filter(is_named).take(NEWEST).collect();
    if let [terminal] = &known[..] {
        let of = Filter { owner: Some(OwnerValue::Name(Text::clone(&terminal.sequence))), ..Filter::ALL };
        found.phone_orders.extend(reader.listing(&PHONE_ORDERS, newest(of)).await?.rows);
    }
    found.terminals.extend(known);
    Ok(())
}

/// Finds the newest telephone payments of a card, and the invoices that it paid: they are entries of its account.
async fn of_card(visit: &Visit, account: AccountId, found: &mut Found) -> Result<(), store::Error> {
    let reader = visit.app().engine.reader();
    let page = EntryPage { before_seq: i64::MAX, from_ms: i64::MIN, to_ms: i64::MAX, limit: NEWEST };
    let Some(history) = reader.entries(account, page).await? else { return Ok(()) };
    for (entry, _) in history.entries.iter().filter(|(entry, _)| entry.cause != 0) {
        found.phone_orders.extend(reader.phone_order_numbered(PhoneOrderId(entry.cause)).await?);
        found.invoices.extend(reader.invoice(InvoiceId(entry.cause)).await?);
    }
    Ok(())
}

/// Finds cards by their whole number, or by its first six and last four digits, with any separators between.
async fn cards(visit: &Visit, query: &str, digits: &str, found: &mut Found) -> Result<(), store::Error> {
    let reader = visit.app().engine.reader();
    let mask = match digits.len() {
        16 if is_card(digits, false) => masked(digits),
        10 if query.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '*' | '-')) => {
            format!("{}******{}", &digits[..6], &digits[6..])
        }
        _ => return Ok(()),
    };
    let mask = Text::from(mask);
    let bon = reader.cards_shown_as(Text::clone(&mask)).await?;
    found.accounts.extend(bon.iter().map(|(card, account)| named(account, &card.mask)));
    let payers = reader.payers_shown_as(mask).await?;
    found.accounts.extend(payers.iter().map(|(card, account)| named(account, &card.mask)));
    for (_, account) in payers.iter().take(CARDS) {
        of_card(visit, account.id, found).await?;
    }
    Ok(())
}
