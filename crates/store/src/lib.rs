//! The store: the only crate with SQL.
//!
//! Shape: [`open`] a database, get one [`Writer`] (load, then commit, in bulk), a [`Flusher`] that makes commits durable, and a
//! [`Reader`] that can be cloned.
//! Only this crate knows which engine runs: writer, flusher and reader are enums over the engines, which behave alike.
//! Absent: decisions. A row is read as it was written.

mod carry;
mod chain;
mod ending;
mod error;
mod export;
mod find;
mod inspect;
mod invalidation;
mod invoice_report;
mod listing;
mod location;
mod memory;
mod model;
mod movement_report;
mod outcome_report;
mod postgres;
mod purpose;
mod remembered;
mod report;
mod snapshot;
mod sqlite;
mod sweep;
mod table_names;
mod verify;
mod verify_chains;
mod verify_checks;
mod vouchers;
mod wipe;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use ledger::{Account, AccountId, Transfer, TransferId};
use payments::{
    AccessToken, Alert, ApiToken, AuditLine, AuthCode, BankUser, Bill, BillKey, BrowserSession, CallbackAttempts, Card,
    CardAttempt, CardAttemptId, Chain, Client, ClientId, ClockMode, Consent, CreditBook, Cycle, CycleId, DayClose,
    Deposit, DepositKey, Digest, FoldMark, GatewaySession, Grant, GrantId, Handle, Invoice, InvoiceId, Job, JobFailure,
    JobId, Keys, KnownAddress, Message, MessageId, Movement, Operator, OperatorToken, Order, OrderId, OrderKey, Party,
    PartyId, PayCode, PayLink, PayerCard, PhoneOrder, PhoneOrderId, PhoneOrderKey, PosTerminal, Proposal, ProposalId,
    RefreshToken, Released, SavedFilter, Seal, SecondFactor, ShopLogo, ShopLook, SsoConsent, SsoConsentKey, SsoFamily,
    SsoFamilyId, SsoRefresh, Submission, Terminal, Text, TotalKey, TotalRow, TotalSums, View, Voucher, VoucherKey,
};

pub use chain::{Chained, Content, Head, LINK_ROWS, fault as link_fault};
pub use ending::{Ending, EndingKind};
pub use error::{After, Error};
pub use export::{finish_move, migrate, open_moved};
pub use inspect::{Inspection, SCHEMAS, inspect, server_settings};
pub use invalidation::{Invalidation, invalidations};
pub use listing::{
    AUDIT, CARD_ATTEMPTS, COUNTED, Counted, EXAMINED, Filter, INVOICES, JOBS, List, ListQuery, Listing, Named, ORDERS,
    OwnerKind, OwnerValue, PARTIES, PHONE_ORDERS, PROPOSALS, Place, SMS, Sort, WEBHOOKS,
};
pub use location::{COMPACT_AFTER, Location, TIMEOUT};
pub use memory::{Kept, Memory, Tables};
pub use model::{
    AuditPage, By, Claim, Debtor, Entry, EntryPage, History, InCycle, InvoiceFilter, InvoicePage, InvoicePageStart,
    InvoiceSide, Invoices, MessagePage, OrderFilter, OrderPage, Origin, Page, Paged, Proposals, Side, TokenFilter,
    UndecidedTotal,
};
pub use movement_report::{TotalsBy, TotalsQuery};
pub use outcome_report::{AGES_MS, Failure, FailureCount, RefusalName, Undecided, UndecidedCount};
pub use purpose::Purpose;
pub use report::{SEARCHED, TOKENS};
pub use snapshot::Snapshot;
use snapshot::Weighed;
pub use sqlite::AcceptedLoss;
pub use sqlite::backup::{Existing, Stage, Undigested, backup, restore};
pub use sweep::{SweepAt, Swept};
pub use verify::{verify, verify_against};
pub use verify_checks::{Report, Totals};
pub use vouchers::{SealCode, SealedCode};
pub use wipe::Wipe;

/// Opens a store, creates it if it does not exist, and migrates its schema.
///
/// # Errors
/// The directory is in use by another process, cannot be written, or was made by a newer version.
pub fn open(location: &Location) -> Result<(Writer, Flusher, Reader), Error> {
    match location {
        Location::Directory { path, compact_after } => open_directory(path, *compact_after, sqlite::Loss::Refuse),
        Location::Database { url, timeout } => {
            let (writer, reader) = postgres::open(url, *timeout)?;
            Ok((Writer::Postgres(Box::new(writer)), Flusher::Committed, Reader::Postgres(Arc::new(reader))))
        }
        Location::Memory(memory) => {
            let (writer, reader) = memory.open()?;
            Ok((Writer::Memory(writer), Flusher::Committed, Reader::Memory(reader)))
        }
    }
}

