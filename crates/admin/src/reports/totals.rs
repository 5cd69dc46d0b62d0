//! Totals of movements: those that are stored, and behind them those of the movements since.
//!
//! Limits: a report adds up [`MOST`] transfers itself at most. More are behind the mark only while the totals of a ledger are made, after a migration
//! for example; until then there is no report. Of the reports that add up more than [`ROWS`], [`CATCH_UPS`] do it at once, so that reads of payments
//! do not wait for them; others wait for [`WAIT`].

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::{HeaderValue, header};
use axum::response::Response;
use ledger::TransferId;
use payments::{FoldMark, MovementTotals, TotalKey, TotalSums};
use store::{Reader, TotalsQuery};
use tokio::sync::Semaphore;

use crate::App;
use crate::reply::{Problem, unread};

/// Movements that are read at a time: some milliseconds.
const ROWS: usize = 4_000;
/// Transfers that a report adds up itself at most: some seconds.
const MOST: usize = 400_000;
/// Reports that add up many movements at once: half of the processors of a small machine, and far less than the store's readers.
static CATCH_UPS: Semaphore = Semaphore::const_new(2);
/// How long a report waits for others that add up many movements.
const WAIT: Duration = Duration::from_secs(5);
/// After how many seconds a report may be there that was not.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("15");

/// Why there are no totals.
#[derive(Debug)]
pub enum NoTotals {
    /// The stored totals are still made: too much is behind their mark.
    Behind {
        /// How much of the ledger they count.
        percent: i64,
    },
    /// Other reports add up many movements.
    Busy,
    /// The store cannot be read.
    Store(store::Error),
}

impl From<store::Error> for NoTotals {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl NoTotals {
    fn message(percent: i64) -> String {
        format!("the totals of reports are still made: they count {percent}% of the ledger. Try again in some minutes")
    }

    /// The reply of the operators' API.
    pub fn response(self) -> Response {
        let problem = match self {
            Self::Behind { percent } => Problem::later("TOTALS_BEHIND", Self::message(percent)),
            Self::Busy => Problem::later("BUSY", "other reports are being made; try again"),
            Self::Store(error) => return unread(error),
        };
        let mut response = problem.response();
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        response
    }

    /// The same as an error of the store, for a file that has begun.
    pub(super) fn into_error(self) -> store::Error {
        match self {
            Self::Behind { percent } => store::Error::Unavailable(Self::message(percent)),
            Self::Busy => store::Error::Unavailable("other reports are being made".to_owned()),
            Self::Store(error) => error,
        }
    }
}

/// Reads totals. The movements that no stored total has are read once for all queries of a report.
#[derive(Debug, Default)]
pub struct Totals {
    since: Option<(FoldMark, Vec<(TotalKey, TotalSums)>)>,
}

impl Totals {
    /// Reads the movements that no stored total has.
    ///
    /// # Errors
    /// See [`NoTotals`].
    pub(super) async fn caught_up(app: &App) -> Result<Self, NoTotals> {
        let reader = app.engine.reader();
        let mark = reader.fold_mark().await?;
        Ok(Self { since: Some((mark, since(reader, mark).await?)) })
    }

