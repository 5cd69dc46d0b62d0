//! Committed rows whose look-ups are not compacted yet.
//!
//! A commit writes only transfers and orders, in the order of their numbers. Three things follow from those rows and would
//! each dirty a random page per row if they were written at once: the look-up of an order by its trackId, the look-up of transfers by an account's
//! entries, and the balances of accounts. They stay in memory, and are compacted in slices within later commits: when
//! enough orders or transfers have accumulated, their rows are sorted and frozen, and each commit writes the next slice, so
//! that neighbours share pages. After the last slice, `settled.up_to` moves up.
//! After a crash the rows above `settled.up_to` are read again ([`recover`]); compacting a row twice changes nothing.
//!
//! Readers look here first and then into the tables: a row leaves this memory only after the commit that compacted it.

use std::collections::VecDeque;
use std::hash::Hasher;

use foldhash::HashMap;
use ledger::{Account, AccountId, Balances, Transfer, TransferId};
use payments::{Order, OrderId, OrderKey};
use rusqlite::{Connection, params};
use siphasher::sip::SipHasher13;

use super::value::{each, number, upsert_all};
use crate::Error;
use crate::error::expect;
use schema::Table;

/// How many accounts are kept in memory at most; clean ones are dropped first.
const ACCOUNTS: usize = 1_000_000;

/// Committed rows in memory, shared with the readers.
#[derive(Debug, Default)]
pub(super) struct Tail {
    hash_key: [u8; 16],
    /// How many orders or transfers accumulate before they are compacted.
    compact_after: usize,
    tracks: HashMap<i64, OrderId>,
    /// Orders whose trackId has a hash that another order has, too. With 64 bits that is not expected; if it happens, nothing is lost.
    collided: Vec<(i64, OrderId)>,
    entries: HashMap<AccountId, VecDeque<(i64, TransferId)>>,
    accounts: HashMap<AccountId, Account>,
    growing: Batch,
    frozen: Option<Frozen>,
}

/// Rows that accumulate until they are frozen.
#[derive(Debug, Default)]
struct Batch {
    up_to: i64,
    transfers: usize,
    tracks: Vec<(i64, OrderId)>,
    entries: Vec<(AccountId, i64, TransferId)>,
}

/// Sorted rows that are being compacted, and how far that is.
#[derive(Debug)]
struct Frozen {
    up_to: i64,
    tracks: Vec<(i64, OrderId)>,
    entries: Vec<(AccountId, i64, TransferId)>,
    accounts: Vec<AccountId>,
    done: Progress,
}

#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    tracks: usize,
    entries: usize,
    accounts: usize,
}

/// A slice that was written; its rows are compacted once its commit has succeeded.
#[derive(Debug)]
pub(super) struct Slice {
    to: Progress,
    last: bool,
}

impl Tail {
    /// The hash under which an order is looked up. It is keyed, so that callers cannot choose colliding trackIds.
    pub(super) fn hash(&self, key: &OrderKey) -> i64 {
        let mut hasher = SipHasher13::new_with_key(&self.hash_key);
        hasher.write(key.client.0.as_bytes());
        hasher.write_u8(0);
        hasher.write(key.track_id.as_bytes());
        hasher.finish().cast_signed()
    }

    /// Orders whose trackId has this hash.
    pub(super) fn orders(&self, hash: i64) -> Vec<OrderId> {
        let mut found: Vec<OrderId> = self.tracks.get(&hash).copied().into_iter().collect();
        found.extend(self.collided.iter().filter(|(known, _)| *known == hash).map(|(_, id)| *id));
        found
    }

    /// An account in its present state, if it is in memory.
    pub(super) fn account(&self, id: AccountId) -> Option<Account> {
        self.accounts.get(&id).copied()
    }

    /// Keeps an account that was read.
    pub(super) fn keep_account(&mut self, account: Account) {
        self.accounts.entry(account.id).or_insert(account);
    }

    /// The transfer of an entry, if the entry is in memory.
    pub(super) fn entry(&self, account: AccountId, seq: i64) -> Option<TransferId> {
        let entries = self.entries.get(&account)?;
        let at = usize::try_from(seq.checked_sub(entries.front()?.0)?).ok()?;
        entries.get(at).map(|(_, transfer)| *transfer)
    }

    /// How many orders or transfers accumulate before they are compacted.
    pub(super) fn compact_after(&self) -> usize {
        self.compact_after
    }

    /// Adds a committed order.
    pub(super) fn add_order(&mut self, order: &Order) {
        let hash = self.hash(&order.key);
        match self.tracks.get(&hash) {
            Some(known) if *known != order.id => self.collided.push((hash, order.id)),
            _ => {
                self.tracks.insert(hash, order.id);
            }
        }
        self.growing.tracks.push((hash, order.id));
        self.growing.up_to = self.growing.up_to.max(order.id.0);
    }

    /// Adds a committed transfer; its accounts must be in memory.
    pub(super) fn add_transfer(&mut self, transfer: &Transfer) {
        self.growing.transfers += 1;
        self.growing.up_to = self.growing.up_to.max(transfer.id.0);
        for (account, after) in [(transfer.debit, transfer.debit_after), (transfer.credit, transfer.credit_after)] {
            self.add_entry(account, after, transfer.id);
        }
    }

    fn add_entry(&mut self, account: AccountId, after: Balances, transfer: TransferId) {
        if let Some(known) = self.accounts.get_mut(&account) {
            known.balances = after;
        }
        self.entries.entry(account).or_default().push_back((after.entries, transfer));
        self.growing.entries.push((account, after.entries, transfer));
    }