/// Refuses a directory whose store has another purpose or is sealed with other keys, before anything in it is changed. A database makes this check
/// when it is opened, which changes nothing in it.
///
/// # Errors
/// The store was made for another purpose, or cannot be opened with these keys.
pub fn admit(location: &Location, purpose: Purpose, keys: &[[u8; 32]], accepts_loss: bool) -> Result<(), Error> {
    let loss = if accepts_loss { sqlite::Loss::Accept } else { sqlite::Loss::Refuse };
    let origin = match location {
        Location::Directory { path, .. } => sqlite::origin(path, loss),
        Location::Database { .. } | Location::Memory(_) => None,
    };
    origin.map_or(Ok(()), |origin| origin.admits(purpose, keys))
}

fn open_directory(path: &Path, compact_after: usize, loss: sqlite::Loss) -> Result<(Writer, Flusher, Reader), Error> {
    let (writer, flusher, reader) = sqlite::open(path, compact_after, loss)?;
    Ok((Writer::Sqlite(Box::new(writer)), Flusher::Sqlite(flusher), Reader::Sqlite(Arc::new(reader))))
}

/// Opens a store like [`open`], but accepts a loss of data: the store continues with what is left. The loss is recorded first
/// ([`Writer::accepted_losses`]). On PostgreSQL this is [`open`].
///
/// # Errors
/// As [`open`]; or what is left is not a store.
pub fn open_accepting_loss(location: &Location) -> Result<(Writer, Flusher, Reader), Error> {
    match location {
        Location::Directory { path, compact_after } => open_directory(path, *compact_after, sqlite::Loss::Accept),
        Location::Database { .. } | Location::Memory(_) => open(location),
    }
}

/// A lock that keeps other processes out of a directory's store.
#[derive(Debug)]
pub struct Held {
    _lock: Option<File>,
}

/// Opens an existing store for reading; changes nothing.
///
/// # Errors
/// There is no store, or it cannot be read.
pub fn open_to_read(location: &Location) -> Result<(Held, Reader), Error> {
    match location {
        Location::Directory { path, .. } => {
            require(location)?;
            let (lock, reader) = sqlite::open_to_read(path)?;
            Ok((Held { _lock: lock }, Reader::Sqlite(Arc::new(reader))))
        }
        Location::Database { url, timeout } => {
            let reader = postgres::open_to_read(url, *timeout, postgres::Readable::Complete)?;
            Ok((Held { _lock: None }, Reader::Postgres(Arc::new(reader))))
        }
        Location::Memory(memory) => Ok((Held { _lock: None }, Reader::Memory(memory.reader()))),
    }
}

/// Checks that there is a store.
///
/// # Errors
/// There is none, or it cannot be read.
pub fn require(location: &Location) -> Result<(), Error> {
    match location {
        Location::Directory { path, .. } if !sqlite::restored::is_store(path) => {
            let source = std::io::Error::new(std::io::ErrorKind::NotFound, "there is no store in it");
            Err(Error::Directory { path: path.clone(), source })
        }
        Location::Directory { .. } | Location::Memory(_) => Ok(()),
        Location::Database { .. } => open_to_read(location).map(|_| ()),
    }
}

/// The only way to write: loads the rows of a batch and commits their changes.
#[derive(Debug)]
pub enum Writer {
    /// An SQLite database.
    Sqlite(Box<sqlite::Writer>),
    /// A PostgreSQL database.
    Postgres(Box<postgres::Writer>),
    /// The memory of the process.
    Memory(memory::Writer),
}

impl Writer {
    /// An empty view with fresh numbers.
    pub fn view(&self) -> View {
        match self {
            Self::Sqlite(writer) => writer.view(),
            Self::Postgres(writer) => writer.view(),
            Self::Memory(writer) => writer.view(),
        }
    }