    /// The totals of a query, by their groups.
    ///
    /// # Errors
    /// See [`NoTotals`].
    pub async fn of(&mut self, app: &App, query: TotalsQuery) -> Result<BTreeMap<TotalKey, TotalSums>, NoTotals> {
        let reader = app.engine.reader();
        let (mark, stored) = reader.totals(query).await?;
        let mut all: BTreeMap<TotalKey, TotalSums> = BTreeMap::new();
        for (group, sums) in stored {
            all.entry(group).or_default().add(sums);
        }
        // More totals may have been stored since the last query.
        let since = match self.since.take() {
            Some((of, since)) if of == mark => since,
            Some(_) | None => since(reader, mark).await?,
        };
        for (key, sums) in &since {
            if let Some(group) = query.group(key) {
                all.entry(group).or_default().add(*sums);
            }
        }
        self.since = Some((mark, since));
        Ok(all)
    }
}

/// The totals of the movements after a mark.
async fn since(reader: &Reader, mark: FoldMark) -> Result<Vec<(TotalKey, TotalSums)>, NoTotals> {
    let mut totals = MovementTotals::after(mark);
    if add(reader, &mut totals).await? == ROWS {
        // A semaphore that nothing closes.
        let turn = tokio::time::timeout(WAIT, CATCH_UPS.acquire()).await;
        let _turn = turn.ok().and_then(Result::ok).ok_or(NoTotals::Busy)?;
        is_near(reader, totals.mark(), MOST).await?;
        while add(reader, &mut totals).await? == ROWS {}
    }
    Ok(totals.half_hours().map(|(key, sums)| (*key, *sums)).collect())
}

/// Adds the next movements; returns how many these are.
async fn add(reader: &Reader, totals: &mut MovementTotals) -> Result<usize, store::Error> {
    let found = reader.movements(TransferId(totals.mark().up_to), ROWS).await?;
    found.iter().for_each(|movement| totals.add(movement));
    Ok(found.len())
}

/// Checks that no more than this many transfers are behind a mark. A store that keeps no totals is small.
async fn is_near(reader: &Reader, mark: FoldMark, most: usize) -> Result<(), NoTotals> {
    let FoldMark { up_to, .. } = mark;
    if !reader.keeps_totals() || reader.transfers_after(TransferId(up_to), most).await? < most {
        return Ok(());
    }
    let TransferId(last) = reader.last_transfer_before(i64::MAX).await?;
    Err(NoTotals::Behind { percent: percent(up_to, last) })
}

/// How much of the numbers up to the last one is counted, in hundredths.
fn percent(up_to: i64, last: i64) -> i64 {
    up_to.saturating_mul(100).checked_div(last).unwrap_or_default().clamp(0, 99)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use std::path::Path;

    use axum::http::StatusCode;
    use ledger::{Account, AccountId, AccountKind, Rial, Step};
    use payments::Keys;
    use store::{COMPACT_AFTER, Location, Writer};

    use super::*;

    #[test]
    fn what_is_not_there_yet_is_refused_with_how_far_it_is() {
        for (up_to, last, found) in
            [(0, 0, 0), (0, 9, 0), (1, 3, 33), (2_999, 3_000, 99), (9, 9, 99), (i64::MAX, 5, 99)]
        {
            assert_eq!(percent(up_to, last), found, "{up_to} of {last}");
        }
        let response = NoTotals::Behind { percent: 41 }.response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "15");
        let problem: &Problem = response.extensions().get().unwrap();
        assert!(problem.message().contains("count 41% of the ledger"), "{}", problem.message());
        assert_eq!(NoTotals::Busy.response().status(), StatusCode::SERVICE_UNAVAILABLE);
    }

    /// A store with four transfers; returns the number of the first one, too.
    fn four_transfers(directory: &Path) -> (Writer, Reader, i64) {
        let location = Location::Directory { path: directory.to_owned(), compact_after: COMPACT_AFTER };
        let (mut writer, flusher, reader) = store::open(&location).unwrap();
        let mut view = writer.view();
        writer.load(&Keys::default(), &mut view).unwrap();
        let (debit, credit) = (AccountId(1), AccountId(2));
        view.books.open_account(Account::open(debit, AccountKind::Nostro));
        view.books.open_account(Account::open(credit, AccountKind::Deposit));
        let (first, ids) = (view.ids.peek(), &mut view.ids);
        let steps = [Step::Post { debit, credit, amount: Rial::new(5) }; 4];
        view.books.apply(&steps, 0, 0, || TransferId(ids.take())).unwrap();
        flusher.flush(writer.commit(view).unwrap()).unwrap();
        (writer, reader, first)
    }

    #[tokio::test]
    async fn a_report_adds_up_no_more_than_a_limit() {
        let directory = tempfile::tempdir().unwrap();
        let (_writer, reader, first) = four_transfers(directory.path());
        for (up_to, most, near) in
            [(0, 5, true), (0, 4, false), (first, 4, true), (first, 3, false), (first + 3, 1, true)]
        {
            let found = is_near(&reader, FoldMark { up_to, ..FoldMark::default() }, most).await;
            assert_eq!(found.is_ok(), near, "{most} after {up_to}: {found:?}");
        }
        let sums: Vec<_> = since(&reader, FoldMark::default()).await.unwrap();
        let [(_, sums)] = sums[..] else { panic!("{sums:?}") };
        assert_eq!(sums, TotalSums { count: 4, amount: 20 });
    }
}
