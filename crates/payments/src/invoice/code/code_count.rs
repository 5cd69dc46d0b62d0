//! Counts of the codes that were sent for payments, and of the wrong ones that came back: for each invoice, customer and issuer, over all codes.

use schema::{codes, table};

use crate::{InvoiceId, PartyId};

/// The subject of a count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Counted {
    /// The codes of an invoice.
    Invoice(InvoiceId),
    /// The SMS that a party was sent to pay with, and the wrong codes for its invoices.
    Customer(PartyId),
    /// The SMS that were sent for an issuer's invoices or by a party, and the wrong codes that the issuer confirmed by calls.
    Issuer(PartyId),
    /// The passwords of a card of another bank, by a part of its hash. A hosted card has such counts on its own row.
    Card(i64),
}

impl Counted {
    /// Most sendings in ten minutes; for a card the limit is configured.
    pub(super) fn most_sent(self) -> i64 {
        match self {
            Self::Invoice(_) => 3,
            Self::Customer(_) => 20,
            Self::Issuer(_) => 600,
            Self::Card(_) => i64::MAX,
        }
    }

    /// Most wrong codes in a Tehran day; for an invoice [`Self::most_in_a_row`] applies instead.
    pub(super) fn most_wrong(self) -> i64 {
        match self {
            Self::Invoice(_) => i64::MAX,
            Self::Customer(_) => 9,
            Self::Issuer(_) => 30,
            Self::Card(_) => 3,
        }
    }

    /// Wrong codes in a row that close the subject for ten minutes.
    pub(super) fn most_in_a_row(self) -> i64 {
        match self {
            Self::Invoice(_) => 3,
            Self::Customer(_) | Self::Issuer(_) | Self::Card(_) => i64::MAX,
        }
    }
}

/// The counts of a subject.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CodeCount {
    /// The subject.
    pub of: Counted,
    /// Sendings since `sent_since_ms`.
    pub sent: i64,
    /// When the window of sendings began, in milliseconds of Unix time.
    pub sent_since_ms: i64,
    /// Wrong codes since the last right one, or the last closing.
    pub in_a_row: i64,
    /// End of the time in which no code is accepted, in milliseconds of Unix time.
    pub closed_until_ms: i64,
    /// The Tehran day that `wrong` counts: `YYYYMMDD`.
    pub day: i64,
    /// Wrong codes on that day.
    pub wrong: i64,
    /// When the row is forgotten, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

table! {
    CodeCount = "code_count",
    key |k: Counted| { kind: counted_code(*k).0, id: counted_code(*k).1 },
    of |r| r.of,
    row |r| {
        kind: counted_code(r.of).0, id: counted_code(r.of).1, sent: r.sent, sent_since_ms: r.sent_since_ms,
        in_a_row: r.in_a_row, closed_until_ms: r.closed_until_ms, day: r.day, wrong: r.wrong, ends_at_ms: r.ends_at_ms,
    },
    make CodeCount {
        of: counted(kind, id), sent, sent_since_ms, in_a_row, closed_until_ms, day, wrong, ends_at_ms,
    }
}

codes! {
    /// The kind of a [`Counted`] in the database.
    enum CountedCode = "code_count" { 1 => Invoice, 2 => Customer, 3 => Issuer, 4 => Card, }
}

fn counted_code(of: Counted) -> (CountedCode, i64) {
    match of {
        Counted::Invoice(invoice) => (CountedCode::Invoice, invoice.0),
        Counted::Customer(party) => (CountedCode::Customer, party.0),
        Counted::Issuer(party) => (CountedCode::Issuer, party.0),
        Counted::Card(card) => (CountedCode::Card, card),
    }
}

fn counted(code: CountedCode, id: i64) -> Counted {
    match code {
        CountedCode::Invoice => Counted::Invoice(InvoiceId(id)),
        CountedCode::Customer => Counted::Customer(PartyId(id)),
        CountedCode::Issuer => Counted::Issuer(PartyId(id)),
        CountedCode::Card => Counted::Card(id),
    }
}
