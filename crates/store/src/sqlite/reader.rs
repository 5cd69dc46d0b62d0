//! The readers: threads with a connection each. A read has its own snapshot, and looks into the [`Tail`] before the tables.
//! It is answered when everything that it may have seen is on the disk; no thread waits for that.
//! Limits: [`WAITING`] reads in the queue, [`TIMEOUT`] for one. While the log has to start over, new reads wait until those in progress have ended.

use std::collections::HashMap;
use std::collections::hash_map::Entry as MapEntry;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

use ledger::{Account, AccountId, Pending, Transfer, TransferId};
use parking_lot::{Mutex, RwLock};
use payments::{
    AccessToken, Alert, ApiToken, AuditLine, AuthCode, BankUser, Bill, BillKey, BrowserSession, CallbackAttempts, Card,
    CardAttempt, CardAttemptId, CardReceivable, Chain, Client, ClientId, ClockMode, Consent, CreditBook, Cycle,
    CycleId, DayClose, Deposit, DepositKey, Digest, GatewaySession, Grant, GrantId, Handle, Invoice, InvoiceId, Job,
    JobFailure, JobId, KnownAddress, Message, MessageId, Operator, OperatorToken, Order, OrderId, OrderKey, Party,
    PartyId, PayCode, PayLink, PayerCard, PhoneOrder, PhoneOrderId, PhoneOrderKey, PosTerminal, Proposal, ProposalId,
    RefreshToken, Released, SavedFilter, Seal, SecondFactor, ShopLogo, ShopLook, SsoConsent, SsoConsentKey, SsoFamily,
    SsoFamilyId, SsoRefresh, Submission, Terminal, Text, Voucher, VoucherKey,
};
use rusqlite::{Connection, ToSql, params, params_from_iter};
use tokio::sync::oneshot;
use tracing::warn;

use super::accepted::AcceptedLoss;
use super::flush::Progress;
use super::queries::{NEXT_DUE, find_order};
use super::read_gate::{ReadGate, TIMEOUT};
use super::sums::Damage;
use super::tail::Tail;
use super::value::{Fetcher, collect, each, number, select};
use crate::Error;
use crate::carry::{Counters, Gather, Sink};
use crate::chain::{self, Content, Contents};
use crate::ending::{Ending, endings};
use crate::error::{corrupt, expect};
use crate::invoice_report::{self, Listing};
use crate::model::{
    AuditPage, Debtor, Entry, EntryPage, History, InCycle, InvoicePage, Invoices, MessagePage, OrderFilter, OrderPage,
    Origin, Page, Paged, Proposals, TokenFilter, UndecidedTotal,
};
use crate::report::LookUp;
use crate::table_names::{SHORT_LIVED, tables};
use crate::verify_chains::Walk;
use crate::{find, report};
use schema::{Cell, Coded as _, Table};

/// How many reads can wait for a thread; further ones fail with [`Error::Unavailable`].
const WAITING: usize = 1_024;
/// How many steps SQLite's virtual machine makes between two checks of the time-out.
const STEPS: std::ffi::c_int = 10_000;

type Work = Box<dyn FnOnce(&Connection) + Send>;

/// The pool of readers; see the module.
#[derive(Debug)]
pub struct Reader {
    /// The queue of reads for the threads.
    work: SyncSender<Work>,
    /// A connection for reads on the caller's thread, which have no time-out.
    spare: Mutex<Connection>,
    tail: Arc<RwLock<Tail>>,
    progress: Arc<Progress>,
    read_gate: Arc<ReadGate>,
    directory: PathBuf,
    /// The damage that was found when the store was opened.
    pub(super) damage: Damage,
    /// Losses that were accepted and not dealt with.
    pub(super) accepted: Vec<AcceptedLoss>,
    /// Notes for the report of a verification.
    pub(super) notes: Vec<String>,
    /// The error text, if another program has written to the database.
    pub(super) foreign: Option<String>,
}

/// One read in progress, with its connection.
pub(crate) struct Reads<'a> {
    pub(super) connection: &'a Connection,
    pub(super) tail: &'a RwLock<Tail>,
}

