//! Verification of a store by replaying the whole ledger.
//!
//! Every transfer is applied again to accounts that start empty. Each balance stored with a transfer, each account and each entry's look-up must
//! come out as stored; the sums that the transfers of each order have taken from its source and hold there must agree with its state; the balances of
//! the accounts of invoices must agree with the invoices. Every action that the clock has to take, and every undecided card payment at a network, must have its job, and such a payment all that it holds; every status that an operator
//! has set must agree with the audit; the next number must be unused.
//! Each link of the hash chains must be what its rows and the link before it make of it ([`crate::verify_chains`]).
//! An embedded database is also compared page by page with its checksums, and runs its own integrity check.
//!
//! Transfers are replayed in the order of the entries of each account: a transfer waits until both its accounts have reached the entry before its
//! own. Numbers of transfers are nearly in that order, so few wait. A transfer that still waits at the end has no predecessor.

use std::collections::{HashMap, HashSet};

use crate::chain::Head;
use crate::verify_checks::{Checks, Report};
use crate::{Error, Reader};

/// Replays the store behind `reader` and compares. `progress` gets the number of transfers replayed and of all transfers.
///
/// # Errors
/// The database cannot be read.
pub fn verify(reader: &Reader, progress: &mut dyn FnMut(u64, u64)) -> Result<Report, Error> {
    verify_against(reader, Vec::new(), progress)
}

/// The same, and compares the hash chains with heads that were exported earlier.
///
/// # Errors
/// As [`verify`].
pub fn verify_against(reader: &Reader, heads: Vec<Head>, progress: &mut dyn FnMut(u64, u64)) -> Result<Report, Error> {
    let mut checks = Checks {
        report: Report::default(),
        heads,
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
        undecided: HashMap::new(),
        holds: HashMap::new(),
        statuses: Vec::new(),
        payer_cards: HashMap::new(),
        highest: 0,
        progress,
    };
    match reader {
        Reader::Sqlite(reader) => {
            let damage = reader.damage();
            checks.report.differences = damage.count();
            checks.report.listed = damage.lines();
            if let Some(foreign) = reader.foreign() {
                checks.differs(|| foreign.clone());
            }
            checks.report.notes = reader.notes().to_vec();
            checks.report.accepted = reader.accepted().to_vec();
            let read = reader.read(|reads| reads.check_rows(&mut checks));
            match read {
                // Damaged pages or changed rows are the cause, and are already listed.
                Err(error) if checks.report.differences > 0 => {
                    checks.differs(|| format!("not everything can be read: {error}"))
                }
                read => read?,
            }
        }
        Reader::Postgres(reader) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
            match runtime.block_on(reader.check_rows(&mut checks)) {
                Err(error) if checks.report.differences > 0 => {
                    checks.differs(|| format!("not everything can be read: {error}"));
                }
                read => read?,
            }
        }
        Reader::Memory(reader) => reader.check_rows(&mut checks),
    }
    Ok(checks.finish())
}
