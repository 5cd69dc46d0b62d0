//! `/console/invoices`: invoices of all businesses, and single invoices with their entries.

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{Invoice, InvoiceId, InvoiceState, Means, PartyId, Role, VoucherKey};

use super::view::{Cell, Moment, Part, Tone};
use super::visit::Visit;
use super::{actions, decided, history, lists, timeline};
use ::codes::pod::UNSOUND_INVOICE;
use admin::App;
use admin::lists::INVOICES;
use edge::request_log::RequestFilter;
use web::{Segment, Words, filled};

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let mut shown = lists::shown(&visit, &INVOICES).await?;
    let (w, rows) = (visit.w(), std::mem::take(&mut shown.rows));
    let table = table_or(&visit, w.invoices, &rows, shown.empty.clone()).await?;
    Ok(visit.page(w.invoices, shown.around([table])))
}

/// The state of an invoice as a badge.
pub fn badge(invoice: &Invoice, w: &Words) -> Cell {
    let (text, tone) = match &invoice.state {
        InvoiceState::Issued => (w.invoice_issued, Tone::Plain),
        InvoiceState::InGateway(_) => (w.invoice_in_gateway, Tone::Hint),
        InvoiceState::AtNetwork(_) => (w.invoice_at_network, Tone::Hint),
        InvoiceState::Waiting(_) => (w.invoice_waiting, Tone::Hint),
        InvoiceState::Future(_) => (w.invoice_future, Tone::Plain),
        InvoiceState::SetOff(_) => (w.invoice_set_off, Tone::Plain),
        InvoiceState::Paid(_) => (w.invoice_payed, Tone::Good),
        InvoiceState::Closed(_) => (w.invoice_closed, Tone::Good),
        InvoiceState::Canceled(_) => (w.invoice_canceled, Tone::Bad),
    };
    Cell::Badge(text.to_owned(), tone)
}

async fn name(visit: &Visit, id: PartyId) -> Result<String, Response> {
    let party = visit.app().engine.party(id).await.map_err(|error| visit.failed(&error))?;
    Ok(party.map_or_else(|| id.0.to_string(), |party| party.name.to_string()))
}

/// A table of invoices.
pub async fn table(visit: &Visit, title: &str, invoices: &[Invoice]) -> Result<Part, Response> {
    table_or(visit, title, invoices, visit.w().nothing.to_owned()).await
}

/// The same, with what it says if it is empty.
async fn table_or(visit: &Visit, title: &str, invoices: &[Invoice], empty: String) -> Result<Part, Response> {
    let (w, lang) = (visit.w(), visit.lang());
    let mut rows = Vec::new();
    for invoice in invoices {
        rows.push(vec![
            Cell::link(lang.digits(invoice.id.0), format!("/console/invoices/{}", invoice.id.0)),
            Cell::at(lang.instant(invoice.issued_at_ms)),
            Cell::text(name(visit, invoice.issuer).await?),
            Cell::text(match invoice.customer {
                Some(customer) => name(visit, customer).await?,
                None => "—".to_owned(),
            }),
            Cell::number(lang.rial(invoice.amounts.payable)),
            badge(invoice, w),
        ]);
    }
    let heads = [w.number, w.at, w.issuer, w.customer, w.list_amount_rial, w.state].map(str::to_owned).into();
    Ok(Part::Table { title: title.to_owned(), heads, rows, empty })
}

pub async fn show(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let invoice = find(&visit, id).await?;
    let parts = parts_of(&visit, &invoice).await?;
    Ok(visit.page(title(&visit, &invoice), parts))
}

/// The title of the page of an invoice.
pub fn title(visit: &Visit, invoice: &Invoice) -> String {
    format!("{} {}", visit.w().invoice, visit.lang().digits(invoice.id.0))
}

/// The invoice with a number.
///
/// # Errors
/// The page for one that does not exist.
pub async fn find(visit: &Visit, id: i64) -> Result<Invoice, Response> {
    let found = visit.app().engine.reader().invoice(InvoiceId(id)).await;
    found.map_err(|error| visit.unread(error))?.ok_or_else(|| visit.missing())
}