impl Reader {
    /// Starts the threads. `connections`: one for each thread, and one for reads on the caller's thread.
    pub(super) fn new(
        directory: &Path,
        (connections, spare): (Vec<Connection>, Connection),
        tail: Arc<RwLock<Tail>>,
        progress: Arc<Progress>,
        read_gate: Arc<ReadGate>,
    ) -> Result<Self, Error> {
        let (work, waiting) = sync_channel::<Work>(WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        for connection in connections {
            let (waiting, read_gate) = (Arc::clone(&waiting), Arc::clone(&read_gate));
            let thread = std::thread::Builder::new()
                .name("reader".into())
                .spawn(move || serve(connection, &waiting, &read_gate));
            thread.map_err(Error::Thread)?;
        }
        Ok(Self {
            work,
            spare: Mutex::new(spare),
            tail,
            progress,
            read_gate,
            directory: directory.to_owned(),
            damage: Damage::default(),
            accepted: Vec::new(),
            notes: Vec::new(),
            foreign: None,
        })
    }

    /// The damage that was found when the store was opened.
    pub(crate) fn damage(&self) -> &Damage {
        &self.damage
    }

    /// Losses that were accepted and not dealt with.
    pub(crate) fn accepted(&self) -> &[AcceptedLoss] {
        &self.accepted
    }

    /// Notes for the report of a verification.
    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The error text, if another program has written to the database.
    pub(crate) fn foreign(&self) -> Option<&String> {
        self.foreign.as_ref()
    }

    /// The directory of the store.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The free space of the directory's file system for this process, in bytes; `None`: it is unknown.
    pub(crate) fn free_bytes(&self) -> Option<u64> {
        let system = rustix::fs::statvfs(&self.directory).ok()?;
        system.f_bavail.checked_mul(system.f_frsize)
    }

    /// Runs a read on one of the threads, and waits for the flush of everything that it may have seen.
    pub(crate) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(Reads<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        let (tail, progress) = (Arc::clone(&self.tail), Arc::clone(&self.progress));
        let work: Work = Box::new(move |connection| {
            let found = read(Reads { connection, tail: &tail });
            // The caller may have gone away.
            drop(reply.send((found, progress.seen())));
        });
        self.work.try_send(work).map_err(|_| Error::Unavailable("too many reads wait".to_owned()))?;
        // A read that panicked sends no reply.
        let (found, seen) = answer.await.map_err(|_| Error::ReaderStopped)?;
        self.progress.durable(seen).await?;
        found
    }

    /// Runs a read on this thread, without a time-out.
    pub(crate) fn read<T>(&self, read: impl FnOnce(Reads<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let connection = self.spare.lock();
        let entered = self.read_gate.enter();
        let answer = read(Reads { connection: &connection, tail: &self.tail });
        drop(entered);
        self.progress.wait_for(self.progress.seen())?;
        answer
    }
}

/// Executes reads from the queue until the reader is dropped.
fn serve(mut connection: Connection, waiting: &Mutex<Receiver<Work>>, read_gate: &ReadGate) {
    loop {
        // The lock is held while waiting for work: the other threads wait for the lock instead.
        let Ok(work) = waiting.lock().recv() else { return };
        let entered = read_gate.enter();
        let deadline = Instant::now() + TIMEOUT;
        connection.progress_handler(STEPS, Some(move || Instant::now() >= deadline)).unwrap_or_else(|error| {
            warn!(%error, "a read has no limit of time");
        });
        // A panic fails only its own read; the panic hook has logged it.
        if catch_unwind(AssertUnwindSafe(|| work(&connection))).is_err() {
            warn!("a read panicked");
        }
        drop(entered);
    }
}

#[cfg(test)]
impl Reads<'_> {
    /// Holds a snapshot for some time.
    pub(super) fn hold(&self, time: std::time::Duration) -> Result<(), Error> {
        let until = Instant::now() + time;
        let mut statement = self.connection.prepare("SELECT name FROM sqlite_schema")?;
        let mut rows = statement.query([])?;
        rows.next()?;
        while Instant::now() < until {
            std::thread::yield_now();
        }
        Ok(())
    }

    pub(super) fn count_without_end(&self) -> Result<(), Error> {
        let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
        number(self.connection, sql, []).map(|_| ())
    }
}

impl Reads<'_> {
    pub(crate) fn ping(&self) -> Result<(), Error> {
        number(self.connection, "SELECT up_to FROM settled", []).map(|_| ())
    }

    pub(crate) fn origin(&self) -> Result<Option<Origin>, Error> {
        select(self.connection, &())
    }

    pub(crate) fn client(&self, id: ClientId) -> Result<Option<Client>, Error> {
        select(self.connection, &id)
    }

    pub(crate) fn clients(&self) -> Result<Vec<Client>, Error> {
        collect(self.connection, &format!("SELECT {} FROM client ORDER BY id", Client::COLUMNS), [])
    }

    pub(crate) fn access_token(&self, hash: Digest) -> Result<Option<(AccessToken, Grant)>, Error> {
        let Some(token) = select::<AccessToken>(self.connection, &hash)? else { return Ok(None) };
        let grant = select(self.connection, &token.grant)?;
        Ok(Some((token, expect(grant, "access_token", "its grant is not there")?)))
    }

    pub(crate) fn refresh_token(&self, hash: Digest) -> Result<Option<(RefreshToken, Grant)>, Error> {
        let Some(token) = select::<RefreshToken>(self.connection, &hash)? else { return Ok(None) };
        let grant = select(self.connection, &token.grant)?;
        Ok(Some((token, expect(grant, "refresh_token", "its grant is not there")?)))
    }

    pub(crate) fn order(&self, key: OrderKey) -> Result<Option<Order>, Error> {
        find_order(self.connection, self.tail, &key)
    }

    pub(crate) fn bank_user(&self, nid: String) -> Result<Option<BankUser>, Error> {
        select(self.connection, &nid)
    }

    pub(crate) fn consent(&self, id: Digest) -> Result<Option<Consent>, Error> {
        select(self.connection, &id)
    }

    pub(crate) fn auth_code(&self, hash: Digest) -> Result<Option<AuthCode>, Error> {
        select(self.connection, &hash)
    }

    pub(crate) fn grant(&self, id: GrantId) -> Result<Option<Grant>, Error> {
        select(self.connection, &id)
    }

    pub(crate) fn order_numbered(&self, id: OrderId) -> Result<Option<Order>, Error> {
        select(self.connection, &id)
    }

    pub(crate) fn orders(&self, client: ClientId, page: OrderPage) -> Result<Paged<(Order, String)>, Error> {
        let Paged { rows, count } = self.paged(&report::orders(page.status), &&*client.0, page)?;
        let mut users: HashMap<GrantId, String> = HashMap::new();
        let mut with_user = |order: Order| {
            let user = match (&order.user, users.entry(order.grant)) {
                (Some(user), _) => user.to_string(),
                (None, MapEntry::Occupied(known)) => known.get().clone(),
                (None, MapEntry::Vacant(unknown)) => {
                    let grant: Option<Grant> = select(self.connection, &order.grant)?;
                    unknown.insert(grant.map(|grant| grant.user).unwrap_or_default()).clone()
                }
            };
            Ok((order, user))
        };
        let rows = rows.into_iter().map(&mut with_user).collect::<Result<_, Error>>()?;
        Ok(Paged { rows, count })
    }