    /// Loads the rows that `keys` name and the view does not have yet. It begins a transaction, which [`Writer::commit`] ends, even if nothing was
    /// changed.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn load(&mut self, keys: &Keys, view: &mut View) -> Result<(), Error> {
        match self {
            Self::Sqlite(writer) => writer.load(keys, view),
            Self::Postgres(writer) => writer.load(keys, view),
            Self::Memory(writer) => writer.load(keys, view),
        }
    }

    /// Commits the changes of a view, all or none. They are durable when [`Flusher::flush`] returns for this commit, and must not be reported
    /// before. Without changes, the result is the last commit, on which the answer rests.
    ///
    /// # Errors
    /// The database cannot be written. [`Error::after`] says how to go on; after [`After::Reopen`], only what is on the disk is valid.
    pub fn commit(&mut self, view: View) -> Result<Commit, Error> {
        match self {
            Self::Sqlite(writer) => writer.commit(view).map(Commit::Sqlite),
            Self::Postgres(writer) => writer.commit(view).map(|()| Commit::Made),
            Self::Memory(writer) => writer.commit(&view).map(|()| Commit::Made),
        }
    }

    /// A number that grows whenever another process changes rows that this one may cache (rights, the clock), as of the first load of
    /// the batch. `None`: there are no other processes.
    pub fn epoch(&self) -> Option<i64> {
        match self {
            Self::Sqlite(_) | Self::Memory(_) => None,
            Self::Postgres(writer) => Some(writer.epoch()),
        }
    }

    /// The changes that moved the epoch since [`Writer::forget_invalidations`].
    pub fn invalidations(&self) -> &[Invalidation] {
        match self {
            Self::Sqlite(_) | Self::Memory(_) => &[],
            Self::Postgres(writer) => writer.invalidations(),
        }
    }

    /// Forgets the changes, after they were applied.
    pub fn forget_invalidations(&mut self) {
        match self {
            Self::Sqlite(_) | Self::Memory(_) => {}
            Self::Postgres(writer) => writer.forget_invalidations(),
        }
    }

    /// The mode to which the clock was set last; `None`: it was never set.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn clock(&mut self) -> Result<Option<ClockMode>, Error> {
        match self {
            Self::Sqlite(writer) => writer.clock(),
            Self::Postgres(writer) => writer.clock(),
            Self::Memory(writer) => Ok(writer.clock()),
        }
    }

    /// Claims jobs for this process, in the order in which they are due. No other process can claim a job until its lease expires; then its fence
    /// has moved.
    ///
    /// # Errors
    /// As [`Writer::commit`].
    pub fn claim_jobs(&mut self, claim: Claim) -> Result<Vec<Job>, Error> {
        match self {
            Self::Sqlite(writer) => writer.claim_jobs(claim),
            Self::Postgres(writer) => writer.claim_jobs(claim),
            Self::Memory(writer) => Ok(writer.claim_jobs(claim)),
        }
    }

    /// When the next job is due, by the service's clock, in Unix milliseconds; claimed jobs count, too.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn next_due(&mut self) -> Result<Option<i64>, Error> {
        match self {
            Self::Sqlite(writer) => writer.next_due(),
            Self::Postgres(writer) => writer.next_due(),
            Self::Memory(writer) => Ok(writer.next_due()),
        }
    }

    /// Removes rows that have expired, a limited number for each call.
    ///
    /// # Errors
    /// As [`Writer::commit`].
    pub fn sweep(&mut self, at: SweepAt) -> Result<Swept, Error> {
        match self {
            Self::Sqlite(writer) => writer.sweep(at),
            Self::Postgres(writer) => writer.sweep(at),
            Self::Memory(writer) => Ok(writer.sweep(at)),
        }
    }

    /// Adds totals of movements to the stored ones, and moves their mark from `from` to `to`. `false`: the mark is elsewhere, and nothing was added.
    ///
    /// # Errors
    /// As [`Writer::commit`].
    pub fn add_totals(&mut self, from: &FoldMark, to: &FoldMark, rows: &[TotalRow]) -> Result<bool, Error> {
        match self {
            Self::Sqlite(writer) => writer.add_totals(from, to, rows),
            Self::Postgres(writer) => writer.add_totals(from, to, rows),
            Self::Memory(_) => Ok(false),
        }
    }

    /// Whether the banks are closing their day; `None`: it was never set.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn day_close(&mut self) -> Result<Option<DayClose>, Error> {
        match self {
            Self::Sqlite(writer) => writer.day_close(),
            Self::Postgres(writer) => writer.day_close(),
            Self::Memory(writer) => Ok(writer.day_close()),
        }
    }

    /// Checks that the store accepts commits, with one that changes nothing.
    ///
    /// # Errors
    /// Why it does not.
    pub fn probe(&mut self) -> Result<(), Error> {
        match self {
            Self::Sqlite(writer) => writer.probe(),
            Self::Postgres(writer) => {
                let mut view = writer.view();
                writer.load(&Keys::default(), &mut view)?;
                writer.commit(view)
            }
            Self::Memory(_) => Ok(()),
        }
    }

    /// Rolls back the transaction that [`Writer::load`] or [`Writer::wipe`] has begun.
    ///
    /// # Errors
    /// As [`Writer::commit`].
    pub fn abandon(&mut self) -> Result<(), Error> {
        match self {
            Self::Sqlite(writer) => writer.abandon(),
            Self::Postgres(writer) => {
                writer.abandon();
                Ok(())
            }
            Self::Memory(writer) => {
                writer.abandon();
                Ok(())
            }
        }
    }

    /// Removes rows with the next commit: until then readers see them, and loads do not.
    ///
    /// # Errors
    /// As [`Writer::commit`].
    pub fn wipe(&mut self, what: Wipe) -> Result<(), Error> {
        match self {
            Self::Sqlite(writer) => writer.wipe(what),
            Self::Postgres(writer) => writer.wipe(what),
            Self::Memory(writer) => {
                writer.wipe(what);
                Ok(())
            }
        }
    }

    /// All committed rows, as of one moment; `None`: they take more bytes of memory than this.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn snapshot(&mut self, most_bytes: usize) -> Result<Option<Snapshot>, Error> {
        let weighed = Weighed::up_to(most_bytes);
        match self {
            Self::Sqlite(writer) => writer.snapshot(weighed),
            Self::Postgres(writer) => writer.snapshot(weighed),
            Self::Memory(writer) => writer.snapshot(weighed),
        }
    }

    /// Inserts rows with the next commit, after [`Writer::wipe`]. Audit lines replace those with the same numbers. New numbers go on as before.
    ///
    /// # Errors
    /// As [`Writer::commit`].
    pub fn restore(&mut self, tables: &Tables) -> Result<(), Error> {
        match self {
            Self::Sqlite(writer) => writer.restore(tables),
            Self::Postgres(writer) => writer.restore(tables),
            Self::Memory(writer) => {
                writer.restore(tables);
                Ok(())
            }
        }
    }

    /// Writes the origin of a new store; returns the origin that the store has. An existing one must have the same purpose and be opened by one of
    /// these keys.
    ///
    /// # Errors
    /// The store was made for another purpose or with another key.
    pub fn claim(&mut self, fresh: Origin, keys: &[[u8; 32]]) -> Result<Origin, Error> {
        match self {
            Self::Sqlite(writer) => writer.claim(fresh, keys),
            Self::Postgres(writer) => writer.claim(fresh, keys),
            Self::Memory(writer) => writer.claim(fresh, keys),
        }
    }

    /// The origin of the store, if it was ever served.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn origin(&mut self) -> Result<Option<Origin>, Error> {
        match self {
            Self::Sqlite(writer) => writer.origin(),
            Self::Postgres(writer) => writer.origin(),
            Self::Memory(writer) => Ok(writer.origin()),
        }
    }

    /// Replaces the origin of a store; durable when it returns.
    ///
    /// # Errors
    /// As [`Writer::commit`].
    pub fn put_origin(&mut self, origin: &Origin) -> Result<(), Error> {
        match self {
            Self::Sqlite(writer) => writer.put_origin(origin),
            Self::Postgres(writer) => writer.put_origin(origin),
            Self::Memory(writer) => {
                writer.put_origin(origin);
                Ok(())
            }
        }
    }

    /// Seals the codes of vouchers that an earlier version has stored in clear; without such vouchers it is one query. Returns how many it sealed.
    ///
    /// # Errors
    /// As [`Writer::commit`]; or the system provides no random bytes.
    pub fn seal_vouchers(&mut self, seal: SealCode<'_>) -> Result<u64, Error> {
        match self {
            Self::Sqlite(writer) => writer.seal_vouchers(seal),
            Self::Postgres(writer) => writer.seal_vouchers(seal),
            Self::Memory(writer) => writer.seal_vouchers(seal),
        }
    }

    /// Losses that starts have accepted and no operator has dealt with yet: the file `accepted-loss` still exists.
    pub fn accepted_losses(&self) -> &[AcceptedLoss] {
        match self {
            Self::Sqlite(writer) => &writer.accepted,
            Self::Postgres(_) | Self::Memory(_) => &[],
        }
    }

    /// When a flush failed and ended the previous process, in Unix milliseconds.
    pub fn flush_failed_at_ms(&self) -> Option<i64> {
        match self {
            Self::Sqlite(writer) => writer.flush_failed_at_ms,
            Self::Postgres(_) | Self::Memory(_) => None,
        }
    }

    /// The last instant at which money was moved or an order was written, in Unix milliseconds; zero for never.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn last_instant(&mut self) -> Result<i64, Error> {
        match self {
            Self::Sqlite(writer) => writer.last_instant(),
            Self::Postgres(writer) => writer.last_instant(),
            Self::Memory(writer) => Ok(writer.last_instant()),
        }
    }

    /// Records that rows from now on may be up to `by_ms` before the last instant: statements extend their search by that much.
    ///
    /// # Errors
    /// As [`Writer::commit`].
    pub fn note_step_back(&mut self, last_ms: i64, by_ms: i64) -> Result<(), Error> {
        match self {
            Self::Sqlite(writer) => writer.note_step_back(last_ms, by_ms),
            Self::Postgres(writer) => writer.note_step_back(last_ms, by_ms),
            Self::Memory(writer) => {
                writer.note_step_back(last_ms, by_ms);
                Ok(())
            }
        }
    }

    /// Whether nothing depends on the time yet: there is no order and no invoice, and the clock was not set.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn is_fresh(&mut self) -> Result<bool, Error> {
        match self {
            Self::Sqlite(writer) => writer.is_fresh(),
            Self::Postgres(writer) => writer.is_fresh(),
            Self::Memory(writer) => Ok(writer.is_fresh()),
        }
    }

    /// Whether the store is empty: it has neither a client nor an account.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn is_empty(&mut self) -> Result<bool, Error> {
        match self {
            Self::Sqlite(writer) => writer.is_empty(),
            Self::Postgres(writer) => writer.is_empty(),
            Self::Memory(writer) => Ok(writer.is_empty()),
        }
    }
}

