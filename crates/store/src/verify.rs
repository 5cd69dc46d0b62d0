//! Replaying the whole ledger.
//!
//! Every transfer is applied again to accounts that start empty; each balance written beside a transfer, each account,
//! each entry's place must come out as stored; and what the transfers of each order have taken from its source and hold there
//! must be what its state says. What waits on the accounts of invoices must be what the invoices say, all together.
//! What the clock has to do must have its job; what an operator has set must be as the audit says; no number may be given again.
//! An embedded database is compared page by page with the sums beside it, and checks itself.
//!
//! The order is that of the entries on each account: a transfer waits until both its accounts have come to the entry before its own.
//! Numbers of transfers are nearly in that order, so few wait; what waits at the end is missing its forerunner.

use std::collections::{HashMap, HashSet};

use crate::audit::{Audit, Report};
use crate::{Error, Reader};

/// Replays the store behind `reader` and compares. `progress` is told how many of how many transfers are done.
///
/// # Errors
/// The database cannot be read.
pub fn verify(reader: &Reader, progress: &mut dyn FnMut(u64, u64)) -> Result<Report, Error> {
    let mut audit = Audit {
        report: Report::default(),
        expected: 0,
        stored: HashMap::new(),
        books: ledger::Books::default(),
        waiting: HashMap::new(),
        owed: HashMap::new(),
        settled: HashSet::new(),
        invoices: HashSet::new(),
        waits: HashMap::new(),
        jobs: HashSet::new(),
        unanswered: HashSet::new(),
        gates: HashMap::new(),
        payer_cards: HashMap::new(),
        highest: 0,
        progress,
    };
    match reader {
        Reader::Sqlite(reader) => {
            let damage = reader.damage();
            audit.report.differences = damage.count();
            audit.report.listed = damage.lines();
            if let Some(foreign) = reader.foreign() {
                audit.differs(|| foreign.clone());
            }
            audit.report.notes = reader.notes().to_vec();
            audit.report.accepted = reader.accepted().to_vec();
            let read = reader.read(|reads| reads.audit(&mut audit));
            match read {
                // Damaged pages are the reason, and are named.
                Err(error) if damage.count() > 0 => audit.differs(|| format!("not everything can be read: {error}")),
                read => read?,
            }
        }
        Reader::Postgres(reader) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
            runtime.block_on(reader.audit(&mut audit))?;
        }
        Reader::Memory(reader) => reader.audit(&mut audit),
    }
    Ok(audit.finish())
}