    pub(crate) fn payas(&self, source: AccountId, page: OrderPage) -> Result<Paged<(Order, Option<Cycle>)>, Error> {
        let Paged { rows, count } = self.paged(&report::payas(), &source.0, page)?;
        let with_cycle = |order: Order| {
            let cycle = order.cycle.map(|cycle| self.cycle(cycle)).transpose()?.flatten();
            Ok((order, cycle))
        };
        let rows = rows.into_iter().map(with_cycle).collect::<Result<_, Error>>()?;
        Ok(Paged { rows, count })
    }

    fn paged(&self, texts: &[String; 2], of: &dyn ToSql, page: OrderPage) -> Result<Paged<Order>, Error> {
        let [count, rows] = texts;
        let count = number(self.connection, count, params![of, page.from_ms, page.to_ms])?.unwrap_or(0);
        let window = params![of, page.from_ms, page.to_ms, limit(page.limit), limit(page.offset)];
        Ok(Paged { rows: collect(self.connection, rows, window)?, count })
    }

    pub(crate) fn tokens(&self, client: ClientId, filter: TokenFilter) -> Result<Vec<(AccessToken, Grant)>, Error> {
        let mut statement = self.connection.prepare_cached(&report::tokens(filter.kind))?;
        let mut binder = super::value::Binder::new(&mut statement);
        client.put(&mut binder)?;
        filter.at_ms.put(&mut binder)?;
        filter.bank.map_or(-1, |bank| i64::from(bank.number())).put(&mut binder)?;
        filter.user.unwrap_or_default().put(&mut binder)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let mut columns = super::value::Fetcher::new(row);
            found.push((AccessToken::fetch(&mut columns)?, Grant::fetch(&mut columns)?));
        }
        Ok(found)
    }

    pub(crate) fn card(&self, number: Digest) -> Result<Option<(Card, Account)>, Error> {
        select::<Card>(self.connection, &number)?.map(|card| self.card_with_account(card)).transpose()
    }

    pub(crate) fn cards(&self, page: Page) -> Result<Vec<(Card, Account)>, Error> {
        let sql = format!("SELECT {} FROM card WHERE id > ? ORDER BY id LIMIT ?", Card::COLUMNS);
        let found = collect::<Card>(self.connection, &sql, params![page.after, limit(page.limit)])?;
        found.into_iter().map(|card| self.card_with_account(card)).collect()
    }

    fn card_with_account(&self, card: Card) -> Result<(Card, Account), Error> {
        let account = expect(self.account(card.id)?, "card", "its account is not there")?;
        Ok((card, account))
    }

    pub(crate) fn terminal(&self, sequence: Text) -> Result<Option<Terminal>, Error> {
        select(self.connection, &sequence)
    }

    pub(crate) fn pos_terminal(&self, number: Text) -> Result<Option<PosTerminal>, Error> {
        select(self.connection, &number)
    }

    pub(crate) fn terminals(&self, after: Text, rows: usize) -> Result<Vec<Terminal>, Error> {
        let sql = format!("SELECT {} FROM terminal WHERE sequence > ? ORDER BY sequence LIMIT ?", Terminal::COLUMNS);
        collect(self.connection, &sql, params![&*after, limit(rows)])
    }

    pub(crate) fn bank_users(&self, after: String, rows: usize) -> Result<Vec<BankUser>, Error> {
        let sql = format!("SELECT {} FROM bank_user WHERE nid > ? ORDER BY nid LIMIT ?", BankUser::COLUMNS);
        collect(self.connection, &sql, params![after, limit(rows)])
    }

    pub(crate) fn api_tokens_of(&self, party: PartyId) -> Result<Vec<ApiToken>, Error> {
        let sql = format!(
            "SELECT {} FROM api_token WHERE party = ? AND client IS NULL ORDER BY created_at_ms DESC, hash LIMIT 100",
            ApiToken::COLUMNS
        );
        collect(self.connection, &sql, params![party.0])
    }

    pub(crate) fn payer_card(&self, number: Digest) -> Result<Option<(PayerCard, Account)>, Error> {
        select::<PayerCard>(self.connection, &number)?.map(|card| self.payer_with_account(card)).transpose()
    }

    pub(crate) fn payer_cards(&self, page: Page) -> Result<Vec<(PayerCard, Account)>, Error> {
        let sql = format!("SELECT {} FROM payer_card WHERE id > ? ORDER BY id LIMIT ?", PayerCard::COLUMNS);
        let found = collect::<PayerCard>(self.connection, &sql, params![page.after, limit(page.limit)])?;
        found.into_iter().map(|card| self.payer_with_account(card)).collect()
    }

    fn payer_with_account(&self, card: PayerCard) -> Result<(PayerCard, Account), Error> {
        let account = expect(self.account(card.id)?, "payer_card", "its account is not there")?;
        Ok((card, account))
    }

    pub(crate) fn phone_order_page(&self, page: Page) -> Result<Vec<PhoneOrder>, Error> {
        collect(self.connection, &report::phone_order_page(), params![page.after, limit(page.limit)])
    }

    pub(crate) fn phone_order_numbered(&self, id: PhoneOrderId) -> Result<Option<PhoneOrder>, Error> {
        Ok(collect(self.connection, &report::phone_order_numbered(), params![id.0])?.pop())
    }

    pub(crate) fn phone_order(&self, key: PhoneOrderKey) -> Result<Option<PhoneOrder>, Error> {
        select(self.connection, &key)
    }

    pub(crate) fn phone_orders(&self, page: Page) -> Result<Vec<PhoneOrder>, Error> {
        let sql = format!("SELECT {} FROM phone_order WHERE id > ? ORDER BY id LIMIT ?", PhoneOrder::COLUMNS);
        collect(self.connection, &sql, params![page.after, limit(page.limit)])
    }

    pub(crate) fn messages(&self, page: MessagePage) -> Result<Vec<Message>, Error> {
        let (to, business) = (page.to.unwrap_or_default(), report::business_or_any(page.business));
        let parameters = params![page.before, page.after, &*to, business, limit(page.limit)];
        collect(self.connection, &report::messages(page.by, page.state), parameters)
    }

    pub(crate) fn callback_attempts(&self, of: Vec<MessageId>) -> Result<Vec<CallbackAttempts>, Error> {
        let found = of.iter().map(|id| select::<CallbackAttempts>(self.connection, id));
        found.filter_map(Result::transpose).collect()
    }

    pub(crate) fn message(&self, id: MessageId) -> Result<Option<Message>, Error> {
        select(self.connection, &id)
    }

    pub(crate) fn party(&self, id: PartyId) -> Result<Option<Party>, Error> {
        select(self.connection, &id)
    }

    pub(crate) fn shop_look(&self, business: PartyId) -> Result<Option<ShopLook>, Error> {
        select(self.connection, &business)
    }

    pub(crate) fn shop_logo(&self, business: PartyId) -> Result<Option<ShopLogo>, Error> {
        select(self.connection, &business)
    }

    pub(crate) fn handle(&self, name: Text) -> Result<Option<Handle>, Error> {
        select(self.connection, &name)
    }

    pub(crate) fn parties(&self, page: Page) -> Result<Vec<Party>, Error> {
        let sql = format!("SELECT {} FROM party WHERE id > ? ORDER BY id LIMIT ?", Party::COLUMNS);
        collect(self.connection, &sql, params![page.after, limit(page.limit)])
    }

    pub(crate) fn api_token(&self, hash: Digest) -> Result<Option<(ApiToken, Party)>, Error> {
        let Some(token) = select::<ApiToken>(self.connection, &hash)? else { return Ok(None) };
        let party = select(self.connection, &token.party)?;
        Ok(Some((token, expect(party, "api_token", "its party is not there")?)))
    }

    pub(crate) fn credit_book(&self, holder: PartyId) -> Result<Option<CreditBook>, Error> {
        select(self.connection, &holder)
    }

    pub(crate) fn invoice(&self, id: InvoiceId) -> Result<Option<Invoice>, Error> {
        select(self.connection, &id)
    }

    pub(crate) fn unique_invoice(&self, unique: u64) -> Result<Option<Invoice>, Error> {
        let sql = format!("SELECT {} FROM invoice WHERE unique_number = ?", Invoice::COLUMNS);
        Ok(collect(self.connection, &sql, [unique.cast_signed()])?.pop())
    }

    pub(crate) fn invoices_by_card_payment(&self, number: Text) -> Result<Vec<Invoice>, Error> {
        collect(self.connection, &report::by_card_payment(), params![&*number])
    }

    pub(crate) fn invoices(&self, page: InvoicePage) -> Result<Invoices, Error> {
        let listing = invoice_report::invoices(&page);
        let Listing { sums, sizes, parameters, .. } = &listing;
        let mut statement = self.connection.prepare_cached(sums)?;
        let found = statement.query_row(params_from_iter(parameters), |row| {
            let mut found = [0; 7];
            for (at, number) in found.iter_mut().enumerate() {
                *number = row.get(at)?;
            }
            Ok(found)
        })?;
        let mut statement = self.connection.prepare_cached(sizes)?;
        let sizes: Vec<i64> =
            statement.query_map(params_from_iter(parameters), |row| row.get(0))?.collect::<Result<_, _>>()?;
        let (rows, is_cut) = invoice_report::fitting(&sizes, page.bytes);
        let rows = collect(self.connection, &listing.rows(rows), params_from_iter(parameters))?;
        Ok(invoice_report::list(rows, is_cut, found))
    }

    pub(crate) fn bill(&self, key: BillKey) -> Result<Option<Bill>, Error> {
        select(self.connection, &key)
    }

    pub(crate) fn pay_code(&self, invoice: InvoiceId) -> Result<Option<PayCode>, Error> {
        select(self.connection, &invoice)
    }

    pub(crate) fn pay_codes(&self, mobile: Text) -> Result<Vec<PayCode>, Error> {
        let sql =
            format!("SELECT {} FROM pay_code WHERE mobile = ? ORDER BY at_ms DESC, invoice DESC", PayCode::COLUMNS);
        collect(self.connection, &sql, [&*mobile])
    }

    pub(crate) fn pay_link(&self, hash: Digest) -> Result<Option<PayLink>, Error> {
        select(self.connection, &hash)
    }

    pub(crate) fn invoice_page(&self, page: Page) -> Result<Vec<Invoice>, Error> {
        let sql = format!("SELECT {} FROM invoice WHERE id < ? ORDER BY id DESC LIMIT ?", Invoice::COLUMNS);
        collect(self.connection, &sql, params![page.after, limit(page.limit)])
    }

    pub(crate) fn gateway_session(&self, hash: Digest) -> Result<Option<GatewaySession>, Error> {
        select(self.connection, &hash)
    }

    pub(crate) fn voucher(&self, key: VoucherKey) -> Result<Option<Voucher>, Error> {
        select(self.connection, &key)
    }

    pub(crate) fn vouchers(&self, after: VoucherKey, rows: usize) -> Result<Vec<Voucher>, Error> {
        collect(self.connection, &report::vouchers(), params![after.issuer.0, &*after.code, limit(rows)])
    }

    pub(crate) fn all_vouchers(&self, after: VoucherKey, rows: usize) -> Result<Vec<Voucher>, Error> {
        let sql = format!(
            "SELECT {} FROM voucher WHERE (issuer, code) > (?, ?) ORDER BY issuer, code LIMIT ?",
            Voucher::COLUMNS
        );
        collect(self.connection, &sql, params![after.issuer.0, &*after.code, limit(rows)])
    }

    pub(crate) fn browser_session(&self, hash: Digest) -> Result<Option<BrowserSession>, Error> {
        select(self.connection, &hash)
    }

    pub(crate) fn sso_consent(&self, key: SsoConsentKey) -> Result<Option<SsoConsent>, Error> {
        select(self.connection, &key)
    }

    pub(crate) fn sso_consents_of(&self, party: PartyId) -> Result<Vec<SsoConsent>, Error> {
        collect(self.connection, &report::sso_consents_of(), params![party.0])
    }

    pub(crate) fn sso_refresh(&self, hash: Digest) -> Result<Option<SsoRefresh>, Error> {
        select(self.connection, &hash)
    }

    pub(crate) fn sso_family(&self, id: SsoFamilyId) -> Result<Option<SsoFamily>, Error> {
        select(self.connection, &id)
    }

    pub(crate) fn parties_of_mobile(&self, mobile: Text) -> Result<Vec<Party>, Error> {
        collect(self.connection, &report::parties_of_mobile(), params![&*mobile])
    }

    pub(crate) fn operator(&self, name: Text) -> Result<Option<Operator>, Error> {
        select(self.connection, &name)
    }

    pub(crate) fn operators(&self) -> Result<Vec<Operator>, Error> {
        collect(self.connection, &format!("SELECT {} FROM operator ORDER BY name", Operator::COLUMNS), [])
    }

    pub(crate) fn operator_token(&self, hash: Digest) -> Result<Option<OperatorToken>, Error> {
        let text = format!("SELECT {} FROM operator_token WHERE hash = ?", OperatorToken::COLUMNS);
        Ok(collect(self.connection, &text, params![hash.0])?.pop())
    }

    pub(crate) fn operator_tokens(&self) -> Result<Vec<OperatorToken>, Error> {
        let text = format!("SELECT {} FROM operator_token ORDER BY name", OperatorToken::COLUMNS);
        collect(self.connection, &text, [])
    }

    pub(crate) fn known_address(&self, hash: Digest) -> Result<Option<KnownAddress>, Error> {
        select(self.connection, &hash)
    }

    pub(crate) fn second_factor(&self, name: Text) -> Result<Option<SecondFactor>, Error> {
        select(self.connection, &name)
    }

    pub(crate) fn second_factors(&self) -> Result<Vec<SecondFactor>, Error> {
        let text = format!("SELECT {} FROM second_factor ORDER BY operator", SecondFactor::COLUMNS);
        collect(self.connection, &text, [])
    }

    pub(crate) fn saved_filters(&self, operator: Text) -> Result<Vec<SavedFilter>, Error> {
        collect(self.connection, &report::saved_filters(), params![&*operator])
    }

    pub(crate) fn phone_orders_named(&self, order: Text) -> Result<Vec<PhoneOrder>, Error> {
        collect(self.connection, &report::phone_orders_named(LookUp::Cross), params![&*order])
    }

    pub(crate) fn invoices_billed(&self, bill: Text) -> Result<Vec<Invoice>, Error> {
        collect(self.connection, &report::invoices_billed(LookUp::Cross), params![&*bill])
    }

    pub(crate) fn parties_named(&self, prefix: Text) -> Result<Vec<Party>, Error> {
        let sql = report::parties_named(">=", "<", "");
        let mut found: Vec<Party> = collect(self.connection, &sql, params![&*prefix, report::end_of(&prefix)])?;
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    pub(crate) fn audit_lines(&self, page: Page) -> Result<Vec<AuditLine>, Error> {
        let sql = format!("SELECT {} FROM audit_line WHERE id < ? ORDER BY id DESC LIMIT ?", AuditLine::COLUMNS);
        collect(self.connection, &sql, params![page.after, limit(page.limit)])
    }

    pub(crate) fn audit_search(&self, page: AuditPage) -> Result<Vec<AuditLine>, Error> {
        let text = report::audit_search(&page);
        let AuditPage { by, action, subject, since_ms, until_ms, before: (at_ms, id), limit: rows } = page;
        let [by, action, subject] = [by, action, subject].map(Option::unwrap_or_default);
        collect(self.connection, &text, params![&*by, &*action, &*subject, since_ms, until_ms, at_ms, id, limit(rows)])
    }

    pub(crate) fn alerts(&self) -> Result<Vec<Alert>, Error> {
        collect(self.connection, &format!("SELECT {} FROM alert ORDER BY kind", Alert::COLUMNS), [])
    }

    pub(crate) fn last_seal(&self, chain: Chain) -> Result<Option<Seal>, Error> {
        Ok(collect(self.connection, &chain::last_seal(), [chain.code()])?.pop())
    }

    pub(crate) fn seals(&self, chain: Chain, after: i64, rows: usize) -> Result<Vec<Seal>, Error> {
        collect(self.connection, &chain::seals(), [chain.code(), after, limit(rows)])
    }

    pub(crate) fn unsealed(&self, chain: Chain, after: i64) -> Result<i64, Error> {
        Ok(number(self.connection, &chain::count(chain), [after])?.unwrap_or_default())
    }

    pub(crate) fn chain_content(&self, chain: Chain, after: i64, below: i64, rows: usize) -> Result<Content, Error> {
        let mut statement = self.connection.prepare_cached(&chain::rows(chain))?;
        let mut found = statement.query([after, below, limit(rows)])?;
        let mut contents = Contents::new();
        while let Some(row) = found.next()? {
            contents.stored(chain, &mut Fetcher::new(row));
        }
        Ok(contents.end())
    }

    /// One process gives all numbers, in the order of its commits: every later row has a greater number than those that this read sees.
    pub(crate) fn seal_horizon(&self) -> Result<i64, Error> {
        let last =
            "SELECT max((SELECT coalesce(max(id), 0) FROM audit_line), (SELECT coalesce(max(id), 0) FROM transfer))";
        Ok(number(self.connection, last, [])?.unwrap_or_default().saturating_add(1))
    }

    pub(crate) fn complete_below(&self) -> Result<i64, Error> {
        self.seal_horizon()
    }

    pub(crate) fn undecided_before(&self, at_ms: i64) -> Result<UndecidedTotal, Error> {
        let mut statement = self.connection.prepare_cached(&report::undecided_before())?;
        Ok(statement.query_row([at_ms], |row| Ok(UndecidedTotal { payments: row.get(0)?, oldest_ms: row.get(1)? }))?)
    }

    pub(crate) fn messages_about(&self, subject: i64) -> Result<Vec<Message>, Error> {
        collect(self.connection, &report::messages_about(), [subject])
    }

    pub(crate) fn card_attempts_of(&self, invoice: InvoiceId) -> Result<Vec<CardAttempt>, Error> {
        collect(self.connection, &report::card_attempts_of(), [invoice.0])
    }

    pub(crate) fn proposal(&self, id: ProposalId) -> Result<Option<Proposal>, Error> {
        select(self.connection, &id)
    }

    pub(crate) fn proposals(&self, which: Proposals, page: Page) -> Result<Vec<Proposal>, Error> {
        collect(self.connection, &report::proposals(which), params![page.after, limit(page.limit)])
    }

    pub(crate) fn released(&self, transfer: TransferId) -> Result<Option<Released>, Error> {
        select(self.connection, &transfer)
    }

    pub(crate) fn transfers_of(&self, cause: i64, rows: usize) -> Result<Vec<Transfer>, Error> {
        collect(self.connection, &report::transfers_of(), params![cause, limit(rows)])
    }

    pub(crate) fn dead_jobs(&self, page: Page) -> Result<Vec<Job>, Error> {
        collect(self.connection, &report::dead_jobs(), params![page.after, limit(page.limit)])
    }

    pub(crate) fn job_failure(&self, id: JobId) -> Result<Option<JobFailure>, Error> {
        select(self.connection, &id)
    }

    pub(crate) fn submission(&self, order: OrderId) -> Result<Option<Submission>, Error> {
        select(self.connection, &order)
    }

    pub(crate) fn card_attempt(&self, id: CardAttemptId) -> Result<Option<CardAttempt>, Error> {
        select(self.connection, &id)
    }

    pub(crate) fn jobs_about(&self, subject: i64) -> Result<Vec<Job>, Error> {
        collect(self.connection, &report::jobs_about(), params![subject])
    }

    pub(crate) fn all_orders(&self, filter: OrderFilter, page: Page) -> Result<Vec<Order>, Error> {
        collect(self.connection, &report::all_orders(filter), params![page.after, limit(page.limit)])
    }

    pub(crate) fn cards_shown_as(&self, mask: Text) -> Result<Vec<(Card, Account)>, Error> {
        let found = collect::<Card>(self.connection, &report::shown_as::<Card>(), params![&*mask])?;
        found.into_iter().map(|card| self.card_with_account(card)).collect()
    }

    pub(crate) fn payers_shown_as(&self, mask: Text) -> Result<Vec<(PayerCard, Account)>, Error> {
        let found = collect::<PayerCard>(self.connection, &report::shown_as::<PayerCard>(), params![&*mask])?;
        found.into_iter().map(|card| self.payer_with_account(card)).collect()
    }

    pub(crate) fn payers_of_mobile(&self, mobile: Text) -> Result<Vec<(PayerCard, Account)>, Error> {
        let sql = report::payers_of_mobile();
        let found = collect::<PayerCard>(self.connection, &sql, params![&*mobile])?;
        found.into_iter().map(|card| self.payer_with_account(card)).collect()
    }

    pub(crate) fn day_close(&self) -> Result<Option<DayClose>, Error> {
        select(self.connection, &())
    }

    pub(crate) fn cycle(&self, id: CycleId) -> Result<Option<Cycle>, Error> {
        select(self.connection, &id)
    }

    pub(crate) fn cycles(&self, (before_ms, before): (i64, CycleId), rows: usize) -> Result<Vec<Cycle>, Error> {
        collect(self.connection, &report::cycles(), params![before_ms, before.0, limit(rows)])
    }

    pub(crate) fn debtors(
        &self,
        cycle: CycleId,
        which: InCycle,
        after: AccountId,
        rows: usize,
    ) -> Result<Vec<Debtor>, Error> {
        let mut statement = self.connection.prepare_cached(&report::debtors(which))?;
        let mut found = statement.query(params![cycle.0, after.0, limit(rows)])?;
        let mut debtors = Vec::new();
        while let Some(row) = found.next()? {
            let sum: String = row.get(2)?;
            let sum = sum.parse().map_err(|_| corrupt("transfer_order", "a sum is no number"))?;
            debtors.push(Debtor { source: AccountId(row.get(0)?), orders: row.get(1)?, sum });
        }
        Ok(debtors)
    }

    pub(crate) fn cycle_orders(
        &self,
        cycle: CycleId,
        which: InCycle,
        (source, order): (AccountId, OrderId),
        rows: usize,
    ) -> Result<Vec<Order>, Error> {
        collect(self.connection, &report::cycle_orders(which), params![cycle.0, source.0, order.0, limit(rows)])
    }

    pub(crate) fn deposit(&self, key: DepositKey) -> Result<Option<(Deposit, Account)>, Error> {
        select::<Deposit>(self.connection, &key)?.map(|deposit| self.with_account(deposit)).transpose()
    }

    pub(crate) fn deposit_of(&self, account: AccountId) -> Result<Option<Deposit>, Error> {
        let sql = format!("SELECT {} FROM deposit WHERE id = ?", Deposit::COLUMNS);
        Ok(collect(self.connection, &sql, [account.0])?.pop())
    }

    pub(crate) fn deposits_of_owner(&self, owner: String) -> Result<Vec<(Deposit, Account)>, Error> {
        let sql = format!("SELECT {} FROM deposit WHERE owner = ? ORDER BY bank, number", Deposit::COLUMNS);
        let found = collect::<Deposit>(self.connection, &sql, [owner])?;
        found.into_iter().map(|deposit| self.with_account(deposit)).collect()
    }

    pub(crate) fn granted_deposits(&self, client: ClientId, user: String, at_ms: i64) -> Result<Vec<AccountId>, Error> {
        let mut statement = self.connection.prepare_cached(&report::granted_deposits())?;
        let mut rows = statement.query(params![&*client.0, user, at_ms])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.extend(Vec::<AccountId>::take(&mut super::value::Fetcher::new(row))?);
        }
        Ok(found)
    }

    pub(crate) fn deposits(&self, page: Page) -> Result<Vec<(Deposit, Account)>, Error> {
        let sql = format!("SELECT {} FROM deposit WHERE id > ? ORDER BY id LIMIT ?", Deposit::COLUMNS);
        let found = collect::<Deposit>(self.connection, &sql, params![page.after, limit(page.limit)])?;
        found.into_iter().map(|deposit| self.with_account(deposit)).collect()
    }

    fn with_account(&self, deposit: Deposit) -> Result<(Deposit, Account), Error> {
        let account = expect(self.account(deposit.id)?, "deposit", "its account is not there")?;
        Ok((deposit, account))
    }

    pub(crate) fn account(&self, id: AccountId) -> Result<Option<Account>, Error> {
        let known = self.tail.read().account(id);
        match known {
            Some(account) => Ok(Some(account)),
            None => select(self.connection, &id),
        }
    }

    pub(crate) fn accounts(&self, page: Page) -> Result<Vec<Account>, Error> {
        let sql = format!("SELECT {} FROM account WHERE id > ? ORDER BY id LIMIT ?", Account::COLUMNS);
        let found = collect::<Account>(self.connection, &sql, params![page.after, limit(page.limit)])?;
        let tail = self.tail.read();
        Ok(found.into_iter().map(|account| tail.account(account.id).unwrap_or(account)).collect())
    }

    pub(crate) fn transfer(&self, id: TransferId) -> Result<Option<Transfer>, Error> {
        select(self.connection, &id)
    }

    pub(crate) fn clock(&self) -> Result<Option<ClockMode>, Error> {
        select(self.connection, &())
    }

    pub(crate) fn next_due(&self) -> Result<Option<i64>, Error> {
        number(self.connection, NEXT_DUE, [])
    }

    pub(crate) fn due_jobs(&self, rows: usize) -> Result<Vec<Job>, Error> {
        collect(self.connection, &report::due_jobs(), [limit(rows)])
    }

    pub(crate) fn endings(&self, after_ms: i64, rows: usize) -> Result<Vec<Ending>, Error> {
        let mut statement = self.connection.prepare_cached(&endings())?;
        let found = statement.query_map([after_ms, limit(rows)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        found.map(|row| Ending::of(row?)).collect()
    }

    pub(crate) fn entries(&self, account: AccountId, page: EntryPage) -> Result<Option<History>, Error> {
        // Entries are only added: those up to the account's newest entry are the ones that its balances result from.
        let Some(holder) = self.account(account)? else { return Ok(None) };
        let newest = holder.balances.entries;
        // Instants ascend along an account's entries, except where the clock was set back between two processes. So both ends are found by bisection,
        // with a margin for that disorder.
        let disorder_ms = expect(number(self.connection, find::DISORDER, [])?, "clock_mark", "it is not there")?;
        let end = self.entries_before(account, newest, page.to_ms.saturating_add(disorder_ms))?;
        let last = newest.min(page.before_seq.saturating_sub(1)).min(end);
        let first = self.entries_before(account, newest, page.from_ms.saturating_sub(disorder_ms))? + 1;
        let mut entries = Vec::new();
        for seq in (first..=last).rev() {
            let Some(entry) = self.entry(account, seq)? else { continue };
            if !(page.from_ms..page.to_ms).contains(&entry.at_ms) {
                continue;
            }
            let order = if entry.cause == 0 { None } else { select(self.connection, &OrderId(entry.cause))? };
            entries.push((entry, order));
            if entries.len() == page.limit {
                break;
            }
        }
        Ok(Some(History { account: holder, entries }))
    }

    /// How many of an account's first `newest` entries are before an instant.
    fn entries_before(&self, account: AccountId, newest: i64, instant_ms: i64) -> Result<i64, Error> {
        let (mut low, mut high) = (0, newest);
        while low < high {
            let middle = low + (high - low + 1) / 2;
            if self.transfer_at(account, middle)?.at_ms < instant_ms {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        Ok(low)
    }

    /// An entry, if it moved money.
    fn entry(&self, account: AccountId, seq: i64) -> Result<Option<Entry>, Error> {
        let transfer = self.transfer_at(account, seq)?;
        Ok(transfer.kind.posts().then(|| Entry::of(&transfer, account)))
    }

    /// The transfer of an entry.
    fn transfer_at(&self, account: AccountId, seq: i64) -> Result<Transfer, Error> {
        let transfer = self.transfer_id_at(account, seq)?;
        expect(self.transfer(transfer)?, "entry", "its transfer is not there")
    }

    /// The number of the transfer of an entry.
    pub(super) fn transfer_id_at(&self, account: AccountId, seq: i64) -> Result<TransferId, Error> {
        let known = self.tail.read().entry(account, seq);
        let transfer = match known {
            Some(transfer) => Some(transfer.0),
            None => {
                let sql = "SELECT transfer FROM entry WHERE account = ? AND seq = ?";
                number(self.connection, sql, params![account.0, seq])?
            }
        };
        expect(transfer, "entry", "an entry's number is missing").map(TransferId)
    }

    /// How many rows an export passes to its sink.
    pub(crate) fn row_count(&self) -> Result<u64, Error> {
        let mut rows = 0;
        for table in tables() {
            rows += number(self.connection, &format!("SELECT count(*) FROM {table}"), [])?.unwrap_or(0).unsigned_abs();
        }
        Ok(rows)
    }

    /// Passes all rows to a sink, with accounts in their present state; returns the counters. Look-up tables are left out: the other engine has its
    /// own.
    pub(crate) fn export(&self, sink: &mut impl Sink) -> Result<Counters, Error> {
        let mut accounts = Gather::<_, Account>::into(sink);
        each(self.connection, &format!("SELECT {} FROM account", Account::COLUMNS), [], |account: Account| {
            let now = self.tail.read().account(account.id);
            accounts.push(now.unwrap_or(account))
        })?;
        accounts.end()?;
        self.export_table::<Transfer>(sink)?;
        self.export_table::<Pending>(sink)?;
        macro_rules! export {
            (plain { $($(#[$doc:meta])* $table:ident: $row:ty,)* } apart { $($(#[$other_doc:meta])* $other:ident: $key:ty => $other_row:ty,)* }) => {
                $(self.export_table::<$row>(sink)?;)*
                $(self.export_table::<$other_row>(sink)?;)*
            };
        }
        payments::tables!(export);
        let noted = |column: &str| {
            let noted = number(self.connection, &format!("SELECT {column} FROM clock_mark"), [])?;
            expect(noted, "clock_mark", "it is not there")
        };
        let next_id = super::tail::next_id(self.connection)?;
        Ok(Counters { next_id, last_ms: noted("last_ms")?, disorder_ms: noted("disorder_ms")? })
    }

    fn export_table<T: Table>(&self, sink: &mut impl Sink) -> Result<(), Error> {
        if SHORT_LIVED.contains(&T::NAME) {
            return Ok(());
        }
        let mut rows = Gather::<_, T>::into(sink);
        each(self.connection, &format!("SELECT {} FROM {}", T::COLUMNS, T::NAME), [], |row: T| rows.push(row))?;
        rows.end()
    }

    /// Passes all rows that a verification needs to `checks`, table by table.
    pub(crate) fn check_rows(&self, checks: &mut crate::verify_checks::Checks<'_>) -> Result<(), Error> {
        checks.expects(expect(number(self.connection, "SELECT count(*) FROM transfer", [])?, "transfer", "no count")?);
        let mut statement = self.connection.prepare("PRAGMA integrity_check")?;
        let mut lines = statement.query([])?;
        while let Some(line) = lines.next()? {
            checks.integrity(line.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?);
        }
        let mut seals: Vec<Seal> = Vec::new();
        match self.whole("seal ORDER BY chain, number", |seal| seals.push(seal)) {
            Err(error @ Error::Corrupt { .. }) => checks.differs(|| format!("seal: {error}")),
            read => read?,
        }
        for chain in Chain::ALL {
            let mut walk = Walk::new(chain);
            for seal in seals.iter().filter(|seal| seal.key.chain == chain) {
                let content = self.chain_content(chain, walk.covered(), seal.last.saturating_add(1), usize::MAX)?;
                walk.link(seal, &content, checks);
            }
            let unsealed = self.unsealed(chain, walk.covered())?;
            walk.end(unsealed, checks);
        }
        self.whole::<Job>("job", |job| checks.job(&job))?;
        self.whole::<Cycle>("paya_cycle", |cycle| checks.cycle(&cycle))?;
        self.whole::<Message>("message", |message| checks.message(&message))?;
        self.whole::<Submission>("submission", |submission| checks.submission(&submission))?;
        self.whole::<CardAttempt>("card_attempt", |attempt| checks.card_attempt(&attempt))?;
        self.whole::<PayerCard>("payer_card", |card| checks.payer_card(&card))?;
        self.whole::<AuditLine>("audit_line ORDER BY id", |line| checks.audit_line(&line))?;
        each(self.connection, &format!("SELECT {} FROM account", Account::COLUMNS), [], |account: Account| {
            let now = self.tail.read().account(account.id).unwrap_or(account);
            checks.account(now);
            Ok(())
        })?;
        each(self.connection, &format!("SELECT {} FROM transfer_order", Order::COLUMNS), [], |order: Order| {
            let found = find_order(self.connection, self.tail, &order.key)?;
            checks.order(&order, found.map(|found| found.id));
            Ok(())
        })?;
        self.whole::<PhoneOrder>("phone_order", |order| checks.phone_order(&order))?;
        self.whole::<Invoice>("invoice", |invoice| checks.invoice(&invoice))?;
        self.whole::<CardReceivable>("taking", |receivable| checks.card_receivable(&receivable))?;
        let transfers = format!("SELECT {} FROM transfer ORDER BY id", Transfer::COLUMNS);
        each(self.connection, &transfers, [], |transfer: Transfer| {
            for (account, after) in [(transfer.debit, transfer.debit_after), (transfer.credit, transfer.credit_after)] {
                let known = self.tail.read().entry(account, after.entries).map(|transfer| transfer.0);
                let sql = "SELECT transfer FROM entry WHERE account = ? AND seq = ?";
                let found = match known {
                    Some(found) => Some(found),
                    None => number(self.connection, sql, params![account.0, after.entries])?,
                };
                checks.entry(&transfer, account, found);
            }
            checks.transfer(transfer);
            Ok(())
        })?;
        self.whole::<Pending>("pending", |pending| checks.pending(&pending))?;
        checks.next_number(number(self.connection, "SELECT next FROM id_block WHERE id = 1", [])?);
        Ok(())
    }

    /// Passes each row of a table to `take`.
    fn whole<T: Table>(&self, from: &str, mut take: impl FnMut(T)) -> Result<(), Error> {
        each(self.connection, &format!("SELECT {} FROM {from}", T::COLUMNS), [], |row| {
            take(row);
            Ok(())
        })
    }
}

pub(super) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