/// A commit that may not be durable yet.
#[derive(Clone, Copy, Debug)]
pub enum Commit {
    /// A commit of an SQLite database.
    Sqlite(sqlite::Ticket),
    /// A commit of another engine, which is durable already.
    Made,
}

/// Makes commits durable; clones serve the same store.
#[derive(Clone, Debug)]
pub enum Flusher {
    /// An SQLite database.
    Sqlite(sqlite::Flusher),
    /// Another engine, whose commits are durable when they return.
    Committed,
}

impl Flusher {
    /// Returns when a commit and all before it are on the disk.
    ///
    /// # Errors
    /// The disk failed; its state is unknown until the store is opened again.
    pub fn flush(&self, commit: Commit) -> Result<(), Error> {
        match (self, commit) {
            (Self::Sqlite(flusher), Commit::Sqlite(ticket)) => flusher.flush(ticket),
            (Self::Committed, _) | (_, Commit::Made) => Ok(()),
        }
    }
}

/// Reads durable rows, without the writer. Each call sees everything that was committed before it.
#[derive(Clone, Debug)]
pub enum Reader {
    /// An SQLite database.
    Sqlite(Arc<sqlite::Reader>),
    /// A PostgreSQL database.
    Postgres(Arc<postgres::Reader>),
    /// The memory of the process.
    Memory(memory::Reader),
}

