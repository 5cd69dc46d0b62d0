//! The timeline of a payment: past events, its transfers and entries, and due work.

use axum::response::Response;
use ledger::{AccountId, Transfer, TransferKind};
use payments::{InvoiceJob, Job, JobKind};

use super::view::{Cell, Moment, Part, Tone};
use super::visit::Visit;
use web::Words;

/// Maximum number of transfers on a page.
const TRANSFERS: usize = 200;

/// Due work about an order, an invoice or a payment by another bank's card.
///
/// # Errors
/// The page for a store that cannot be read.
pub async fn jobs(visit: &Visit, subject: i64) -> Result<Vec<Job>, Response> {
    visit.app().engine.reader().jobs_about(subject).await.map_err(|error| visit.unread(error))
}

/// The timeline of an order or invoice: known events, its transfers and due work, ordered by time.
///
/// # Errors
/// The page for a store that cannot be read.
pub async fn part_of(visit: &Visit, subject: i64, known: Vec<Moment>, jobs: &[Job]) -> Result<Part, Response> {
    let (w, lang) = (visit.w(), visit.lang());
    let transfers = visit.app().engine.reader().transfers_of(subject, TRANSFERS).await;
    let transfers = transfers.map_err(|error| visit.unread(error))?;
    let mut moments = known;
    moments.extend(transfers.iter().map(|transfer| moment(visit, transfer)));
    for job in jobs {
        moments.extend(due(visit, job).await?);
    }
    moments.sort_by_key(|moment| moment.at_ms);
    for of_one_instant in moments.chunk_by_mut(|one, next| one.at_ms == next.at_ms) {
        by_row_number(of_one_instant);
    }
    let at = |moment: Moment| (lang.instant(moment.at_ms), moment);
    Ok(Part::Timeline(w.timeline.to_owned(), moments.into_iter().map(at).collect()))
}

/// Puts those events that are rows in the order of their numbers; the others keep their places. A sandbox's clock may stand still, so that one instant
/// has many events; rows are numbered in the order in which they are made.
fn by_row_number(moments: &mut [Moment]) {
    let mut numbered: Vec<(i64, usize)> =
        moments.iter().enumerate().filter_map(|(place, moment)| Some((moment.row_number()?, place))).collect();
    let places: Vec<usize> = numbered.iter().map(|(_, place)| *place).collect();
    numbered.sort_unstable();
    let sorted: Vec<Moment> = numbered.iter().map(|(_, place)| moments[*place].clone()).collect();
    for (place, moment) in places.into_iter().zip(sorted) {
        moments[place] = moment;
    }
}

/// A job about a payment, with the reason of its last failure; `None`: it is not about one payment.
async fn due(visit: &Visit, job: &Job) -> Result<Option<Moment>, Response> {
    let w = visit.w();
    let Some(what) = what(job.kind, w) else { return Ok(None) };
    let failure = match job.tries {
        0 => None,
        _ => visit.app().engine.reader().job_failure(job.id).await.map_err(|error| visit.unread(error))?,
    };
    let cells = failure.map(|failure| Cell::text(&failure.error)).into_iter().collect();
    Ok(Some(match job.dead_at_ms {
        None => Moment { tone: Tone::Hint, cells, ..Moment::plain(job.due_at_ms, what) },
        Some(dead_at_ms) => {
            Moment { tone: Tone::Bad, cells, ..Moment::plain(dead_at_ms, format!("{what}: {}", w.job_dead)) }
        }
    }))
}

/// What a job about a payment does; `None`: it is not about one payment.
fn what(kind: JobKind, w: &Words) -> Option<&'static str> {
    match kind {
        JobKind::SubmitOrder(_) => Some(w.will_be_submitted),
        JobKind::InquireOrder(_) => Some(w.will_be_inquired),
        JobKind::CardAttempt(_) => Some(w.card_network_asked),
        JobKind::Invoice(job, _) => Some(match job {
            InvoiceJob::VerificationTimeOut => w.will_time_out,
            InvoiceJob::FutureDue => w.will_be_paid,
            InvoiceJob::SetOffDue => w.will_set_off,
            InvoiceJob::CloseTimeOut => w.will_close,
        }),
        JobKind::ExpireHold(_)
        | JobKind::CloseCycle(_)
        | JobKind::SettleCycle(_)
        | JobKind::Send(_)
        | JobKind::SettleCardReceivable(_) => None,
    }
}

fn moment(visit: &Visit, transfer: &Transfer) -> Moment {
    let (w, lang) = (visit.w(), visit.lang());
    let (title, tone) = match transfer.kind {
        TransferKind::Posted => (w.posted, Tone::Good),
        TransferKind::Pending => (w.held, Tone::Hint),
        TransferKind::PostPending(_) => (w.captured, Tone::Good),
        TransferKind::VoidPending(_) => (w.freed, Tone::Plain),
        TransferKind::ExpirePending(_) => (w.expired, Tone::Plain),
    };
    let account = |id: AccountId| Cell::link(lang.digits(id.0), format!("/console/accounts/{}", id.0));
    let entry = |seq: i64| Cell::text(format!("{} {}", w.entry, lang.digits(seq)));
    Moment {
        at_ms: transfer.at_ms,
        title: format!("{title} {} {}", lang.rial(transfer.amount), w.rial),
        cells: vec![
            Cell::text(w.from),
            account(transfer.debit),
            entry(transfer.debit_after.entries),
            Cell::text(w.to),
            account(transfer.credit),
            entry(transfer.credit_after.entries),
            Cell::RowNumber(transfer.id.0, format!("#{}", lang.digits(transfer.id.0))),
        ],
        tone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_one_instant_that_are_rows_stand_in_the_order_of_their_numbers() {
        let row = |number: i64, title: &str| Moment {
            cells: vec![Cell::text("of"), Cell::RowNumber(number, format!("#{number}"))],
            ..Moment::plain(7, title)
        };
        let mut moments =
            [row(30, "approve"), Moment::plain(7, "call"), row(10, "posted"), row(20, "propose"), row(29, "back")];
        by_row_number(&mut moments);
        let titles: Vec<&str> = moments.iter().map(|moment| moment.title.as_str()).collect();
        assert_eq!(titles, ["posted", "call", "propose", "back", "approve"]);
    }
}
