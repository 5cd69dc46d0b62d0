//! The reader pool. Most reads are one statement, on any idle connection; most reads of several statements need no common snapshot, because
//! the rows of the later ones never change. Those of a page of a list have one.
//! A read whose connection turns out to be closed is tried once more on another one.

use std::collections::HashMap;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use ledger::{Account, AccountId, Pending, Transfer, TransferId};
use payments::{
    AccessToken, Alert, ApiToken, AuditLine, AuthCode, BankUser, Bill, BillKey, BrowserSession, CallbackAttempts, Card,
    CardAttempt, CardAttemptId, CardReceivable, Chain, Client, ClientId, ClockMode, Consent, CreditBook, Cycle,
    CycleId, DayClose, Deposit, DepositKey, Digest, GatewaySession, Grant, GrantId, Handle, Invoice, InvoiceId, Job,
    JobFailure, JobId, KnownAddress, Message, MessageId, Operator, OperatorToken, Order, OrderId, OrderKey, Party,
    PartyId, PayCode, PayLink, PayerCard, PhoneOrder, PhoneOrderId, PhoneOrderKey, PosTerminal, Proposal, ProposalId,
    RefreshToken, Released, SavedFilter, Seal, SecondFactor, ShopLogo, ShopLook, SsoConsent, SsoConsentKey, SsoFamily,
    SsoFamilyId, SsoRefresh, Submission, Terminal, Text, Voucher, VoucherKey,
};
use tokio_postgres::types::ToSql;
use tokio_postgres::{IsolationLevel, Row};
use tracing::warn;

use super::column::Columns;
use super::connection::{CLOCK_SKEW_MS, Database, Use};
use super::epoch::Epoch;
use super::horizon;
use super::invalidation;
use super::load::{TRACKED, tracked};
use super::queries::BLOCK_AGE;
use super::queries::{NEXT_DUE, Parameters, connection, lost, number_of, query, query_two};
use super::statement::{self, Names, Verb};
use super::value::{Fetcher, fetch, fetch_all, number};
use crate::Error;
use crate::chain::{self, Content, Contents};
use crate::ending::{Ending, endings};
use crate::error::{corrupt, expect};
use crate::find;
use crate::invalidation::Invalidation;
use crate::invoice_report::{self, Listing};
use crate::model::{
    AuditPage, Debtor, Entry, EntryPage, History, InCycle, InvoicePage, Invoices, MessagePage, OrderFilter, OrderPage,
    Page, Paged, Proposals, TokenFilter, UndecidedTotal,
};
use crate::report::{self, LookUp, columns_of};
use crate::verify_chains::Walk;
use crate::verify_checks::Checks;
use schema::{Cell, Coded as _, Table};

/// How many connections the pool has: reads are short.
const READERS: usize = 8;
/// How many rows are fetched at a time when a whole table is read.
const ROWS: i32 = 4_096;
/// Up to how many entries all are searched for a window of time.
const FEW_ENTRIES: i64 = 64;
/// How far an account's entries can be out of the order of time, in milliseconds: the clocks of two processes may each differ by the allowed skew,
/// and numbers, by which the last instant is found, may be as old as their block. A clock that was set back further is recorded in the store.
pub(super) const DISORDER_MS: i64 = 2 * CLOCK_SKEW_MS + BLOCK_AGE.as_millis() as i64;

/// How many rows are decoded before the task yields: a large one takes a tenth of a millisecond.
const AT_ONCE: usize = 16;

/// The reader; see the module.
#[derive(Debug)]
pub struct Reader {
    database: Database,
    pool: Pool,
    epoch: Epoch,
}

impl Reader {
    pub(super) fn new(database: Database) -> Result<Self, Error> {
        let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let (address, tls) = database.config();
        let manager = Manager::from_config(address, tls, config);
        let limits = database.clone();
        let prepare = Hook::async_fn(move |client: &mut deadpool_postgres::ClientWrapper, _| {
            let limits = limits.clone();
            Box::pin(async move {
                let prepared = limits.prepare(client, Use::Read).await;
                prepared.map_err(|error| HookError::message(Error::from(error).to_string()))
            })
        });
        let timeout = Some(database.timeout);
        let pool = Pool::builder(manager)
            .max_size(READERS)
            .runtime(Runtime::Tokio1)
            .timeouts(Timeouts { wait: timeout, create: timeout, recycle: Some(Duration::from_secs(1)) })
            .post_create(prepare)
            .build()
            .map_err(|error| Error::Unavailable(error.to_string()))?;
        Ok(Self { database, pool, epoch: Epoch::new() })
    }

    /// The epoch, which grows whenever any process changes cached rows; read after the call.
    pub(crate) async fn epoch(&self) -> Result<i64, Error> {
        self.epoch.now(&self.database, &self.pool).await
    }

    pub(crate) async fn invalidations(&self, after: i64, up_to: i64) -> Result<Vec<Invalidation>, Error> {
        if !invalidation::is_kept(after, up_to) {
            return Ok(vec![Invalidation::All]);
        }
        invalidation::read(&self.query(invalidation::BETWEEN, &[&after, &up_to]).await?, after, up_to)
    }

