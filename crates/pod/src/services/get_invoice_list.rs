//! getInvoiceList 29813 / 39308 (pod.md 3.13).

use payments::{Invoice, InvoiceId, PartyId, Text, product_word, tehran_ms, words};
use store::{InvoiceFilter, InvoicePage, InvoicePageStart, InvoiceSide};
use text::date::Times;
use wire::pod::errors::{self, Failure};
use wire::pod::read_params::id;
use wire::pod::replies::Aggregations;

use super::call::{Call, TEXT, date, party};
use super::done::Done;
use super::failed::Failed;
use super::guild_list::number;
use super::invoice::{Names, object};

/// Rows of a page: the default and the maximum.
const PAGE: i64 = 50;
const PAGE_MOST: i64 = 1_000;
/// Maximum number of words, of products and of issuers in a search.
const WORDS: usize = 16;
/// The last millisecond of a second, or of a day.
const LAST_MS: i64 = 999;
const LAST_SECOND: u32 = 86_399;

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    let start = start(call)?;
    let limit = match number(call, "size")? {
        None => PAGE,
        Some(size @ 1..=PAGE_MOST) => size,
        Some(_) => return Err(errors::invalid("size").into()),
    };
    let filter = filter(call).await?;
    let limit = usize::try_from(limit).unwrap_or(1);
    let mut page = call.page();
    let Some(filter) = filter else { return Ok(Done::list(page.end(), 0, Some(sums(0, 0, 0)))) };
    // The store loads no more than a page may hold.
    let bytes = call.app.large.page_bytes();
    let wanted = InvoicePage { of: call.party().id, side: side(call), filter, start, limit, bytes };
    let found = call.app.engine.reader().invoices(wanted).await?;
    let names = Names::of(call.app, found.rows.iter()).await?;
    for invoice in &found.rows {
        page.push(&object(invoice, &names)?).await?;
    }
    let rows = page.end_unless(found.is_cut)?;
    Ok(Done::list(rows, found.count, Some(sums(found.payable, found.delegated, found.total))))
}

fn sums(payable_amount_sum: i64, delegation_amount_sum: i64, total_amount_sum: i64) -> Aggregations {
    Aggregations { payable_amount_sum, delegation_amount_sum, total_amount_sum }
}

/// A business lists the invoices that it has issued; a user lists those issued to the user (second-edition.md 4.8).
fn side(call: &Call<'_>) -> InvoiceSide {
    let of_business = call.caller.is_whole() && call.party().business().is_some();
    if of_business { InvoiceSide::Issued } else { InvoiceSide::Received }
}

fn start(call: &Call<'_>) -> Result<InvoicePageStart, Failed> {
    let offset = number(call, "offset")?;
    let (first, last) = (number(call, "firstId")?, number(call, "lastId")?);
    match (offset, first, last) {
        (offset, None, None) => Ok(InvoicePageStart::Offset(offset.unwrap_or(0))),
        (None, Some(first), None) => Ok(InvoicePageStart::From(InvoiceId(first))),
        (None, None, Some(last)) => Ok(InvoicePageStart::UpTo(InvoiceId(last))),
        (_, Some(_), _) => Err(errors::invalid("firstId").into()),
        (Some(_), None, Some(_)) => Err(errors::invalid("lastId").into()),
    }
}

/// The filter of a search; `None`: no invoice can match.
async fn filter(call: &Call<'_>) -> Result<Option<InvoiceFilter>, Failed> {
    let params = &call.params;
    let mut ids: Vec<InvoiceId> = params.optional_id("id")?.map(InvoiceId).into_iter().collect();
    let mut bill_number = call.optional_text("billNumber", TEXT)?;
    // Each of a business's own numbers names one invoice.
    if side(call) == InvoiceSide::Issued
        && let Some(number) = bill_number.take()
    {
        let key = payments::BillKey::of(call.party().id, &number);
        match call.app.engine.reader().bill(key).await? {
            Some(bill) => ids.push(bill.invoice),
            None => return Ok(None),
        }
    }
    let unique = match params.get("uniqueNumber") {
        None => None,
        Some(text) => match u64::from_str_radix(text, 16) {
            Ok(unique) => Some(unique),
            Err(_) => return Ok(None),
        },
    };
    // The number under which an invoice is paid. A replaced invoice cannot be paid any more and is found by its `id` only (pod.md 3.13).
    let paid_under = match params.get("trackerId").map(id) {
        None => None,
        Some(Some(number)) => Some(Invoice::of_payment_number(number)),
        Some(None) => return Ok(None),
    };
    if ids.windows(2).any(|pair| pair.first() != pair.last()) {
        return Ok(None);
    }
    let issuers: Result<Vec<PartyId>, Failure> = params
        .list("issuerId")?
        .into_iter()
        .map(|text| id(text).and_then(PartyId::numbered).ok_or_else(|| errors::invalid("issuerId")))
        .collect();
    let issuers = issuers?;
    let products: Result<Vec<String>, Failure> = params
        .list("productIdList")?
        .into_iter()
        .map(|text| id(text).map(product_word).ok_or_else(|| errors::invalid("productIdList")))
        .collect();
    let products = products?;
    let words: Vec<String> = words(params.get("query").unwrap_or_default()).collect();
    if words.is_empty() && params.get("query").is_some() {
        // The query has no word that an invoice could contain.
        return Ok(None);
    }
    for (name, many) in [("query", words.len()), ("productIdList", products.len()), ("issuerId", issuers.len())] {
        if many > WORDS {
            return Err(errors::invalid(name).into());
        }
    }
    Ok(Some(InvoiceFilter {
        id: ids.first().copied(),
        current: paid_under,
        unique,
        from_ms: instant(call, "fromDate", 0, 0)?,
        to_ms: instant(call, "toDate", LAST_SECOND, LAST_MS)?,
        canceled: params.optional_flag("isCanceled")?,
        paid: params.optional_flag("isPayed")?,
        closed: params.optional_flag("isClosed")?,
        waiting: params.optional_flag("isWaiting")?,
        guild: call.guild()?.map(|guild| guild.id),
        reference_number: call.optional_name("referenceNumber", TEXT)?.map(|text| Text::from(&*text)),
        customer: params.optional_id("userId")?.map(|id| party(id, "userId")).transpose()?,
        bill_number: bill_number.map(|number| payments::BillKey::of(call.party().id, &number).number),
        issuers,
        words,
        products,
    }))
}

/// The instant of a date parameter in milliseconds of Unix time, plus `more_ms`. Without a time in it, `second` is the second of the day.
///
/// # Errors
/// It is not a date.
pub fn instant(call: &Call<'_>, name: &str, second: u32, more_ms: i64) -> Result<Option<i64>, Failure> {
    let Some(text) = call.params.get(name) else { return Ok(None) };
    let (day, given) = date(text, Times::Taken)?;
    let at_ms = tehran_ms(day, given.unwrap_or(second)).ok_or(errors::INVALID_DATE)?;
    Ok(Some(at_ms.saturating_add(more_ms)))
}