impl Reader {
    /// The free disk space for the store, in bytes; `None`: this process cannot see it.
    pub fn free_bytes(&self) -> Option<u64> {
        match self {
            Self::Sqlite(reader) => reader.free_bytes(),
            Self::Postgres(_) | Self::Memory(_) => None,
        }
    }

    /// Whether the store keeps totals of movements. One that does not is small, and adds them up whenever they are asked for.
    pub fn keeps_totals(&self) -> bool {
        match self {
            Self::Sqlite(_) | Self::Postgres(_) => true,
            Self::Memory(_) => false,
        }
    }

    /// A number that grows whenever another process changes rows that this one may cache (rights, the clock). It is read from the database.
    /// `None`: there are no other processes.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn epoch(&self) -> Result<Option<i64>, Error> {
        match self {
            Self::Sqlite(_) | Self::Memory(_) => Ok(None),
            Self::Postgres(reader) => reader.epoch().await.map(Some),
        }
    }

    /// The changes that moved the epoch from `after` to `up_to`.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn invalidations(&self, after: i64, up_to: i64) -> Result<Vec<Invalidation>, Error> {
        match self {
            Self::Sqlite(_) | Self::Memory(_) => Ok(Vec::new()),
            Self::Postgres(reader) => reader.invalidations(after, up_to).await,
        }
    }
}

/// Reads of lists, which are generic.
impl Reader {
    /// A page of a list.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn listing<T: Kept + Send + 'static>(
        &self,
        list: &'static List<T>,
        query: ListQuery<T>,
    ) -> Result<Listing<T>, Error> {
        match self {
            Self::Sqlite(reader) => sqlite::Reader::run(reader, move |reads| reads.listing(list, &query)).await,
            Self::Postgres(reader) => reader.listing(list, &query).await,
            Self::Memory(reader) => reader.listing(list, &query),
        }
    }

    /// The totals of a filter.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn counted<T: Kept + Send + 'static>(
        &self,
        list: &'static List<T>,
        filter: Filter<T>,
    ) -> Result<Counted, Error> {
        match self {
            Self::Sqlite(reader) => sqlite::Reader::run(reader, move |reads| reads.counted(list, &filter)).await,
            Self::Postgres(reader) => reader.counted(list, &filter).await,
            Self::Memory(reader) => reader.counted(list, &filter),
        }
    }
}

/// Declares the reads once for all engines: name, arguments, result.
macro_rules! reads {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl Reader {
            $($(#[$doc])*
            ///
            /// # Errors
            /// The database cannot be read.
            pub async fn $name(&self, $($arg: $type),*) -> Result<$answer, Error> {
                match self {
                    Self::Sqlite(reader) => sqlite::Reader::run(reader, move |reads| reads.$name($($arg),*)).await,
                    Self::Postgres(reader) => reader.$name($($arg),*).await,
                    Self::Memory(reader) => reader.$name($($arg),*),
                }
            })*
        }
    };
}