/// The page of an invoice.
///
/// # Errors
/// The page for a store that cannot be read.
pub async fn parts_of(visit: &Visit, invoice: &Invoice) -> Result<Vec<Part>, Response> {
    let unsound = || visit.failed(&engine::Error::Contradiction(UNSOUND_INVOICE));
    let received = admin::invoices::received(invoice).ok_or_else(unsound)?;
    let (w, lang) = (visit.w(), visit.lang());
    let rials = |amount| format!("{} {}", lang.rial(amount), w.rial);
    let mut facts = vec![
        (w.state.to_owned(), badge(invoice, w)),
        (w.issuer.to_owned(), Cell::text(name(visit, invoice.issuer).await?)),
        (w.bill_number.to_owned(), Cell::code(invoice.bill_number.as_deref().unwrap_or("—"))),
        (w.payment_number.to_owned(), Cell::code(invoice.payment_number())),
        (w.payable.to_owned(), Cell::text(rials(invoice.amounts.payable))),
        (w.tax.to_owned(), Cell::text(rials(invoice.amounts.vat))),
        (w.received.to_owned(), Cell::text(rials(received))),
    ];
    facts.extend(actions::refund_facts(visit, admin::invoices::given_back(invoice), invoice.refundable()));
    if let InvoiceState::AtNetwork(attempt) = invoice.state {
        let page = format!("/console/card-attempts/{}", attempt.0);
        facts.push((w.card_attempt.to_owned(), Cell::link(lang.digits(attempt.0), page)));
    }
    if let Some(customer) = invoice.customer {
        facts.push((w.customer.to_owned(), Cell::text(name(visit, customer).await?)));
    }
    if let Some(description) = &invoice.terms.description {
        facts.push((w.description.to_owned(), Cell::text(description)));
    }
    let mut moments = vec![Moment::plain(invoice.issued_at_ms, w.invoice_issued)];
    if let Some(payment) = invoice.state.payment() {
        facts.push((w.paid_by.to_owned(), Cell::text(means(&payment.means, w))));
        if let Means::Card(slip) = &payment.means {
            facts.extend([
                (w.card.to_owned(), Cell::code(&slip.mask)),
                (w.rrn.to_owned(), Cell::code(&slip.rrn)),
                (w.tref.to_owned(), Cell::code(&slip.tref)),
            ]);
        }
        if let Means::Pos(slip) = &payment.means {
            facts.extend([
                (w.terminal.to_owned(), Cell::code(&slip.terminal)),
                (w.rrn.to_owned(), Cell::code(&slip.reference)),
                (w.tref.to_owned(), Cell::code(&slip.tracking)),
            ]);
        }
        if let Some(payer) = payment.payer {
            facts.push((w.payer.to_owned(), Cell::text(name(visit, payer).await?)));
        }
        moments.push(Moment {
            at_ms: payment.at_ms,
            title: w.money_taken.to_owned(),
            cells: vec![Cell::text(rials(admin::invoices::taken(invoice).ok_or_else(unsound)?))],
            tone: Tone::Good,
        });
    }
    if let Some(last) = invoice.declined {
        moments.push(Moment {
            at_ms: last.at_ms,
            title: w.card_declined.to_owned(),
            cells: vec![
                Cell::text(web::declined(lang, last.why)),
                Cell::text(filled(w.declines, &lang.digits(last.count))),
            ],
            tone: Tone::Bad,
        });
    }
    for used in &invoice.vouchers {
        let key = VoucherKey { issuer: invoice.issuer, code: used.code.clone() };
        let voucher = visit.app().engine.reader().voucher(key).await.map_err(|error| visit.unread(error))?;
        let sealed = voucher.map(|voucher| voucher.sealed).unwrap_or_default();
        moments.push(Moment {
            at_ms: used.at_ms,
            title: format!("{} {}", w.voucher, visit.app().secrets.voucher_code(&used.code, &sealed)),
            cells: vec![Cell::text(rials(used.amount))],
            tone: if used.canceled { Tone::Plain } else { Tone::Good },
        });
    }
    let mut happened = |at_ms: Option<i64>, title: &str, tone| {
        if let Some(at_ms) = at_ms.filter(|at_ms| *at_ms > 0) {
            moments.push(Moment { tone, ..Moment::plain(at_ms, title) });
        }
    };
    happened(invoice.verified_at_ms, w.verified, Tone::Good);
    happened(Some(invoice.canceled_at_ms), w.invoice_canceled, Tone::Bad);
    happened(invoice.unsettled.map(|unsettled| unsettled.at_ms), w.card_settles, Tone::Hint);
    let jobs = timeline::jobs(visit, invoice.id.0).await?;
    let about = RequestFilter { invoice: Some(invoice.id.0.to_string()), ..RequestFilter::default() };
    let calls = history::calls(visit, about);
    moments.extend(history::call_moments(visit, &calls));
    moments.extend(history::messages(visit, invoice.id.0).await?);
    moments.extend(history::card_attempts(visit, invoice.id).await?);
    moments.extend(decided::decisions(visit, &[invoice.id.0.to_string()]).await?);
    let timeline = timeline::part_of(visit, invoice.id.0, moments, &jobs).await?;
    let line = |line: &payments::InvoiceLine| {
        vec![
            Cell::text(&line.description),
            Cell::code(lang.rial(line.amount.price)),
            Cell::code(lang.quantity(line.amount.quantity_micro)),
        ]
    };
    let lines = Part::Table {
        title: w.lines.to_owned(),
        heads: [w.line, w.amount, w.quantity].map(str::to_owned).into(),
        rows: invoice.lines.iter().map(line).collect(),
        empty: w.nothing.to_owned(),
    };
    let mut parts = vec![Part::Facts(facts), timeline, lines];
    parts.extend(actions::of_invoice(visit, invoice));
    parts.extend(actions::of_jobs(visit, &jobs));
    parts.extend(history::first_call(visit, &calls));
    Ok(parts)
}

/// The name of a means of payment.
fn means(means: &Means, w: &Words) -> &'static str {
    match means {
        Means::Wallet => w.by_wallet_short,
        Means::Card(_) => w.by_card_short,
        Means::Pos(_) => w.by_terminal_short,
        Means::Guild => w.by_guild_short,
        Means::Invoice(_) => w.by_invoice_short,
        Means::Outside => w.by_outside_short,
    }
}
