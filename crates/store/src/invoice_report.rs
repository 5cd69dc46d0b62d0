//! The statements for the list of a party's invoices: the same for both engines.
//!
//! The rows of a page and the sums are selected on the index `invoice_list` alone, or on one that leads to few rows (those issued to a
//! party: `invoice_received`); only a page's own rows are read from the table. Numbers are written into the text; words and the reference number are
//! `$n`.

use std::fmt::Write as _;

use payments::{Invoice, InvoiceStateCode};

use crate::model::{InvoicePage, InvoicePageStart, InvoiceSide, Invoices};
use schema::{Table, codes_of};

/// Millions of rials are summed apart from the remainders, so that neither sum overflows.
const MILLION: i64 = 1_000_000;

/// The bytes of an invoice's texts.
const SIZE: &str = "CAST(octet_length(lines) + octet_length(terms) + octet_length(detail) AS BIGINT)";

/// The statements of a page, and their parameters.
pub(crate) struct Listing {
    /// Selects the count and the sums.
    pub(crate) sums: String,
    /// Selects the bytes of each of the page's rows, without its numbers: a page that is too large is not loaded.
    pub(crate) sizes: String,
    which: String,
    start: InvoicePageStart,
    pub(crate) parameters: Vec<String>,
}

impl Listing {
    /// Selects the first `rows` rows of the page.
    pub(crate) fn rows(&self, rows: usize) -> String {
        page(Invoice::COLUMNS, &self.which, self.start, rows)
    }
}

/// How many of a page's rows fit into `bytes`, at least one; and whether others are left out.
pub(crate) fn fitting(sizes: &[i64], bytes: usize) -> (usize, bool) {
    let mut left = i64::try_from(bytes).unwrap_or(i64::MAX);
    let fits = |size: &&i64| {
        left = left.saturating_sub(**size);
        left >= 0
    };
    let rows = sizes.iter().take_while(fits).count().max(1);
    (rows, rows < sizes.len())
}

fn page(columns: &str, which: &str, start: InvoicePageStart, rows: usize) -> String {
    let (start, order) = match start {
        InvoicePageStart::Offset(offset) => (format!("ORDER BY id DESC LIMIT {rows} OFFSET {offset}"), "DESC"),
        InvoicePageStart::From(id) => (format!("AND id >= {} ORDER BY id LIMIT {rows}", id.0), "ASC"),
        InvoicePageStart::UpTo(id) => (format!("AND id <= {} ORDER BY id DESC LIMIT {rows}", id.0), "DESC"),
    };
    format!(
        "SELECT {columns} FROM invoice WHERE id IN (SELECT id FROM invoice WHERE {which} {start}) ORDER BY id {order}"
    )
}

/// The list to which a page belongs.
pub(crate) fn invoices(page: &InvoicePage) -> Listing {
    let (filter, mut parameters) = (&page.filter, Vec::new());
    let (of, by_number) = (page.of.0, filter.id.is_some() || filter.unique.is_some());
    let mut which = match page.side {
        InvoiceSide::Received => format!("customer = {of}"),
        // An invoice is found by its number by its customer, too.
        InvoiceSide::Issued if by_number => format!("(issuer = {of} OR customer = {of})"),
        InvoiceSide::Issued => format!("issuer = {of}"),
    };
    let mut and = |condition: String| {
        // Writing to a string cannot fail.
        let _ = write!(which, " AND {condition}");
    };
    if let Some(id) = filter.id {
        and(format!("id = {}", id.0));
    } else {
        and("edited = 0".to_owned());
    }
    if let Some(current) = filter.current {
        and(format!("id = {}", current.0));
    }
    if let Some(unique) = filter.unique {
        and(format!("unique_number = {}", unique.cast_signed()));
    }
    for (column, value) in [("customer", filter.customer.map(|party| party.0)), ("guild", filter.guild)] {
        if let Some(value) = value {
            and(format!("{column} = {value}"));
        }
    }
    if let Some(from_ms) = filter.from_ms {
        and(format!("issued_at_ms >= {from_ms}"));
    }
    if let Some(to_ms) = filter.to_ms {
        and(format!("issued_at_ms <= {to_ms}"));
    }
    for (wanted, states) in [
        (filter.canceled, codes_of(InvoiceStateCode::is_canceled)),
        (filter.paid, codes_of(InvoiceStateCode::is_paid)),
        (filter.closed, codes_of(|code: InvoiceStateCode| code == InvoiceStateCode::Closed)),
        (filter.waiting, codes_of(|code: InvoiceStateCode| code == InvoiceStateCode::Waiting)),
    ] {
        if let Some(wanted) = wanted {
            let not = if wanted { "" } else { "NOT " };
            and(format!("state {not}IN ({states})"));
        }
    }
    if !filter.issuers.is_empty() {
        and(format!("issuer IN ({})", listed(filter.issuers.iter().map(|party| party.0))));
    }
    let of_words = match page.side {
        InvoiceSide::Issued => format!("id IN (SELECT invoice FROM invoice_word WHERE issuer = {of}"),
        InvoiceSide::Received => "EXISTS (SELECT 1 FROM invoice_word WHERE invoice_word.issuer = invoice.issuer \
                                  AND invoice_word.invoice = invoice.id"
            .to_owned(),
    };
    for word in &filter.words {
        let at = parameters.len();
        parameters.extend([word.clone(), format!("{word}\u{10ffff}")]);
        and(format!("{of_words} AND word >= ${} AND word < ${})", at + 1, at + 2));
    }
    if !filter.products.is_empty() {
        let at = parameters.len();
        let places: Vec<String> = (1..=filter.products.len()).map(|n| format!("${}", at + n)).collect();
        parameters.extend(filter.products.iter().cloned());
        and(format!("{of_words} AND word IN ({}))", places.join(", ")));
    }
    if let Some(text) = &filter.reference_number {
        parameters.push(text.to_string());
        and(format!("reference_number = ${}", parameters.len()));
    }
    if let Some(number) = &filter.bill_number {
        parameters.push(number.to_string());
        let at = parameters.len();
        and(format!(
            "EXISTS (SELECT 1 FROM bill WHERE bill.issuer = invoice.issuer AND bill.number = ${at} AND bill.invoice = invoice.id)"
        ));
    }
    let part = |column: &str, part: &str| format!("CAST(coalesce(sum({column} {part} {MILLION}), 0) AS BIGINT)");
    let sums: Vec<String> =
        ["payable", "delegated", "total"].iter().flat_map(|column| [part(column, "/"), part(column, "%")]).collect();
    let sums = format!("SELECT count(*), {} FROM invoice WHERE {which}", sums.join(", "));
    let sizes = self::page(SIZE, &which, page.start, page.limit);
    Listing { sums, sizes, which, start: page.start, parameters }
}

fn listed(numbers: impl Iterator<Item = i64>) -> String {
    numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
}

/// The list from the results of its statements: the rows; the count, then millions and remainder of each sum.
pub(crate) fn list(rows: Vec<Invoice>, is_cut: bool, found: [i64; 7]) -> Invoices {
    let [count, found @ ..] = found;
    let sum = |at: usize| {
        let parts = found.get(at).zip(found.get(at + 1));
        parts.map_or(0, |(millions, rest)| millions.saturating_mul(MILLION).saturating_add(*rest))
    };
    Invoices { rows, is_cut, count, payable: sum(0), delegated: sum(2), total: sum(4) }
}
