//! Totals of movements: those that are stored, and behind them those of the movements since.

use std::collections::BTreeMap;

use ledger::TransferId;
use payments::{FoldMark, MovementTotals, TotalKey, TotalSums};
use store::TotalsQuery;

use crate::App;

/// Movements that are read at a time: some milliseconds.
const ROWS: usize = 4_000;

/// Reads totals. The movements that no stored total has are read once for all queries of a report.
#[derive(Debug, Default)]
pub struct Totals {
    since: Option<(FoldMark, Vec<(TotalKey, TotalSums)>)>,
}

impl Totals {
    /// The totals of a query, by their groups.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn of(&mut self, app: &App, query: TotalsQuery) -> Result<BTreeMap<TotalKey, TotalSums>, store::Error> {
        let (mark, stored) = app.engine.reader().totals(query).await?;
        let mut all: BTreeMap<TotalKey, TotalSums> = BTreeMap::new();
        for (group, sums) in stored {
            all.entry(group).or_default().add(sums);
        }
        // More totals may have been stored since the last query.
        let since = match self.since.take() {
            Some((of, since)) if of == mark => since,
            Some(_) | None => since(app, mark).await?,
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
async fn since(app: &App, mark: FoldMark) -> Result<Vec<(TotalKey, TotalSums)>, store::Error> {
    let mut totals = MovementTotals::after(mark);
    loop {
        let found = app.engine.reader().movements(TransferId(totals.mark().up_to), ROWS).await?;
        found.iter().for_each(|movement| totals.add(movement));
        if found.len() < ROWS {
            return Ok(totals.half_hours().map(|(key, sums)| (*key, *sums)).collect());
        }
    }
}