    /// Adds an account that was opened or whose status was changed; its row is written already.
    pub(super) fn add_account(&mut self, account: Account) {
        self.accounts.insert(account.id, account);
    }

    /// Freezes the accumulated rows when they are enough and the last frozen ones are compacted.
    pub(super) fn freeze_when_full(&mut self) {
        let full = self.growing.tracks.len().max(self.growing.transfers) >= self.compact_after;
        if self.frozen.is_some() || !full {
            return;
        }
        let Batch { up_to, mut tracks, mut entries, .. } = std::mem::take(&mut self.growing);
        tracks.sort_unstable();
        entries.sort_unstable();
        let mut accounts: Vec<AccountId> = entries.iter().map(|(account, ..)| *account).collect();
        accounts.dedup();
        self.frozen = Some(Frozen { up_to, tracks, entries, accounts, done: Progress::default() });
        self.make_room();
    }

    /// Writes the next rows of the frozen batch, `rows` orders and twice as many entries and accounts. Nothing changes here before [`Tail::compact`].
    pub(super) fn write_slice(&self, connection: &Connection, rows: usize) -> Result<Option<Slice>, Error> {
        let Some(frozen) = &self.frozen else { return Ok(None) };
        let upper = |done: usize, len: usize, rows: usize| len.min(done + rows);
        let to = Progress {
            tracks: upper(frozen.done.tracks, frozen.tracks.len(), rows),
            entries: upper(frozen.done.entries, frozen.entries.len(), rows * 2),
            accounts: upper(frozen.done.accounts, frozen.accounts.len(), rows * 2),
        };
        let mut track = connection.prepare_cached("INSERT OR IGNORE INTO order_track (hash, id) VALUES (?, ?)")?;
        for (hash, id) in &frozen.tracks[frozen.done.tracks..to.tracks] {
            track.execute(params![hash, id.0])?;
        }
        let mut entry =
            connection.prepare_cached("INSERT OR IGNORE INTO entry (account, seq, transfer) VALUES (?, ?, ?)")?;
        for (account, seq, transfer) in &frozen.entries[frozen.done.entries..to.entries] {
            entry.execute(params![account.0, seq, transfer.0])?;
        }
        let mut accounts = Vec::with_capacity(to.accounts - frozen.done.accounts);
        for id in &frozen.accounts[frozen.done.accounts..to.accounts] {
            accounts.push(expect(self.account(*id), "account", "a dirty account is not in memory")?);
        }
        upsert_all(connection, accounts.iter())?;
        let last = to.tracks == frozen.tracks.len()
            && to.entries == frozen.entries.len()
            && to.accounts == frozen.accounts.len();
        if last {
            connection.prepare_cached("UPDATE settled SET up_to = ?")?.execute(params![frozen.up_to])?;
        }
        Ok(Some(Slice { to, last }))
    }

    /// Drops the rows that a committed slice has compacted.
    pub(super) fn compact(&mut self, slice: Slice) {
        let Some(mut frozen) = self.frozen.take() else { return };
        for (hash, id) in &frozen.tracks[frozen.done.tracks..slice.to.tracks] {
            if self.tracks.get(hash) == Some(id) {
                self.tracks.remove(hash);
            }
            if !self.collided.is_empty() {
                self.collided.retain(|known| known != &(*hash, *id));
            }
        }
        for (account, seq, _) in &frozen.entries[frozen.done.entries..slice.to.entries] {
            if let Some(entries) = self.entries.get_mut(account) {
                while entries.front().is_some_and(|(first, _)| first <= seq) {
                    entries.pop_front();
                }
                if entries.is_empty() {
                    self.entries.remove(account);
                }
            }
        }
        frozen.done = slice.to;
        self.frozen = (!slice.last).then_some(frozen);
    }

    /// Drops clean accounts when there are too many.
    fn make_room(&mut self) {
        if self.accounts.len() <= ACCOUNTS {
            return;
        }
        // It is called right after freezing, so no rows have accumulated since.
        let frozen = self.frozen.as_ref().map_or(&[][..], |frozen| &frozen.accounts[..]);
        self.accounts.retain(|id, _| frozen.binary_search(id).is_ok());
    }
}

/// Reads back the rows that are committed but not compacted, and the next unused number.
pub(super) fn recover(connection: &Connection, compact_after: usize) -> Result<(Tail, i64), Error> {
    let (up_to, hash_key): (i64, [u8; 16]) =
        connection.query_row("SELECT up_to, hash_key FROM settled", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut tail = Tail { hash_key, compact_after, ..Tail::default() };
    let orders = format!("SELECT {} FROM transfer_order WHERE id > ? ORDER BY id", Order::COLUMNS);
    each(connection, &orders, [up_to], |order: Order| {
        tail.add_order(&order);
        Ok(())
    })?;
    let transfers = format!("SELECT {} FROM transfer WHERE id > ? ORDER BY id", Transfer::COLUMNS);
    each(connection, &transfers, [up_to], |transfer: Transfer| {
        for id in [transfer.debit, transfer.credit] {
            if tail.account(id).is_none() {
                let account = super::value::select(connection, &id)?;
                tail.keep_account(expect(account, "account", "a transfer names an account that is not there")?);
            }
        }
        tail.add_transfer(&transfer);
        Ok(())
    })?;
    Ok((tail, next_id(connection)?))
}

/// The next number that was never given.
pub(super) fn next_id(connection: &Connection) -> Result<i64, Error> {
    let next = number(connection, "SELECT next FROM id_block WHERE id = 1", [])?;
    expect(next, "id_block", "the counter of numbers is missing")
}
