//! How often codes that pay were sent, and wrong ones came back: for each invoice, each customer and each issuer, over all sendings.
//!
//! A code has six digits. What keeps it from being guessed is that tries are counted on rows that no new code, invoice or caller begins
//! anew (second-edition 4.1).

use super::{InvoiceId, NotInvoiced, PartyId};
use crate::view::View;
use crate::{Now, OtpLimit};
use schema::{codes, table};

/// The window of sendings, and how long an invoice's code is closed, in milliseconds: ten minutes.
const WINDOW_MS: i64 = 600_000;
/// How long a count is kept after its last change, in milliseconds: longer than any window, and than a day.
const KEPT_MS: i64 = 2 * 86_400_000;

/// Whose codes are counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Counted {
    /// An invoice's.
    Invoice(InvoiceId),
    /// Those that a customer was sent.
    Customer(PartyId),
    /// Those that an issuer has sent, and has confirmed by calls.
    Issuer(PartyId),
    /// The passwords of a card of another bank, by its hash: what a hosted card counts on its own row.
    Card(i64),
}

impl Counted {
    /// Sendings in ten minutes at most; a card's are set.
    fn most_sent(self) -> i64 {
        match self {
            Self::Invoice(_) => 3,
            Self::Customer(_) => 20,
            Self::Issuer(_) => 600,
            Self::Card(_) => i64::MAX,
        }
    }

    /// Wrong codes in a Tehran day at most; an invoice has a limit of its own.
    fn most_wrong(self) -> i64 {
        match self {
            Self::Invoice(_) => i64::MAX,
            Self::Customer(_) => 9,
            Self::Issuer(_) => 30,
            Self::Card(_) => 3,
        }
    }

    /// Wrong codes in a row that close it for ten minutes.
    fn most_in_a_row(self) -> i64 {
        match self {
            Self::Invoice(_) => 3,
            Self::Customer(_) | Self::Issuer(_) | Self::Card(_) => i64::MAX,
        }
    }
}

/// A count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CodeCount {
    /// Whose.
    pub of: Counted,
    /// Sendings since `sent_since_ms`.
    pub sent: i64,
    /// When the window of sendings began, in milliseconds of Unix time.
    pub sent_since_ms: i64,
    /// Wrong codes since the last right one, or the last closing.
    pub in_a_row: i64,
    /// Until when no code is looked at, in milliseconds of Unix time.
    pub closed_until_ms: i64,
    /// The Tehran day of `wrong`: `YYYYMMDD`.
    pub day: i64,
    /// Wrong codes of that day.
    pub wrong: i64,
    /// When it is forgotten, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

impl CodeCount {
    fn of(view: &View, of: Counted, now: &Now) -> Self {
        let day = now.date.long();
        let fresh = Self {
            of,
            sent: 0,
            sent_since_ms: now.at_ms,
            in_a_row: 0,
            closed_until_ms: 0,
            day,
            wrong: 0,
            ends_at_ms: now.at_ms,
        };
        let known = view.code_counts.get(&of).map_or(fresh, |known| **known);
        let known = if known.day == day { known } else { Self { day, wrong: 0, ..known } };
        if now.at_ms.saturating_sub(known.sent_since_ms) < WINDOW_MS {
            known
        } else {
            Self { sent: 0, sent_since_ms: now.at_ms, ..known }
        }
    }

    fn is_closed(&self, now: &Now) -> bool {
        now.at_ms < self.closed_until_ms || self.wrong >= self.of.most_wrong()
    }

    fn keep(self, view: &mut View, now: &Now) {
        let ends_at_ms = now.at_ms.saturating_add(KEPT_MS);
        view.code_counts.put(self.of, Self { ends_at_ms, ..self });
    }

    fn and_wrong(self, now: &Now) -> Self {
        let (in_a_row, wrong) = (self.in_a_row + 1, self.wrong + 1);
        if in_a_row < self.of.most_in_a_row() {
            Self { in_a_row, wrong, ..self }
        } else {
            Self { in_a_row: 0, wrong, closed_until_ms: now.at_ms.saturating_add(WINDOW_MS), ..self }
        }
    }
}

/// Counts a sending for all of them.
///
/// # Errors
/// One of them has sent enough, or is closed. Nothing is counted then.
pub(super) fn count_sending(of: &[Counted], view: &mut View, now: &Now) -> Result<(), NotInvoiced> {
    let counts: Vec<CodeCount> = of.iter().map(|of| CodeCount::of(view, *of, now)).collect();
    if counts.iter().any(|count| count.sent >= count.of.most_sent() || count.is_closed(now)) {
        return Err(NotInvoiced::TooManySms);
    }
    for count in counts {
        CodeCount { sent: count.sent + 1, ..count }.keep(view, now);
    }
    Ok(())
}

/// Counts a password that a card of another bank is sent: so many in a window of ten minutes, which begins with its first.
///
/// # Errors
/// It was sent enough, or is closed. Nothing is counted then.
pub(super) fn count_password(card: Counted, limit: OtpLimit, view: &mut View, now: &Now) -> Result<(), NotInvoiced> {
    if CodeCount::of(view, card, now).sent >= i64::from(limit.0.get()) {
        return Err(NotInvoiced::TooManySms);
    }
    count_sending(&[card], view, now)
}

/// Whether no code is looked at for one of them.
pub(super) fn is_closed(of: &[Counted], view: &View, now: &Now) -> bool {
    of.iter().any(|of| CodeCount::of(view, *of, now).is_closed(now))
}

/// Counts a wrong code for all of them.
pub(super) fn count_wrong(of: &[Counted], view: &mut View, now: &Now) {
    for of in of {
        CodeCount::of(view, *of, now).and_wrong(now).keep(view, now);
    }
}

/// A right code: the invoice's wrong ones are no longer in a row.
pub(super) fn count_right(invoice: InvoiceId, view: &mut View, now: &Now) {
    let count = CodeCount::of(view, Counted::Invoice(invoice), now);
    if count.in_a_row > 0 {
        CodeCount { in_a_row: 0, ..count }.keep(view, now);
    }
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
    /// What codes are counted of.
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