    pub(super) async fn query(&self, text: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, Error> {
        query(&self.database, &self.pool, text, parameters).await
    }

    pub(super) async fn collect<T: Table>(&self, text: &str, parameters: Parameters<'_>) -> Result<Vec<T>, Error> {
        fetch_in_parts(&self.query(text, parameters).await?).await
    }

    /// As [`query_two`].
    pub(super) async fn query_two(
        &self,
        statements: [(&str, Parameters<'_>); 2],
        is_needed: impl Fn(usize) -> bool,
    ) -> Result<[Vec<Row>; 2], Error> {
        query_two(&self.database, &self.pool, statements, is_needed).await
    }

    /// The row with a key.
    async fn select<T: Table>(&self, key: &T::Key) -> Result<Option<T>, Error> {
        let columns = Columns::of(std::iter::once(key), |key, to| T::bind_key(key, to))?;
        let text = statement::text(Names::of::<T>(), Verb::Select, &columns.kinds());
        Ok(self.collect(&text, &columns.parameters()).await?.pop())
    }

    pub(crate) async fn ping(&self) -> Result<(), Error> {
        self.query("SELECT value FROM epoch WHERE id = 1", &[]).await.map(|_| ())
    }

    pub(crate) async fn client(&self, id: ClientId) -> Result<Option<Client>, Error> {
        self.select(&id).await
    }

    pub(crate) async fn clients(&self) -> Result<Vec<Client>, Error> {
        self.collect(&format!("SELECT {} FROM client ORDER BY id", Client::COLUMNS), &[]).await
    }

    pub(crate) async fn access_token(&self, hash: Digest) -> Result<Option<(AccessToken, Grant)>, Error> {
        self.with_grant(hash).await
    }

    pub(crate) async fn refresh_token(&self, hash: Digest) -> Result<Option<(RefreshToken, Grant)>, Error> {
        self.with_grant(hash).await
    }

    /// A token and its grant, as of one moment.
    async fn with_grant<T: Table>(&self, hash: Digest) -> Result<Option<(T, Grant)>, Error> {
        let text = format!(
            "SELECT {}, {} FROM {} AS t JOIN oauth_grant AS g ON g.id = t.grant_id WHERE t.hash = $1",
            columns_of::<T>("t"),
            columns_of::<Grant>("g"),
            T::NAME
        );
        let rows = self.query(&text, &[&hash.0.as_slice()]).await?;
        rows.first().map(fetch_two).transpose()
    }

    pub(crate) async fn order(&self, key: OrderKey) -> Result<Option<Order>, Error> {
        let text = format!("SELECT {} FROM transfer_order WHERE {TRACKED} = $1", Order::COLUMNS);
        Ok(self.collect(&text, &[&tracked(&key)]).await?.pop())
    }

    pub(crate) async fn bank_user(&self, nid: String) -> Result<Option<BankUser>, Error> {
        self.select(&nid).await
    }

    pub(crate) async fn consent(&self, id: Digest) -> Result<Option<Consent>, Error> {
        self.select(&id).await
    }

    pub(crate) async fn auth_code(&self, hash: Digest) -> Result<Option<AuthCode>, Error> {
        self.select(&hash).await
    }

    pub(crate) async fn grant(&self, id: GrantId) -> Result<Option<Grant>, Error> {
        self.select(&id).await
    }

    pub(crate) async fn order_numbered(&self, id: OrderId) -> Result<Option<Order>, Error> {
        self.select(&id).await
    }

    pub(crate) async fn orders(&self, client: ClientId, page: OrderPage) -> Result<Paged<(Order, String)>, Error> {
        let Paged { rows, count } = self.paged(&report::orders(page.status), &&*client.0, page).await?;
        let of_before = rows.iter().filter(|order| order.user.is_none());
        let grants: Vec<i64> = of_before.map(|order| order.grant.0).collect();
        let text = format!("SELECT {} FROM oauth_grant WHERE id = ANY($1)", Grant::COLUMNS);
        let grants = self.collect::<Grant>(&text, &[&grants]).await?;
        let users: HashMap<GrantId, String> = grants.into_iter().map(|grant| (grant.id, grant.user)).collect();
        let user = |order: &Order| match &order.user {
            Some(user) => user.to_string(),
            None => users.get(&order.grant).cloned().unwrap_or_default(),
        };
        let rows = rows.into_iter().map(|order| (user(&order), order)).map(|(user, order)| (order, user)).collect();
        Ok(Paged { rows, count })
    }

    pub(crate) async fn payas(
        &self,
        source: AccountId,
        page: OrderPage,
    ) -> Result<Paged<(Order, Option<Cycle>)>, Error> {
        let Paged { rows, count } = self.paged(&report::payas(), &source.0, page).await?;
        let cycles: Vec<i64> = rows.iter().filter_map(|order| order.cycle).map(|cycle| cycle.0).collect();
        let text = format!("SELECT {} FROM paya_cycle WHERE id = ANY($1)", Cycle::COLUMNS);
        let cycles = self.collect::<Cycle>(&text, &[&cycles]).await?;
        let cycles: HashMap<CycleId, Cycle> = cycles.into_iter().map(|cycle| (cycle.id, cycle)).collect();
        let cycle = |order: &Order| order.cycle.and_then(|id| cycles.get(&id).copied());
        let rows = rows.into_iter().map(|order| (cycle(&order), order)).map(|(cycle, order)| (order, cycle)).collect();
        Ok(Paged { rows, count })
    }

    async fn paged(
        &self,
        [count, rows]: &[String; 2],
        of: &(dyn ToSql + Sync),
        page: OrderPage,
    ) -> Result<Paged<Order>, Error> {
        let counted = self.query(count, &[of, &page.from_ms, &page.to_ms]).await?;
        let count = number(expect(counted.first(), "transfer_order", "no count")?)?;
        let (most, skipped) = (limit(page.limit), limit(page.offset));
        let rows = self.collect(rows, &[of, &page.from_ms, &page.to_ms, &most, &skipped]).await?;
        Ok(Paged { rows, count })
    }

    pub(crate) async fn tokens(
        &self,
        client: ClientId,
        filter: TokenFilter,
    ) -> Result<Vec<(AccessToken, Grant)>, Error> {
        let bank = filter.bank.map_or(-1, |bank| i64::from(bank.number()));
        let user = filter.user.unwrap_or_default();
        let parameters: Parameters<'_> = &[&&*client.0, &filter.at_ms, &bank, &user];
        self.query(&report::tokens(filter.kind), parameters).await?.iter().map(fetch_two).collect()
    }

    pub(crate) async fn card(&self, number: Digest) -> Result<Option<(Card, Account)>, Error> {
        Ok(self.accounts_of("c.number = $1", &[&number.0.as_slice()]).await?.pop())
    }

    pub(crate) async fn cards(&self, page: Page) -> Result<Vec<(Card, Account)>, Error> {
        self.accounts_of("c.id > $1 ORDER BY c.id LIMIT $2", &[&page.after, &limit(page.limit)]).await
    }

    /// Cards of a kind with their accounts.
    async fn accounts_of<T: Table>(
        &self,
        condition: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<(T, Account)>, Error> {
        let text = format!(
            "SELECT {}, {} FROM {} AS c JOIN account AS a ON a.id = c.id WHERE {condition}",
            columns_of::<T>("c"),
            columns_of::<Account>("a"),
            T::NAME
        );
        self.query(&text, parameters).await?.iter().map(fetch_two).collect()
    }

    pub(crate) async fn terminal(&self, sequence: Text) -> Result<Option<Terminal>, Error> {
        self.select(&sequence).await
    }

    pub(crate) async fn pos_terminal(&self, number: Text) -> Result<Option<PosTerminal>, Error> {
        self.select(&number).await
    }

    pub(crate) async fn terminals(&self, after: Text, rows: usize) -> Result<Vec<Terminal>, Error> {
        let text = format!("SELECT {} FROM terminal WHERE sequence > $1 ORDER BY sequence LIMIT $2", Terminal::COLUMNS);
        self.collect(&text, &[&&*after, &limit(rows)]).await
    }

    pub(crate) async fn bank_users(&self, after: String, rows: usize) -> Result<Vec<BankUser>, Error> {
        let text = format!("SELECT {} FROM bank_user WHERE nid > $1 ORDER BY nid LIMIT $2", BankUser::COLUMNS);
        self.collect(&text, &[&after, &limit(rows)]).await
    }

    pub(crate) async fn api_tokens_of(&self, party: PartyId) -> Result<Vec<ApiToken>, Error> {
        let text = format!(
            "SELECT {} FROM api_token WHERE party = $1 AND client IS NULL ORDER BY created_at_ms DESC, hash LIMIT 100",
            ApiToken::COLUMNS
        );
        self.collect(&text, &[&party.0]).await
    }

    pub(crate) async fn payer_card(&self, number: Digest) -> Result<Option<(PayerCard, Account)>, Error> {
        Ok(self.accounts_of("c.number = $1", &[&number.0.as_slice()]).await?.pop())
    }

    pub(crate) async fn payer_cards(&self, page: Page) -> Result<Vec<(PayerCard, Account)>, Error> {
        self.accounts_of("c.id > $1 ORDER BY c.id LIMIT $2", &[&page.after, &limit(page.limit)]).await
    }

    pub(crate) async fn phone_order_page(&self, page: Page) -> Result<Vec<PhoneOrder>, Error> {
        self.collect(&report::phone_order_page(), &[&page.after, &limit(page.limit)]).await
    }

    pub(crate) async fn phone_order_numbered(&self, id: PhoneOrderId) -> Result<Option<PhoneOrder>, Error> {
        Ok(self.collect(&report::phone_order_numbered(), &[&id.0]).await?.pop())
    }

    pub(crate) async fn phone_order(&self, key: PhoneOrderKey) -> Result<Option<PhoneOrder>, Error> {
        self.select(&key).await
    }

    pub(crate) async fn phone_orders(&self, page: Page) -> Result<Vec<PhoneOrder>, Error> {
        let text = format!("SELECT {} FROM phone_order WHERE id > $1 ORDER BY id LIMIT $2", PhoneOrder::COLUMNS);
        self.collect(&text, &[&page.after, &limit(page.limit)]).await
    }

    pub(crate) async fn messages(&self, page: MessagePage) -> Result<Vec<Message>, Error> {
        let (to, business) = (page.to.unwrap_or_default(), report::business_or_any(page.business));
        let parameters: Parameters<'_> = &[&page.before, &page.after, &&*to, &business, &limit(page.limit)];
        self.collect(&report::messages(page.by, page.state), parameters).await
    }

    pub(crate) async fn callback_attempts(&self, of: Vec<MessageId>) -> Result<Vec<CallbackAttempts>, Error> {
        let of: Vec<i64> = of.into_iter().map(|id| id.0).collect();
        let text = format!("SELECT {} FROM callback_attempt WHERE message = ANY($1)", CallbackAttempts::COLUMNS);
        self.collect(&text, &[&of]).await
    }

    pub(crate) async fn message(&self, id: MessageId) -> Result<Option<Message>, Error> {
        self.select(&id).await
    }

    pub(crate) async fn party(&self, id: PartyId) -> Result<Option<Party>, Error> {
        self.select(&id).await
    }

    pub(crate) async fn shop_look(&self, business: PartyId) -> Result<Option<ShopLook>, Error> {
        self.select(&business).await
    }

    pub(crate) async fn shop_logo(&self, business: PartyId) -> Result<Option<ShopLogo>, Error> {
        self.select(&business).await
    }

    pub(crate) async fn handle(&self, name: Text) -> Result<Option<Handle>, Error> {
        self.select(&name).await
    }

    pub(crate) async fn parties(&self, page: Page) -> Result<Vec<Party>, Error> {
        let text = format!("SELECT {} FROM party WHERE id > $1 ORDER BY id LIMIT $2", Party::COLUMNS);
        self.collect(&text, &[&page.after, &limit(page.limit)]).await
    }

    pub(crate) async fn api_token(&self, hash: Digest) -> Result<Option<(ApiToken, Party)>, Error> {
        let text = format!(
            "SELECT {}, {} FROM api_token AS t JOIN party AS p ON p.id = t.party WHERE t.hash = $1",
            columns_of::<ApiToken>("t"),
            columns_of::<Party>("p"),
        );
        let rows = self.query(&text, &[&hash.0.as_slice()]).await?;
        rows.first().map(fetch_two).transpose()
    }

    pub(crate) async fn credit_book(&self, holder: PartyId) -> Result<Option<CreditBook>, Error> {
        self.select(&holder).await
    }

    pub(crate) async fn invoice(&self, id: InvoiceId) -> Result<Option<Invoice>, Error> {
        self.select(&id).await
    }

    pub(crate) async fn unique_invoice(&self, unique: u64) -> Result<Option<Invoice>, Error> {
        let text = format!("SELECT {} FROM invoice WHERE unique_number = $1", Invoice::COLUMNS);
        Ok(self.collect(&text, &[&unique.cast_signed()]).await?.pop())
    }

    pub(crate) async fn invoices_by_card_payment(&self, number: Text) -> Result<Vec<Invoice>, Error> {
        self.collect(&report::by_card_payment(), &[&&*number]).await
    }

    pub(crate) async fn invoices(&self, page: InvoicePage) -> Result<Invoices, Error> {
        let listing = invoice_report::invoices(&page);
        let Listing { sums, sizes, parameters, .. } = &listing;
        let parameters: Vec<&(dyn ToSql + Sync)> = parameters.iter().map(|text| text as _).collect();
        let summed = self.query(sums, &parameters).await?;
        let summed = expect(summed.first(), "invoice", "no sums")?;
        let mut found = [0; 7];
        for (at, number) in found.iter_mut().enumerate() {
            *number = summed.get(at);
        }
        let sizes: Vec<i64> = self.query(sizes, &parameters).await?.iter().map(|row| row.get(0)).collect();
        let (rows, is_cut) = invoice_report::fitting(&sizes, page.bytes);
        let rows = self.collect(&listing.rows(rows), &parameters).await?;
        Ok(invoice_report::list(rows, is_cut, found))
    }

    pub(crate) async fn bill(&self, key: BillKey) -> Result<Option<Bill>, Error> {
        self.select(&key).await
    }

    pub(crate) async fn pay_code(&self, invoice: InvoiceId) -> Result<Option<PayCode>, Error> {
        self.select(&invoice).await
    }

    pub(crate) async fn pay_codes(&self, mobile: Text) -> Result<Vec<PayCode>, Error> {
        let columns = PayCode::COLUMNS;
        let text = format!("SELECT {columns} FROM pay_code WHERE mobile = $1 ORDER BY at_ms DESC, invoice DESC");
        self.collect(&text, &[&&*mobile]).await
    }

    pub(crate) async fn pay_link(&self, hash: Digest) -> Result<Option<PayLink>, Error> {
        self.select(&hash).await
    }

    pub(crate) async fn invoice_page(&self, page: Page) -> Result<Vec<Invoice>, Error> {
        let text = format!("SELECT {} FROM invoice WHERE id < $1 ORDER BY id DESC LIMIT $2", Invoice::COLUMNS);
        self.collect(&text, &[&page.after, &limit(page.limit)]).await
    }

    pub(crate) async fn gateway_session(&self, hash: Digest) -> Result<Option<GatewaySession>, Error> {
        self.select(&hash).await
    }

    pub(crate) async fn voucher(&self, key: VoucherKey) -> Result<Option<Voucher>, Error> {
        self.select(&key).await
    }

    pub(crate) async fn vouchers(&self, after: VoucherKey, rows: usize) -> Result<Vec<Voucher>, Error> {
        self.collect(&report::vouchers(), &[&after.issuer.0, &&*after.code, &limit(rows)]).await
    }

    pub(crate) async fn all_vouchers(&self, after: VoucherKey, rows: usize) -> Result<Vec<Voucher>, Error> {
        let text = format!(
            "SELECT {} FROM voucher WHERE (issuer, code) > ($1, $2) ORDER BY issuer, code LIMIT $3",
            Voucher::COLUMNS
        );
        self.collect(&text, &[&after.issuer.0, &&*after.code, &limit(rows)]).await
    }

    pub(crate) async fn browser_session(&self, hash: Digest) -> Result<Option<BrowserSession>, Error> {
        self.select(&hash).await
    }

    pub(crate) async fn sso_consent(&self, key: SsoConsentKey) -> Result<Option<SsoConsent>, Error> {
        self.select(&key).await
    }

    pub(crate) async fn sso_consents_of(&self, party: PartyId) -> Result<Vec<SsoConsent>, Error> {
        self.collect(&report::sso_consents_of(), &[&party.0]).await
    }

    pub(crate) async fn sso_refresh(&self, hash: Digest) -> Result<Option<SsoRefresh>, Error> {
        self.select(&hash).await
    }

    pub(crate) async fn sso_family(&self, id: SsoFamilyId) -> Result<Option<SsoFamily>, Error> {
        self.select(&id).await
    }

    pub(crate) async fn parties_of_mobile(&self, mobile: Text) -> Result<Vec<Party>, Error> {
        self.collect(&report::parties_of_mobile(), &[&&*mobile]).await
    }

    pub(crate) async fn operator(&self, name: Text) -> Result<Option<Operator>, Error> {
        self.select(&name).await
    }

    pub(crate) async fn operators(&self) -> Result<Vec<Operator>, Error> {
        self.collect(&format!("SELECT {} FROM operator ORDER BY name", Operator::COLUMNS), &[]).await
    }

    pub(crate) async fn operator_token(&self, hash: Digest) -> Result<Option<OperatorToken>, Error> {
        let text = format!("SELECT {} FROM operator_token WHERE hash = $1", OperatorToken::COLUMNS);
        Ok(self.collect(&text, &[&hash.0.as_slice()]).await?.pop())
    }

    pub(crate) async fn operator_tokens(&self) -> Result<Vec<OperatorToken>, Error> {
        self.collect(&format!("SELECT {} FROM operator_token ORDER BY name", OperatorToken::COLUMNS), &[]).await
    }

    pub(crate) async fn known_address(&self, hash: Digest) -> Result<Option<KnownAddress>, Error> {
        self.select(&hash).await
    }

    pub(crate) async fn second_factor(&self, name: Text) -> Result<Option<SecondFactor>, Error> {
        self.select(&name).await
    }

    pub(crate) async fn second_factors(&self) -> Result<Vec<SecondFactor>, Error> {
        self.collect(&format!("SELECT {} FROM second_factor ORDER BY operator", SecondFactor::COLUMNS), &[]).await
    }

    pub(crate) async fn saved_filters(&self, operator: Text) -> Result<Vec<SavedFilter>, Error> {
        let mut found: Vec<SavedFilter> = self.collect(&report::saved_filters(), &[&&*operator]).await?;
        found.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(found)
    }

    pub(crate) async fn phone_orders_named(&self, order: Text) -> Result<Vec<PhoneOrder>, Error> {
        self.collect(&report::phone_orders_named(LookUp::Lateral), &[&&*order]).await
    }

    pub(crate) async fn invoices_billed(&self, bill: Text) -> Result<Vec<Invoice>, Error> {
        self.collect(&report::invoices_billed(LookUp::Lateral), &[&&*bill]).await
    }

    pub(crate) async fn parties_named(&self, prefix: Text) -> Result<Vec<Party>, Error> {
        let sql = report::parties_named("~>=~", "~<~", "USING ~<~");
        let mut found: Vec<Party> = self.collect(&sql, &[&&*prefix, &report::end_of(&prefix)]).await?;
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    pub(crate) async fn audit_lines(&self, page: Page) -> Result<Vec<AuditLine>, Error> {
        let text = format!("SELECT {} FROM audit_line WHERE id < $1 ORDER BY id DESC LIMIT $2", AuditLine::COLUMNS);
        self.collect(&text, &[&page.after, &limit(page.limit)]).await
    }

    pub(crate) async fn audit_search(&self, page: AuditPage) -> Result<Vec<AuditLine>, Error> {
        let AuditPage { by, action, subject, since_ms, until_ms, before, limit: rows } = &page;
        let [by, action, subject] = [by, action, subject].map(|text| text.as_deref().unwrap_or_default());
        let (at_ms, id) = before;
        let parameters: Parameters<'_> = &[&by, &action, &subject, since_ms, until_ms, at_ms, id, &limit(*rows)];
        self.collect(&report::audit_search(&page), parameters).await
    }

    pub(crate) async fn alerts(&self) -> Result<Vec<Alert>, Error> {
        self.collect(&format!("SELECT {} FROM alert ORDER BY kind", Alert::COLUMNS), &[]).await
    }

    pub(crate) async fn last_seal(&self, chain: Chain) -> Result<Option<Seal>, Error> {
        Ok(self.collect(&chain::last_seal(), &[&chain.code()]).await?.pop())
    }

    pub(crate) async fn seals(&self, chain: Chain, after: i64, rows: usize) -> Result<Vec<Seal>, Error> {
        self.collect(&chain::seals(), &[&chain.code(), &after, &limit(rows)]).await
    }

    pub(crate) async fn unsealed(&self, chain: Chain, after: i64) -> Result<i64, Error> {
        let rows = self.query(&chain::count(chain), &[&after]).await?;
        number(rows.first().ok_or_else(|| corrupt("seal", "no count"))?)
    }

    pub(crate) async fn chain_content(
        &self,
        chain: Chain,
        after: i64,
        below: i64,
        rows: usize,
    ) -> Result<Content, Error> {
        let found = self.query(&chain::rows(chain), &[&after, &below, &limit(rows)]).await?;
        let mut contents = Contents::new();
        for (at, rows) in found.chunks(AT_ONCE).enumerate() {
            if at > 0 {
                tokio::task::yield_now().await;
            }
            rows.iter().for_each(|row| contents.stored(chain, &mut Fetcher::new(row)));
        }
        Ok(contents.end())
    }

    /// Parks the processes: see `horizon.rs`.
    pub(crate) async fn seal_horizon(&self) -> Result<i64, Error> {
        let mut below = number_of(&self.database, &self.pool, horizon::NEXT).await?;
        for row in self.query(&horizon::working(), &[]).await? {
            let (node, from): (i64, i64) = (number(&row)?, row.try_get(1).map_err(lost)?);
            match self.query(&horizon::park(), &[&node, &from]).await {
                Ok(_) => {}
                Err(error) => {
                    warn!(%error, "a process is in a long batch: what it writes is sealed later");
                    below = below.min(from);
                }
            }
        }
        Ok(below)
    }

    pub(crate) async fn complete_below(&self) -> Result<i64, Error> {
        number_of(&self.database, &self.pool, horizon::COMPLETE).await
    }

    pub(crate) async fn undecided_before(&self, at_ms: i64) -> Result<UndecidedTotal, Error> {
        let rows = self.query(&report::undecided_before(), &[&at_ms]).await?;
        let row = rows.first().ok_or_else(|| corrupt("transfer_order", "no count"))?;
        Ok(UndecidedTotal { payments: number(row)?, oldest_ms: row.try_get(1).map_err(lost)? })
    }

    pub(crate) async fn messages_about(&self, subject: i64) -> Result<Vec<Message>, Error> {
        self.collect(&report::messages_about(), &[&subject]).await
    }

    pub(crate) async fn card_attempts_of(&self, invoice: InvoiceId) -> Result<Vec<CardAttempt>, Error> {
        self.collect(&report::card_attempts_of(), &[&invoice.0]).await
    }

    pub(crate) async fn proposal(&self, id: ProposalId) -> Result<Option<Proposal>, Error> {
        self.select(&id).await
    }

    pub(crate) async fn proposals(&self, which: Proposals, page: Page) -> Result<Vec<Proposal>, Error> {
        self.collect(&report::proposals(which), &[&page.after, &limit(page.limit)]).await
    }

    pub(crate) async fn released(&self, transfer: TransferId) -> Result<Option<Released>, Error> {
        self.select(&transfer).await
    }

    pub(crate) async fn transfers_of(&self, cause: i64, rows: usize) -> Result<Vec<Transfer>, Error> {
        self.collect(&report::transfers_of(), &[&cause, &limit(rows)]).await
    }

    pub(crate) async fn dead_jobs(&self, page: Page) -> Result<Vec<Job>, Error> {
        self.collect(&report::dead_jobs(), &[&page.after, &limit(page.limit)]).await
    }

    pub(crate) async fn job_failure(&self, id: JobId) -> Result<Option<JobFailure>, Error> {
        self.select(&id).await
    }

    pub(crate) async fn submission(&self, order: OrderId) -> Result<Option<Submission>, Error> {
        self.select(&order).await
    }

    pub(crate) async fn card_attempt(&self, id: CardAttemptId) -> Result<Option<CardAttempt>, Error> {
        self.select(&id).await
    }

    pub(crate) async fn jobs_about(&self, subject: i64) -> Result<Vec<Job>, Error> {
        self.collect(&report::jobs_about(), &[&subject]).await
    }

    pub(crate) async fn all_orders(&self, filter: OrderFilter, page: Page) -> Result<Vec<Order>, Error> {
        self.collect(&report::all_orders(filter), &[&page.after, &limit(page.limit)]).await
    }

    pub(crate) async fn cards_shown_as(&self, mask: Text) -> Result<Vec<(Card, Account)>, Error> {
        self.accounts_of("c.mask = $1 ORDER BY c.id LIMIT 100", &[&&*mask]).await
    }

    pub(crate) async fn payers_shown_as(&self, mask: Text) -> Result<Vec<(PayerCard, Account)>, Error> {
        self.accounts_of("c.mask = $1 ORDER BY c.id LIMIT 100", &[&&*mask]).await
    }

    pub(crate) async fn payers_of_mobile(&self, mobile: Text) -> Result<Vec<(PayerCard, Account)>, Error> {
        self.accounts_of("c.mobile = $1 ORDER BY c.id LIMIT 100", &[&&*mobile]).await
    }

    pub(crate) async fn day_close(&self) -> Result<Option<DayClose>, Error> {
        self.select(&()).await
    }

    pub(crate) async fn cycle(&self, id: CycleId) -> Result<Option<Cycle>, Error> {
        self.select(&id).await
    }

    pub(crate) async fn cycles(&self, (before_ms, before): (i64, CycleId), rows: usize) -> Result<Vec<Cycle>, Error> {
        self.collect(&report::cycles(), &[&before_ms, &before.0, &limit(rows)]).await
    }

    pub(crate) async fn debtors(
        &self,
        cycle: CycleId,
        which: InCycle,
        after: AccountId,
        rows: usize,
    ) -> Result<Vec<Debtor>, Error> {
        let found = self.query(&report::debtors(which), &[&cycle.0, &after.0, &limit(rows)]).await?;
        let debtor = |row: &Row| {
            let sum: String = row.get(2);
            let sum = sum.parse().map_err(|_| corrupt("transfer_order", "a sum is no number"))?;
            Ok(Debtor { source: AccountId(row.get(0)), orders: row.get(1), sum })
        };
        found.iter().map(debtor).collect()
    }

    pub(crate) async fn cycle_orders(
        &self,
        cycle: CycleId,
        which: InCycle,
        (source, order): (AccountId, OrderId),
        rows: usize,
    ) -> Result<Vec<Order>, Error> {
        self.collect(&report::cycle_orders(which), &[&cycle.0, &source.0, &order.0, &limit(rows)]).await
    }

    pub(crate) async fn deposit(&self, key: DepositKey) -> Result<Option<(Deposit, Account)>, Error> {
        let bank = i64::from(key.bank.number());
        Ok(self.with_accounts("d.bank = $1 AND d.digits = $2", &[&bank, &&*key.digits]).await?.pop())
    }

    pub(crate) async fn deposit_of(&self, account: AccountId) -> Result<Option<Deposit>, Error> {
        let text = format!("SELECT {} FROM deposit WHERE id = $1", Deposit::COLUMNS);
        Ok(self.collect(&text, &[&account.0]).await?.pop())
    }

    pub(crate) async fn deposits_of_owner(&self, owner: String) -> Result<Vec<(Deposit, Account)>, Error> {
        self.with_accounts("d.owner = $1 ORDER BY d.bank, d.number COLLATE \"C\"", &[&owner]).await
    }

    pub(crate) async fn granted_deposits(
        &self,
        client: ClientId,
        user: String,
        at_ms: i64,
    ) -> Result<Vec<AccountId>, Error> {
        let mut found = Vec::new();
        for row in self.query(&report::granted_deposits(), &[&&*client.0, &user, &at_ms]).await? {
            found.extend(Vec::<AccountId>::take(&mut super::value::Fetcher::new(&row))?);
        }
        Ok(found)
    }

    pub(crate) async fn deposits(&self, page: Page) -> Result<Vec<(Deposit, Account)>, Error> {
        self.with_accounts("d.id > $1 ORDER BY d.id LIMIT $2", &[&page.after, &limit(page.limit)]).await
    }

    /// Deposits and their accounts, as of one moment.
    async fn with_accounts(
        &self,
        condition: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<(Deposit, Account)>, Error> {
        let text = format!(
            "SELECT {}, {} FROM deposit AS d JOIN account AS a ON a.id = d.id WHERE {condition}",
            columns_of::<Deposit>("d"),
            columns_of::<Account>("a")
        );
        self.query(&text, parameters).await?.iter().map(fetch_two).collect()
    }

    pub(crate) async fn account(&self, id: AccountId) -> Result<Option<Account>, Error> {
        self.select(&id).await
    }

    pub(crate) async fn accounts(&self, page: Page) -> Result<Vec<Account>, Error> {
        let text = format!("SELECT {} FROM account WHERE id > $1 ORDER BY id LIMIT $2", Account::COLUMNS);
        self.collect(&text, &[&page.after, &limit(page.limit)]).await
    }

    pub(crate) async fn transfer(&self, id: TransferId) -> Result<Option<Transfer>, Error> {
        self.select(&id).await
    }

    pub(crate) async fn clock(&self) -> Result<Option<ClockMode>, Error> {
        self.select(&()).await
    }

    pub(crate) async fn next_due(&self) -> Result<Option<i64>, Error> {
        let rows = self.query(NEXT_DUE, &[]).await?;
        Ok(rows.first().and_then(|row| row.get(0)))
    }

    pub(crate) async fn due_jobs(&self, rows: usize) -> Result<Vec<Job>, Error> {
        self.collect(&report::due_jobs(), &[&limit(rows)]).await
    }

    pub(crate) async fn endings(&self, after_ms: i64, rows: usize) -> Result<Vec<Ending>, Error> {
        let found = self.query(&endings(), &[&after_ms, &limit(rows)]).await?;
        let numbers =
            |row: &Row| -> Result<_, tokio_postgres::Error> { Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)) };
        found.iter().map(|row| Ending::of(numbers(row).map_err(lost)?)).collect()
    }

    pub(crate) async fn entries(&self, account: AccountId, page: EntryPage) -> Result<Option<History>, Error> {
        // Entries are only added: those up to the account's newest entry are the ones that its balances result from.
        let Some(holder) = self.account(account).await? else { return Ok(None) };
        let newest = holder.balances.entries.min(page.before_seq.saturating_sub(1));
        // Instants nearly ascend along an account's entries: both ends are found by bisection, with a margin for the disorder.
        let (mut first, mut last) = (1, newest);
        if newest > FEW_ENTRIES {
            let noted = self.query(find::DISORDER, &[]).await?;
            let disorder_ms = DISORDER_MS + number(expect(noted.first(), "clock_mark", "it is not there")?)?;
            first = self.entries_before(account, newest, page.from_ms.saturating_sub(disorder_ms)).await? + 1;
            last = self.entries_before(account, newest, page.to_ms.saturating_add(disorder_ms)).await?;
        }
        let side = |side: &str| {
            format!(
                "(SELECT {} FROM transfer WHERE {side} = $1 AND {side}_seq BETWEEN $2 AND $3 AND {}
                AND at_ms >= $4 AND at_ms < $5 ORDER BY {side}_seq DESC LIMIT $6)",
                Transfer::COLUMNS,
                report::posts()
            )
        };
        let text = format!("{} UNION ALL {}", side("debit"), side("credit"));
        let most = limit(page.limit);
        let window: Parameters<'_> = &[&account.0, &first, &last, &page.from_ms, &page.to_ms, &most];
        let found = self.collect::<Transfer>(&text, window).await?;
        let mut entries: Vec<Entry> = found.iter().map(|transfer| Entry::of(transfer, account)).collect();
        entries.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.seq));
        entries.truncate(page.limit);
        let causes: Vec<i64> = entries.iter().map(|entry| entry.cause).filter(|cause| *cause != 0).collect();
        let mut orders = HashMap::new();
        if !causes.is_empty() {
            let text = format!("SELECT {} FROM transfer_order WHERE id = ANY($1)", Order::COLUMNS);
            let found = self.collect::<Order>(&text, &[&causes]).await?;
            orders.extend(found.into_iter().map(|order| (order.id, order)));
        }
        let entries = entries.into_iter().map(|entry| (entry, orders.get(&OrderId(entry.cause)).cloned())).collect();
        Ok(Some(History { account: holder, entries }))
    }

    /// How many of an account's first `newest` entries are before an instant.
    async fn entries_before(&self, account: AccountId, newest: i64, instant_ms: i64) -> Result<i64, Error> {
        let text = "SELECT at_ms FROM transfer WHERE debit = $1 AND debit_seq = $2
            UNION ALL SELECT at_ms FROM transfer WHERE credit = $1 AND credit_seq = $2";
        let (mut low, mut high) = (0, newest);
        while low < high {
            let middle = low + (high - low + 1) / 2;
            let rows = self.query(text, &[&account.0, &middle]).await?;
            let at_ms = number(expect(rows.first(), "transfer", "an entry's number is missing")?)?;
            if at_ms < instant_ms {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        Ok(low)
    }

    /// Passes all rows that a verification needs to `checks`, table by table, as of one moment.
    pub(crate) async fn check_rows(&self, checks: &mut Checks<'_>) -> Result<(), Error> {
        let mut client = connection(&self.pool).await?;
        let timeout = self.database.timeout;
        client
            .batch_execute(
                "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET enable_seqscan = on",
            )
            .await
            .map_err(lost)?;
        let transaction = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
        let transaction = transaction.start().await.map_err(lost)?;
        let count = transaction.query_one("SELECT count(*) FROM transfer", &[]).await.map_err(lost)?;
        checks.expects(number(&count)?);
        let scan = Scan { transaction };
        let mut seals: Vec<Seal> = Vec::new();
        match scan.each("seal ORDER BY chain, number", |seal: Seal| seals.push(seal)).await {
            Err(error @ Error::Corrupt { .. }) => checks.differs(|| format!("seal: {error}")),
            read => read?,
        }
        for chain in Chain::ALL {
            let mut walk = Walk::new(chain);
            for seal in seals.iter().filter(|seal| seal.key.chain == chain) {
                let (after, below) = (walk.covered(), seal.last.saturating_add(1));
                let content = scan.content(chain, after, below).await?;
                walk.link(seal, &content, checks);
            }
            let (count, covered) = (chain::count(chain), walk.covered());
            let unsealed = scan.transaction.query_one(count.as_str(), &[&covered]).await.map_err(lost)?;
            walk.end(number(&unsealed)?, checks);
        }
        scan.each("job", |job: Job| checks.job(&job)).await?;
        scan.each("paya_cycle", |cycle: Cycle| checks.cycle(&cycle)).await?;
        scan.each("message", |message: Message| checks.message(&message)).await?;
        scan.each("submission", |submission: Submission| checks.submission(&submission)).await?;
        scan.each("card_attempt", |attempt: CardAttempt| checks.card_attempt(&attempt)).await?;
        scan.each("payer_card", |card: PayerCard| checks.payer_card(&card)).await?;
        scan.each("audit_line ORDER BY id", |line: AuditLine| checks.audit_line(&line)).await?;
        scan.each("account", |account: Account| checks.account(account)).await?;
        // That a trackId leads to one order is a constraint of this schema.
        scan.each("transfer_order", |order: Order| checks.order(&order, Some(order.id))).await?;
        scan.each("phone_order", |order: PhoneOrder| checks.phone_order(&order)).await?;
        scan.each("invoice", |invoice: Invoice| checks.invoice(&invoice)).await?;
        scan.each("taking", |receivable: CardReceivable| checks.card_receivable(&receivable)).await?;
        scan.each("transfer ORDER BY id", |transfer: Transfer| checks.transfer(transfer)).await?;
        scan.each("pending", |pending: Pending| checks.pending(&pending)).await?;
        let next = scan.transaction.query_opt("SELECT next FROM id_block WHERE id = 1", &[]).await.map_err(lost)?;
        checks.next_number(next.as_ref().map(number).transpose()?);
        drop(scan);
        let timeout_ms = timeout.as_millis();
        let limits = format!(
            "SET statement_timeout = {timeout_ms}; SET idle_in_transaction_session_timeout = {timeout_ms}; SET enable_seqscan = off"
        );
        client.batch_execute(&limits).await.map_err(lost)
    }
}

/// The rows of a table, decoded a few at a time.
pub(super) async fn fetch_in_parts<T: Table>(rows: &[Row]) -> Result<Vec<T>, Error> {
    let mut found = Vec::with_capacity(rows.len());
    for (at, rows) in rows.chunks(AT_ONCE).enumerate() {
        if at > 0 {
            tokio::task::yield_now().await;
        }
        found.extend(fetch_all(rows)?);
    }
    Ok(found)
}

/// The rows of two tables that are joined in one row.
fn fetch_two<A: Table, B: Table>(row: &Row) -> Result<(A, B), Error> {
    let mut columns = super::value::Fetcher::new(row);
    Ok((A::fetch(&mut columns)?, B::fetch(&mut columns)?))
}

/// Reads whole tables in one transaction.
struct Scan<'a> {
    transaction: deadpool_postgres::Transaction<'a>,
}

impl Scan<'_> {
    /// The content of a chain's rows with numbers above `after` and below `below`.
    async fn content(&self, chain: Chain, after: i64, below: i64) -> Result<Content, Error> {
        let statement = self.transaction.prepare_cached(&chain::rows(chain)).await.map_err(lost)?;
        let portal = self.transaction.bind(&statement, &[&after, &below, &i64::MAX]).await.map_err(lost)?;
        let mut contents = Contents::new();
        loop {
            let rows = self.transaction.query_portal(&portal, ROWS).await.map_err(lost)?;
            if rows.is_empty() {
                return Ok(contents.end());
            }
            rows.iter().for_each(|row| contents.stored(chain, &mut Fetcher::new(row)));
        }
    }

    async fn each<T: Table>(&self, from: &str, mut take: impl FnMut(T)) -> Result<(), Error> {
        let statement = self.transaction.prepare(&format!("SELECT {} FROM {from}", T::COLUMNS)).await.map_err(lost)?;
        let portal = self.transaction.bind(&statement, &[]).await.map_err(lost)?;
        loop {
            let rows = self.transaction.query_portal(&portal, ROWS).await.map_err(lost)?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                take(fetch(row)?);
            }
        }
    }
}

fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