reads! {
    /// Checks that the database answers.
    ping() -> ();
    /// A client by name.
    client(id: ClientId) -> Option<Client>;
    /// All clients, by name.
    clients() -> Vec<Client>;
    /// An access token and its grant.
    access_token(hash: Digest) -> Option<(AccessToken, Grant)>;
    /// A refresh token and its grant.
    refresh_token(hash: Digest) -> Option<(RefreshToken, Grant)>;
    /// An order by client and trackId.
    order(key: OrderKey) -> Option<Order>;
    /// A bank user by national id.
    bank_user(nid: String) -> Option<BankUser>;
    /// Bank users by national id, after one.
    bank_users(after: String, limit: usize) -> Vec<BankUser>;
    /// A request for consent by the keyed hash of its id.
    consent(id: Digest) -> Option<Consent>;
    /// An authorization code by its keyed hash.
    auth_code(hash: Digest) -> Option<AuthCode>;
    /// A grant by its number.
    grant(id: GrantId) -> Option<Grant>;
    /// An order by its number.
    order_numbered(id: OrderId) -> Option<Order>;
    /// A client's orders, newest first, each with the user of its grant; and their number on all pages.
    orders(client: ClientId, page: OrderPage) -> Paged<(Order, String)>;
    /// An account's paya orders whose cycles are settled, newest first, each with its cycle; and their number on all pages.
    payas(source: AccountId, page: OrderPage) -> Paged<(Order, Option<Cycle>)>;
    /// A client's live tokens, newest first: at most [`TOKENS`], and one more if there are more.
    tokens(client: ClientId, filter: TokenFilter) -> Vec<(AccessToken, Grant)>;
    /// A card by the keyed hash of its number, with its account.
    card(number: Digest) -> Option<(Card, Account)>;
    /// Cards in the order of their account numbers.
    cards(page: Page) -> Vec<(Card, Account)>;
    /// A bank's part in a cycle.
    cycle(id: CycleId) -> Option<Cycle>;
    /// The banks' parts in cycles before this instant and number, those that settle last first; at the same instant, greater numbers first.
    cycles(before: (i64, CycleId), limit: usize) -> Vec<Cycle>;
    /// The source accounts of a cycle after one, by number.
    debtors(cycle: CycleId, which: InCycle, after: AccountId, limit: usize) -> Vec<Debtor>;
    /// The orders of a cycle after one, by source account and number.
    cycle_orders(cycle: CycleId, which: InCycle, after: (AccountId, OrderId), limit: usize) -> Vec<Order>;
    /// A deposit by bank and digits, with its account.
    deposit(key: DepositKey) -> Option<(Deposit, Account)>;
    /// A deposit by its number in the ledger.
    deposit_of(account: AccountId) -> Option<Deposit>;
    /// The deposits of a holder, by bank and number.
    deposits_of_owner(owner: String) -> Vec<(Deposit, Account)>;
    /// The accounts for which a client holds a code grant of this user that is valid at an instant.
    granted_deposits(client: ClientId, user: String, at_ms: i64) -> Vec<AccountId>;
    /// Deposits in the order of their account numbers.
    deposits(page: Page) -> Vec<(Deposit, Account)>;
    /// An account.
    account(id: AccountId) -> Option<Account>;
    /// Accounts in the order of their numbers.
    accounts(page: Page) -> Vec<Account>;
    /// An account and its entries, newest first, both as of one moment.
    entries(account: AccountId, page: EntryPage) -> Option<History>;
    /// A transfer.
    transfer(id: TransferId) -> Option<Transfer>;
    /// A telephone gateway by its id.
    terminal(sequence: Text) -> Option<Terminal>;
    /// A terminal of a shop by its number.
    pos_terminal(number: Text) -> Option<PosTerminal>;
    /// Telephone gateways by their ids, after one.
    terminals(after: Text, limit: usize) -> Vec<Terminal>;
    /// A payer's card by the keyed hash of its number, with its account.
    payer_card(number: Digest) -> Option<(PayerCard, Account)>;
    /// Payers' cards in the order of their account numbers.
    payer_cards(page: Page) -> Vec<(PayerCard, Account)>;
    /// Orders that are paid by telephone, in the order of their numbers.
    phone_orders(page: Page) -> Vec<PhoneOrder>;
    /// Telephone orders with numbers below the page's, newest first.
    phone_order_page(page: Page) -> Vec<PhoneOrder>;
    /// A telephone order by its number.
    phone_order_numbered(id: PhoneOrderId) -> Option<PhoneOrder>;
    /// A telephone order of a terminal.
    phone_order(key: PhoneOrderKey) -> Option<PhoneOrder>;
    /// Messages, newest first.
    messages(page: MessagePage) -> Vec<Message>;
    /// A message.
    message(id: MessageId) -> Option<Message>;
    /// The attempts of those of these messages that have any, in any order.
    callback_attempts(of: Vec<MessageId>) -> Vec<CallbackAttempts>;
    /// A user or business.
    party(id: PartyId) -> Option<Party>;
    /// The look of a shop.
    shop_look(business: PartyId) -> Option<ShopLook>;
    /// The logo of a shop.
    shop_logo(business: PartyId) -> Option<ShopLogo>;
    /// The owner of a handle.
    handle(name: Text) -> Option<Handle>;
    /// Users and businesses in the order of their numbers.
    parties(page: Page) -> Vec<Party>;
    /// A party's token by its keyed hash, with the party that it names.
    api_token(hash: Digest) -> Option<(ApiToken, Party)>;
    /// A party's own tokens, those of log-ins left out, newest first; a hundred at most.
    api_tokens_of(party: PartyId) -> Vec<ApiToken>;
    /// The credit that others have granted to a party.
    credit_book(holder: PartyId) -> Option<CreditBook>;
    /// An invoice by its number.
    invoice(id: InvoiceId) -> Option<Invoice>;
    /// An invoice by its unique number, which links carry.
    unique_invoice(unique: u64) -> Option<Invoice>;
    /// Invoices whose card payment has this number, of the card's network (RRN) or of the gateway, by their own numbers; a hundred at most.
    invoices_by_card_payment(number: Text) -> Vec<Invoice>;
    /// A page of a party's invoices, and sums over all pages.
    invoices(page: InvoicePage) -> Invoices;
    /// The invoice that has a business's own number.
    bill(key: BillKey) -> Option<Bill>;
    /// The payment code of an invoice.
    pay_code(invoice: InvoiceId) -> Option<PayCode>;
    /// Payment codes that were sent to a mobile number, newest first.
    pay_codes(mobile: Text) -> Vec<PayCode>;
    /// A payment link by its keyed hash.
    pay_link(hash: Digest) -> Option<PayLink>;
    /// Invoices of all businesses with numbers below the page's, newest first.
    invoice_page(page: Page) -> Vec<Invoice>;
    /// A session on the gateway's pages by its keyed hash.
    gateway_session(hash: Digest) -> Option<GatewaySession>;
    /// A voucher.
    voucher(key: VoucherKey) -> Option<Voucher>;
    /// Vouchers of an issuer after one of them, by hash.
    vouchers(after: VoucherKey, rows: usize) -> Vec<Voucher>;
    /// Vouchers of all issuers after one, by issuer and hash.
    all_vouchers(after: VoucherKey, rows: usize) -> Vec<Voucher>;
    /// A browser's session by its keyed hash.
    browser_session(hash: Digest) -> Option<BrowserSession>;
    /// An address from which an operator has logged in, by its keyed hash.
    known_address(hash: Digest) -> Option<KnownAddress>;
    /// A user's consent for a client.
    sso_consent(key: SsoConsentKey) -> Option<SsoConsent>;
    /// A user's consents, by client; a thousand at most.
    sso_consents_of(party: PartyId) -> Vec<SsoConsent>;
    /// A refresh token of a user for a client, by its keyed hash.
    sso_refresh(hash: Digest) -> Option<SsoRefresh>;
    /// A family of tokens.
    sso_family(id: SsoFamilyId) -> Option<SsoFamily>;
    /// Users and businesses with a mobile number, in the order of their numbers, a hundred at most.
    parties_of_mobile(mobile: Text) -> Vec<Party>;
    /// An operator by name.
    operator(name: Text) -> Option<Operator>;
    /// All operators, by name.
    operators() -> Vec<Operator>;
    /// The second factor of an operator.
    second_factor(name: Text) -> Option<SecondFactor>;
    /// All second factors, by operator.
    second_factors() -> Vec<SecondFactor>;
    /// A token of the operator API by its keyed hash.
    operator_token(hash: Digest) -> Option<OperatorToken>;
    /// All tokens of the operator API, by name.
    operator_tokens() -> Vec<OperatorToken>;
    /// The filters that an operator has saved, by list and name; a hundred at most.
    saved_filters(operator: Text) -> Vec<SavedFilter>;
    /// Telephone orders of all terminals with a merchant's id, folded; newest first, a hundred at most.
    phone_orders_named(order: Text) -> Vec<PhoneOrder>;
    /// Invoices of the first [`SEARCHED`] businesses with a bill number, in the form of [`BillKey`]; newest first, a hundred at most.
    invoices_billed(number: Text) -> Vec<Invoice>;
    /// Users and businesses whose names begin with a text, by name; a hundred at most.
    parties_named(prefix: Text) -> Vec<Party>;
    /// Audit entries with numbers below the page's, newest first.
    audit_lines(page: Page) -> Vec<AuditLine>;
    /// Audit entries by author, action, subject and time, newest first.
    audit_search(page: AuditPage) -> Vec<AuditLine>;
    /// The last alert of each kind.
    alerts() -> Vec<Alert>;
    /// The last link of a hash chain.
    last_seal(chain: Chain) -> Option<Seal>;
    /// Links of a hash chain after a place, in order.
    seals(chain: Chain, after: i64, rows: usize) -> Vec<Seal>;
    /// How many rows of a chain's table have greater numbers than this; at most 100,000 are counted.
    unsealed(chain: Chain, after: i64) -> i64;
    /// The content of a chain's rows with numbers above `after` and below `below`, the first `rows` of them.
    chain_content(chain: Chain, after: i64, below: i64, rows: usize) -> Content;
    /// The number below which no row will be added any more, as far up as possible: processes take new numbers for it.
    seal_horizon() -> i64;
    /// The same without any effect on processes: with several of them, about what the last call of [`Reader::seal_horizon`] has found.
    complete_below() -> i64;
    /// The payments without a known outcome that were begun before an instant, in Unix milliseconds.
    undecided_before(at_ms: i64) -> UndecidedTotal;
    /// Messages about an order or invoice, oldest first; a hundred at most.
    messages_about(subject: i64) -> Vec<Message>;
    /// Payments of an invoice by cards of other banks, oldest first; a hundred at most.
    card_attempts_of(invoice: InvoiceId) -> Vec<CardAttempt>;
    /// A proposal.
    proposal(id: ProposalId) -> Option<Proposal>;
    /// Proposals with numbers below `page.after`, newest first.
    proposals(which: Proposals, page: Page) -> Vec<Proposal>;
    /// The record of releases from suspense of the money that a transfer had put there.
    released(transfer: TransferId) -> Option<Released>;
    /// The transfers of an order or invoice, in their order.
    transfers_of(cause: i64, rows: usize) -> Vec<Transfer>;
    /// Jobs that are not retried any more, by number, after one.
    dead_jobs(page: Page) -> Vec<Job>;
    /// Why a job failed.
    job_failure(id: JobId) -> Option<JobFailure>;
    /// The submission of an order to a network.
    submission(order: OrderId) -> Option<Submission>;
    /// A payment by a card of another bank.
    card_attempt(id: CardAttemptId) -> Option<CardAttempt>;
    /// The jobs of an order or invoice, the next one first; a hundred at most.
    jobs_about(subject: i64) -> Vec<Job>;
    /// Orders of all clients with numbers below the page's, newest first.
    all_orders(filter: OrderFilter, page: Page) -> Vec<Order>;
    /// Cards whose first six and last four digits are these, each with its account, a hundred at most.
    cards_shown_as(mask: Text) -> Vec<(Card, Account)>;
    /// Payers' cards whose first six and last four digits are these, each with its account, a hundred at most.
    payers_shown_as(mask: Text) -> Vec<(PayerCard, Account)>;
    /// Payers' cards whose holder has this mobile number, each with its account, a hundred at most.
    payers_of_mobile(mobile: Text) -> Vec<(PayerCard, Account)>;
    /// Whether the banks are closing their day; `None`: it was never set.
    day_close() -> Option<DayClose>;
    /// The mode to which the clock was set last; `None`: it was never set.
    clock() -> Option<ClockMode>;
    /// When the next job is due, by the service's clock, in Unix milliseconds.
    next_due() -> Option<i64>;
    /// The jobs that are due next.
    due_jobs(limit: usize) -> Vec<Job>;
    /// What ends next after an instant of the service's clock, in Unix milliseconds.
    endings(after_ms: i64, limit: usize) -> Vec<Ending>;
    /// The mark up to which totals of movements are stored.
    fold_mark() -> FoldMark;
    /// Stored totals of movements, and the mark up to which they go, both as of one moment.
    totals(query: TotalsQuery) -> (FoldMark, Vec<(TotalKey, TotalSums)>);
    /// The transfers that moved money after one, in the order of their numbers, each with what caused it.
    movements(after: TransferId, limit: usize) -> Vec<Movement>;
    /// How many transfers have greater numbers than one; at most `most` are counted.
    transfers_after(after: TransferId, most: usize) -> usize;
    /// The last transfer that was booked before an instant, in Unix milliseconds; number 0 for none. Every later one that a row has caused is at the
    /// instant or after it; after a step of the clock, transfers before it may be, too.
    last_transfer_before(at_ms: i64) -> TransferId;
    /// Accounts after one, in the order of their numbers, with their balances after a transfer.
    accounts_at(after: AccountId, last: TransferId, limit: usize) -> Vec<Account>;
    /// The terminal of a merchant's account.
    terminal_of(account: AccountId) -> Option<Terminal>;
    /// How many payments that began in a range of Unix milliseconds are not done, by reason.
    failures(from_ms: i64, to_ms: i64) -> Vec<FailureCount>;
    /// How many payments are undecided, by state and by age at an instant, in Unix milliseconds.
    undecided(now_ms: i64) -> Vec<UndecidedCount>;
}
