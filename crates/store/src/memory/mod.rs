//! A store in the memory of the process, for tests and simulations, which may run one engine after another on it.
//!
//! Shape: a [`Memory`] is a store; opening it again finds what was committed. It has one writer at a time.
//! A commit is durable, and visible to reads, at once. Other processes cannot use it.
//! Absent: indexes. A look-up by other columns than the key scans its table.

mod kept;
mod listing;
mod reads;
mod reports;
mod rows;
mod sweep;
mod tables;
mod vouchers;

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use payments::{ClockMode, DayClose, Job, Keys, View};

use crate::Error;
use crate::model::{Claim, Origin};
use crate::snapshot::{Snapshot, Weighed, weigh};
use crate::sweep::{SweepAt, Swept};
use crate::vouchers::SealCode;
use crate::wipe::Wipe;

pub use kept::Kept;
pub use tables::Tables;

/// A store in memory; see the module. Clones share the store.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    tables: Tables,
    origin: Option<Origin>,
    /// The last instant before the clock was set back, in Unix milliseconds.
    last_ms: i64,
    /// How far an account's entries may be out of the order of time, in milliseconds.
    disorder_ms: i64,
    is_written: bool,
}

impl Memory {
    /// Changes rows without the store, for tests.
    pub fn change<T>(&self, change: impl FnOnce(&mut Tables) -> T) -> T {
        change(&mut self.0.lock().tables)
    }

    pub(crate) fn open(&self) -> Result<(Writer, Reader), Error> {
        if std::mem::replace(&mut self.0.lock().is_written, true) {
            return Err(Error::InUse(PathBuf::from(":memory:")));
        }
        Ok((Writer { store: self.clone(), wiping: None, restored: None }, self.reader()))
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader(self.clone())
    }
}

/// Loads a batch's rows and commits their changes.
#[derive(Debug)]
pub struct Writer {
    store: Memory,
    /// The rows that the next commit removes.
    wiping: Option<Wipe>,
    /// The rows that it inserts besides its view's.
    restored: Option<Box<Tables>>,
}

impl Writer {
    pub(crate) fn view(&self) -> View {
        self.store.0.lock().tables.view()
    }

    pub(crate) fn load(&self, keys: &Keys, view: &mut View) -> Result<(), Error> {
        match (self.wiping, &self.restored) {
            (None, _) => self.store.0.lock().tables.load(keys, view),
            (Some(_), Some(restored)) => restored.load(keys, view),
            (Some(_), None) => Tables::default().load(keys, view),
        }
    }

    pub(crate) fn commit(&mut self, view: &View) -> Result<(), Error> {
        let mut state = self.store.0.lock();
        let Some(wiping) = self.wiping else { return state.tables.commit(view) };
        let next_id = state.tables.next_id;
        let mut anew = Tables { next_id, ..self.restored.as_deref().cloned().unwrap_or_default() };
        if wiping == Wipe::AllButAudit {
            for (id, line) in &state.tables.audit_lines {
                anew.audit_lines.entry(*id).or_insert_with(|| Arc::clone(line));
            }
        }
        anew.commit(view)?;
        *state = State { tables: anew, origin: state.origin.take(), is_written: true, ..State::default() };
        drop(state);
        self.abandon();
        Ok(())
    }

    pub(crate) fn abandon(&mut self) {
        (self.wiping, self.restored) = (None, None);
    }

    pub(crate) fn wipe(&mut self, what: Wipe) {
        (self.wiping, self.restored) = (Some(what), None);
    }

    pub(crate) fn snapshot(&self, mut weighed: Weighed) -> Result<Option<Snapshot>, Error> {
        let tables = self.store.0.lock().tables.clone();
        weigh(&tables, &mut weighed)?;
        Ok(weighed.fits().then(|| weighed.snapshot(tables)))
    }

    pub(crate) fn restore(&mut self, tables: &Tables) {
        self.restored = Some(Box::new(tables.clone()));
    }

    pub(crate) fn clock(&self) -> Option<ClockMode> {
        self.store.0.lock().tables.clock.get(&()).map(|mode| **mode)
    }

    pub(crate) fn day_close(&self) -> Option<DayClose> {
        self.store.0.lock().tables.day_closes.get(&()).map(|row| **row)
    }

    pub(crate) fn claim_jobs(&self, claim: Claim) -> Vec<Job> {
        let jobs = &mut self.store.0.lock().tables.jobs;
        let is_due = |job: &&Job| job.due_at_ms <= claim.due_by_ms && job.leased_until_ms <= claim.now_ms;
        let mut due: Vec<Job> = jobs.values().map(|job| &**job).filter(is_due).copied().collect();
        due.sort_unstable_by_key(|job| (job.due_at_ms, job.id));
        due.truncate(claim.limit);
        for job in &mut due {
            *job = Job { leased_until_ms: claim.until_ms, fence: job.fence + 1, ..*job };
            jobs.insert(job.id, Arc::new(*job));
        }
        due
    }

    pub(crate) fn next_due(&self) -> Option<i64> {
        self.store.0.lock().tables.next_due()
    }

    pub(crate) fn sweep(&self, at: SweepAt) -> Swept {
        sweep::sweep(&mut self.store.0.lock().tables, at)
    }

    pub(crate) fn claim(&self, fresh: Origin, keys: &[[u8; 32]]) -> Result<Origin, Error> {
        let mut state = self.store.0.lock();
        match &state.origin {
            None => Ok(state.origin.insert(fresh).clone()),
            Some(made) => made.admits(fresh.purpose, keys).map(|()| made.clone()),
        }
    }

    pub(crate) fn origin(&self) -> Option<Origin> {
        self.store.0.lock().origin.clone()
    }

    pub(crate) fn put_origin(&self, origin: &Origin) {
        self.store.0.lock().origin = Some(origin.clone());
    }

    pub(crate) fn seal_vouchers(&self, seal: SealCode<'_>) -> Result<u64, Error> {
        vouchers::seal(&mut self.store.0.lock().tables, seal)
    }

    pub(crate) fn last_instant(&self) -> i64 {
        let state = self.store.0.lock();
        let moved = state.tables.transfers.values().next_back().map_or(0, |transfer| transfer.at_ms);
        let written = state.tables.orders.values().max_by_key(|order| order.id).map_or(0, |order| order.at_ms);
        state.last_ms.max(moved).max(written)
    }

    pub(crate) fn note_step_back(&self, last_ms: i64, by_ms: i64) {
        let mut state = self.store.0.lock();
        state.last_ms = state.last_ms.max(last_ms);
        state.disorder_ms = state.disorder_ms.max(by_ms);
    }

    pub(crate) fn is_fresh(&self) -> bool {
        let Tables { clock, orders, phone_orders, invoices, .. } = &self.store.0.lock().tables;
        clock.is_empty() && orders.is_empty() && phone_orders.is_empty() && invoices.is_empty()
    }

    pub(crate) fn is_empty(&self) -> bool {
        let Tables { clients, accounts, .. } = &self.store.0.lock().tables;
        clients.is_empty() && accounts.is_empty()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.store.0.lock().is_written = false;
    }
}

/// Reads committed rows.
#[derive(Clone, Debug)]
pub struct Reader(Memory);
