//! Counting sent codes and wrong tries of codes.

use crate::view::{Keys, View};
use crate::window::Window;
use crate::wrong_tries::{TryLimit, WrongTries};
use crate::{CodeCount, Counted, InvoiceId, InvoiceRefusal, Now, OtpLimit};

/// The window in which sendings are counted, and how long wrong codes in a row close a subject, in milliseconds: ten minutes.
const WINDOW_MS: i64 = 600_000;
/// How long a count is kept after its last change, in milliseconds: longer than the window and than a day.
const KEPT_MS: i64 = 2 * 86_400_000;

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
        // A sweep removes a row that is over at some later time: until then it counts as gone, too.
        let known = view.code_counts.get(&of).filter(|known| now.at_ms < known.ends_at_ms);
        let known = known.map_or(fresh, |known| **known);
        let known = if known.day == day { known } else { Self { day, wrong: 0, ..known } };
        let window = Window { since_ms: known.sent_since_ms, count: known.sent };
        let Window { since_ms: sent_since_ms, count: sent } = window.renewed(WINDOW_MS, now);
        Self { sent, sent_since_ms, ..known }
    }

    /// Wrong codes in a row, which close the subject for a while.
    fn in_a_row(&self) -> (WrongTries, TryLimit) {
        let tries = WrongTries { count: self.in_a_row, locked_until_ms: self.closed_until_ms };
        (tries, TryLimit::for_ms(self.of.most_in_a_row(), WINDOW_MS))
    }

    /// Wrong codes of the day, which close the subject for the rest of the day.
    fn of_day(&self) -> (WrongTries, TryLimit) {
        (WrongTries::counted(self.wrong), TryLimit::while_counted(self.of.most_wrong()))
    }

    fn is_closed(&self, now: &Now) -> bool {
        [self.in_a_row(), self.of_day()].into_iter().any(|(tries, limit)| tries.is_locked(limit, now))
    }

    fn takes_one_more(&self, now: &Now) -> bool {
        self.sent < self.of.most_sent() && !self.is_closed(now)
    }

    fn and_sent(self) -> Self {
        Self { sent: self.sent + 1, ..self }
    }

    fn keep(self, view: &mut View, now: &Now) {
        let ends_at_ms = now.at_ms.saturating_add(KEPT_MS);
        view.code_counts.put(self.of, Self { ends_at_ms, ..self });
    }

    fn and_wrong(self, now: &Now) -> Self {
        let [in_a_row, of_day] = [self.in_a_row(), self.of_day()].map(|(tries, limit)| tries.and_one(limit, now));
        let WrongTries { count, locked_until_ms } = in_a_row;
        Self { in_a_row: count, closed_until_ms: locked_until_ms, wrong: of_day.count, ..self }
    }
}

/// Counts one sending for each subject.
///
/// # Errors
/// One of the subjects is closed or has no sending left. Nothing is counted then.
pub(crate) fn count_sending(of: &[Counted], view: &mut View, now: &Now) -> Result<(), InvoiceRefusal> {
    let counts: Vec<CodeCount> = of.iter().map(|of| CodeCount::of(view, *of, now)).collect();
    if !counts.iter().all(|count| count.takes_one_more(now)) {
        return Err(InvoiceRefusal::TooManySms);
    }
    for count in counts {
        count.and_sent().keep(view, now);
    }
    Ok(())
}

/// Whether a card of another bank may be sent one more password: `limit` of them in a window of ten minutes, which begins with the first.
pub(crate) fn takes_password(card: Counted, limit: OtpLimit, view: &View, now: &Now) -> bool {
    let count = CodeCount::of(view, card, now);
    count.sent < i64::from(limit.0.get()) && count.takes_one_more(now)
}

/// Counts a password that was sent for a card of another bank.
pub(crate) fn count_password(card: Counted, view: &mut View, now: &Now) {
    CodeCount::of(view, card, now).and_sent().keep(view, now);
}

/// Whether codes are refused without a comparison, because one of the subjects is closed.
pub(crate) fn is_closed(of: &[Counted], view: &View, now: &Now) -> bool {
    of.iter().any(|of| CodeCount::of(view, *of, now).is_closed(now))
}

/// Wrong codes that are left to a subject on this day.
pub(crate) fn left_of_day(of: Counted, view: &View, now: &Now) -> i64 {
    (of.most_wrong() - CodeCount::of(view, of, now).wrong).max(0)
}

/// Counts a wrong code for each subject.
pub(crate) fn count_wrong(of: &[Counted], view: &mut View, now: &Now) {
    for of in of {
        CodeCount::of(view, *of, now).and_wrong(now).keep(view, now);
    }
}

/// Notes a right code: the invoice's count of wrong codes in a row begins again.
pub(crate) fn count_right(invoice: InvoiceId, view: &mut View, now: &Now) {
    let count = CodeCount::of(view, Counted::Invoice(invoice), now);
    if count.in_a_row > 0 {
        CodeCount { in_a_row: 0, ..count }.keep(view, now);
    }
}

/// Names the counts of an invoice's codes.
pub(super) fn counted_keys(invoice: InvoiceId, view: &View, keys: &mut Keys) {
    keys.code_counts.push(Counted::Invoice(invoice));
    if let Some(invoice) = view.invoices.get(&invoice) {
        keys.code_counts.push(Counted::Issuer(invoice.issuer));
        keys.code_counts.extend(invoice.customer.map(Counted::Customer));
    }
}
