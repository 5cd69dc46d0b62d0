//! What a store's reader returns: every list, page by page, and every look-up by something else than a row's own key.
//!
//! Each side asks by its own numbers, which it has of its own pages.

use std::fmt::Debug;

use ledger::{Account, AccountId, TransferId};
use payments::{
    Bank, BillKey, ClientId, CycleId, DepositKey, Digest, GrantKind, Invoice, InvoiceId, Message, MessageState, Order,
    PartyId, PhoneOrder, SsoConsentKey, SsoFamilyId, Status, Text, TotalKey, VoucherKey,
};
use store::{
    AUDIT, AuditPage, By, CARD_ATTEMPTS, EntryPage, Error, Filter, INVOICES, InCycle, InvoiceFilter, InvoicePage,
    InvoicePageStart, InvoiceSide, JOBS, ListQuery, MessagePage, ORDERS, OrderFilter, OrderPage, OwnerValue, PARTIES,
    PHONE_ORDERS, PROPOSALS, Page, Proposals, Reader, SMS, Sort, TokenFilter, WEBHOOKS,
};

use super::side::Known;
use super::{invoices, log_in, sso};
use crate::common::{START_MS, drops};

const ALL: usize = 100_000;
const FIRST: Page = Page { after: -1, limit: ALL };
const NEWEST: Page = Page { after: i64::MAX, limit: ALL };
/// Rows of a page that is not the whole list.
const FEW: usize = 7;

/// What was returned, a line each.
pub struct Pages<'a> {
    reader: &'a Reader,
    known: &'a Known,
    now_ms: i64,
    lines: Vec<String>,
}

type Read<T> = Result<T, Error>;

/// All rows of a list.
fn every<T: 'static>() -> ListQuery<T> {
    ListQuery { filter: Filter::ALL, sort: Sort::Newest, behind: None, limit: ALL }
}

impl<'a> Pages<'a> {
    pub async fn of(reader: &'a Reader, known: &'a Known, now_ms: i64) -> Vec<String> {
        let mut pages = Self { reader, known, now_ms, lines: Vec::new() };
        pages.accounts().await;
        pages.orders().await;
        pages.clients().await;
        pages.invoices().await;
        pages.parties().await;
        pages.cards_and_phones().await;
        pages.operators().await;
        pages.lists().await;
        pages.messages().await;
        pages.reports().await;
        pages.lines
    }

    fn record(&mut self, what: &str, read: Read<impl Debug>) {
        self.lines.push(format!("{what} {:?}", read.unwrap()));
    }

    fn list<T: Debug>(&mut self, what: &str, read: Read<Vec<T>>) -> Vec<T> {
        let rows = read.unwrap();
        self.lines.push(format!("{what}: {} rows", rows.len()));
        self.lines.extend(rows.iter().map(|row| format!("{what} {row:?}")));
        rows
    }

    async fn accounts(&mut self) {
        let reader = self.reader;
        let accounts: Vec<Account> = self.list("accounts", reader.accounts(FIRST).await);
        let middle_ms = i64::midpoint(START_MS, self.now_ms);
        for Account { id, balances, .. } in accounts {
            for (from_ms, to_ms, before_seq) in [
                (i64::MIN, i64::MAX, i64::MAX),
                (START_MS, middle_ms, i64::MAX),
                (middle_ms, i64::MAX, balances.entries),
            ] {
                let page = EntryPage { before_seq, from_ms, to_ms, limit: 300 };
                let history = reader.entries(id, page).await.unwrap().unwrap();
                self.list("entries", Ok(history.entries));
            }
            self.record("deposit of", reader.deposit_of(id).await);
        }
        let deposits = self.list("deposits", reader.deposits(FIRST).await);
        let half = Page { after: deposits[2].0.id.0, limit: FEW };
        self.list("deposits", reader.deposits(half).await);
        self.list("deposits of", reader.deposits_of_owner("1111111111".to_owned()).await);
        self.record("clock", reader.clock().await);
        self.record("next due", reader.next_due().await);
        self.record("day close", reader.day_close().await);
    }

    async fn orders(&mut self) {
        let reader = self.reader;
        self.list("undecided", reader.all_orders(OrderFilter::Undecided, NEWEST).await);
        let orders: Vec<Order> = self.list("orders", reader.all_orders(OrderFilter::All, NEWEST).await);
        for Order { id, source, .. } in orders.iter().rev().step_by(3) {
            self.record("order", reader.order_numbered(*id).await);
            self.record("submission", reader.submission(*id).await);
            self.list("transfers of", reader.transfers_of(id.0, ALL).await);
            self.list("jobs about", reader.jobs_about(id.0).await);
            let page = OrderPage { from_ms: START_MS, to_ms: i64::MAX, status: None, offset: 1, limit: FEW };
            self.record("payas", reader.payas(*source, page).await);
        }
        let middle_ms = i64::midpoint(START_MS, self.now_ms);
        for status in [None, Some(Status::Done), Some(Status::Pending), Some(Status::Failed), Some(Status::Unknown)] {
            for (from_ms, to_ms, offset) in
                [(i64::MIN, i64::MAX, 0), (START_MS, middle_ms, 5), (middle_ms, i64::MAX, 0)]
            {
                let page = OrderPage { from_ms, to_ms, status, offset, limit: 50 };
                self.record("orders of", reader.orders(drops(), page).await);
            }
        }
        let cycles = self.list("cycles", reader.cycles((i64::MAX, CycleId(i64::MAX)), ALL).await);
        for cycle in cycles {
            for which in [InCycle::All, InCycle::Leaving] {
                let debtors = self.list("debtors", reader.debtors(cycle.id, which, AccountId(0), ALL).await);
                let after = debtors.first().map_or(AccountId(0), |debtor| debtor.source);
                let after = (after, payments::OrderId(0));
                self.list("in cycle", reader.cycle_orders(cycle.id, which, after, FEW).await);
            }
        }
    }

    async fn reports(&mut self) {
        let (reader, now_ms) = (self.reader, self.now_ms);
        let movements = reader.movements(TransferId(0), ALL).await.unwrap();
        for movement in &movements {
            let TotalKey { begins_ms, dialect, bank, means, kind, .. } = movement.key();
            let meaning = (begins_ms, dialect, bank, means, kind, movement.amount);
            self.record("movement", Ok(meaning));
        }
        let some = reader.movements(movements[FEW].transfer, FEW).await.unwrap();
        self.record("movements", Ok(some.iter().map(|movement| movement.at_ms).collect::<Vec<_>>()));
        self.record("transfers after", reader.transfers_after(movements[FEW].transfer, ALL).await);
        let middle_ms = i64::midpoint(START_MS, now_ms);
        for at_ms in [START_MS, middle_ms, now_ms + 1] {
            let last = reader.last_transfer_before(at_ms).await.unwrap();
            self.list("accounts at", reader.accounts_at(AccountId(-1), last, ALL).await);
            self.list("undecided", reader.undecided(at_ms).await);
        }
        self.list("failures", reader.failures(START_MS, now_ms + 1).await);
        self.list("failures", reader.failures(middle_ms, now_ms).await);
        for terminal in reader.terminals(Text::from(""), ALL).await.unwrap() {
            self.record("terminal of", reader.terminal_of(terminal.account).await);
        }
    }

    async fn clients(&mut self) {
        let (reader, now_ms) = (self.reader, self.now_ms);
        self.list("clients", reader.clients().await);
        self.record("client", reader.client(ClientId::from("unknown")).await);
        for kind in [GrantKind::ClientCredential, GrantKind::Code, GrantKind::Sms] {
            for (bank, user) in [(None, None), (Some(Bank::SEPAH), None), (None, Some("1111111111".to_owned()))] {
                let filter = TokenFilter { kind, bank, user, at_ms: now_ms };
                self.list("tokens", reader.tokens(drops(), filter).await);
            }
        }
        self.list("granted", reader.granted_deposits(drops(), "1111111111".to_owned(), now_ms).await);
        for hash in self.known.consents.iter().chain(&self.known.codes).chain(&self.known.tokens) {
            self.record("consent", reader.consent(*hash).await);
            self.record("code", reader.auth_code(*hash).await);
            self.record("access", reader.access_token(*hash).await);
            self.record("refresh", reader.refresh_token(*hash).await);
        }
    }

    async fn invoices(&mut self) {
        let reader = self.reader;
        let all: Vec<Invoice> = self.list("invoices", reader.invoice_page(NEWEST).await);
        self.list("invoices", reader.invoice_page(Page { after: all[FEW].id.0, limit: FEW }).await);
        for invoice in all.iter().step_by(2) {
            let id = &invoice.id;
            self.record("unique", reader.unique_invoice(invoice.unique).await);
            self.record("pay code", reader.pay_code(*id).await);
            self.list("transfers of", reader.transfers_of(id.0, ALL).await);
            self.list("jobs about", reader.jobs_about(id.0).await);
        }
        for number in ["1", "2", "3"].map(Text::from) {
            self.list("paid by card", reader.invoices_by_card_payment(number).await);
        }
        let some = [all[FEW].id, all[all.len() / 2].id, all[all.len() - 1].id];
        for invoice in some {
            self.list("messages about", reader.messages_about(invoice.0).await);
            self.list("attempts of", reader.card_attempts_of(invoice).await);
        }
        for of in invoices::PARTIES {
            for side in [InvoiceSide::Issued, InvoiceSide::Received] {
                for filter in filters(some) {
                    for start in
                        [InvoicePageStart::Offset(0), InvoicePageStart::From(some[1]), InvoicePageStart::UpTo(some[1])]
                    {
                        let page = InvoicePage { of, side, filter: filter.clone(), start, limit: 20, bytes: 20_000 };
                        self.record("list", reader.invoices(page).await);
                    }
                }
            }
            for number in 0..4 {
                self.record("bill", reader.bill(BillKey::of(of, &Text::from(number.to_string()))).await);
            }
            let from = VoucherKey { issuer: of, code: Text::from("") };
            self.list("vouchers", reader.vouchers(from.clone(), FEW).await);
            self.list("all vouchers", reader.all_vouchers(from, ALL).await);
        }
        for visit in &self.known.visits {
            self.record("visit", reader.gateway_session(visit.session).await);
        }
        for attempt in &self.known.attempts {
            self.record("card attempt", reader.card_attempt(*attempt).await);
            self.list("jobs about", reader.jobs_about(attempt.0).await);
        }
        for hash in &self.known.links {
            self.record("link", reader.pay_link(*hash).await);
        }
    }

    async fn parties(&mut self) {
        let reader = self.reader;
        self.list("parties", reader.parties(FIRST).await);
        self.list("bank users", reader.bank_users(String::new(), ALL).await);
        for party in invoices::PARTIES {
            self.record("party", reader.party(party).await);
            self.record("look", reader.shop_look(party).await);
            self.record("logo", reader.shop_logo(party).await);
            self.record("credits", reader.credit_book(party).await);
            for client in invoices::PARTIES {
                self.record("consent", reader.sso_consent(SsoConsentKey { party, client }).await);
            }
            self.list("consents", reader.sso_consents_of(party).await);
            self.list("tokens of", reader.api_tokens_of(party).await);
            self.record("handle", reader.handle(invoices::name(party)).await);
        }
        for mobile in log_in::MOBILES.map(Text::from) {
            self.list("with mobile", reader.parties_of_mobile(mobile.clone()).await);
            self.list("codes to", reader.pay_codes(mobile).await);
        }
        let known = self.known;
        for hash in known.accesses.iter().chain(&known.api_tokens) {
            self.record("api token", reader.api_token(*hash).await);
        }
        for hash in &known.refreshes {
            let found = reader.sso_refresh(*hash).await.unwrap();
            let family = found.as_ref().map_or(SsoFamilyId(0), |token| token.family);
            self.record("sso refresh", Ok(found));
            self.record("family", reader.sso_family(family).await);
        }
        for hash in &known.sessions {
            self.record("session", reader.browser_session(*hash).await);
        }
        for address in 0..log_in::ADDRESSES {
            self.record("address", reader.known_address(log_in::spared(address)).await);
        }
        self.record("none", reader.sso_family(SsoFamilyId(sso::NO_FAMILY)).await);
    }

    async fn cards_and_phones(&mut self) {
        let reader = self.reader;
        self.list("cards", reader.cards(FIRST).await);
        self.list("payer cards", reader.payer_cards(FIRST).await);
        for mask in ["636214******0001", "502200******0001", "502200******0002"].map(Text::from) {
            self.list("shown as", reader.cards_shown_as(mask.clone()).await);
            self.list("shown as", reader.payers_shown_as(mask).await);
        }
        self.list("payers of", reader.payers_of_mobile(Text::from("09123456789")).await);
        self.list("terminals", reader.terminals(Text::from(""), ALL).await);
        self.list("terminals", reader.terminals(Text::from("off"), ALL).await);
        self.list("pos", reader.pos_terminal(Text::from("11")).await.map(|found| found.into_iter().collect()));
        let orders: Vec<PhoneOrder> = self.list("phone orders", reader.phone_order_page(NEWEST).await);
        for PhoneOrder { key, id, .. } in orders.iter().step_by(3) {
            self.record("phone order", reader.phone_order(key.clone()).await);
            self.record("phone order", reader.phone_order_numbered(*id).await);
        }
        let middle = orders[orders.len() / 2].id.0;
        self.list("phone orders", reader.phone_orders(Page { after: middle, limit: FEW }).await);
        self.list("phone orders", reader.phone_order_page(Page { after: middle, limit: FEW }).await);
        let key = DepositKey::new(Bank::AYANDEH, "0302876214008");
        self.record("deposit", reader.deposit(key).await);
    }

    async fn operators(&mut self) {
        let reader = self.reader;
        self.list("operators", reader.operators().await);
        self.list("factors", reader.second_factors().await);
        self.list("operator tokens", reader.operator_tokens().await);
        self.record("operator token", reader.operator_token(Digest([0; 32])).await);
        self.list("saved filters", reader.saved_filters(Text::from("admin")).await);
        self.list("ordered", reader.phone_orders_named(Text::from("1")).await);
        self.list("billed", reader.invoices_billed(Text::from("1")).await);
        self.list("named", reader.parties_named(Text::from("")).await);
        let lines = self.list("audit", reader.audit_lines(NEWEST).await);
        let middle = lines[lines.len() / 2].id.0;
        self.list("audit", reader.audit_lines(Page { after: middle, limit: FEW }).await);
        let some = lines[lines.len() / 2].clone();
        for page in [
            AuditPage::newest(ALL),
            AuditPage { by: Some(some.by), ..AuditPage::newest(FEW) },
            AuditPage { action: Some(some.action), ..AuditPage::newest(ALL) },
            AuditPage { until_ms: some.at_ms, ..AuditPage::newest(ALL) },
        ] {
            self.list("audit search", reader.audit_search(page).await);
        }
        self.record("alerts", reader.alerts().await);
        self.record("undecided", reader.undecided_before(self.now_ms).await);
        self.list("open", reader.proposals(Proposals::Open, NEWEST).await);
        let proposals = self.list("proposals", reader.proposals(Proposals::All, NEWEST).await);
        let middle = proposals[proposals.len() / 2].id;
        self.record("proposal", reader.proposal(middle).await);
        self.list("proposals", reader.proposals(Proposals::All, Page { after: middle.0, limit: FEW }).await);
        for job in self.list("dead", reader.dead_jobs(FIRST).await) {
            self.record("failure", reader.job_failure(job.id).await);
        }
    }

    async fn lists(&mut self) {
        let reader = self.reader;
        for sort in [Sort::Newest, Sort::Oldest, Sort::Largest, Sort::Smallest] {
            let query = ListQuery { filter: Filter::ALL, sort, behind: None, limit: ALL };
            self.list("orders listed", reader.listing(&ORDERS, query).await.map(|page| page.rows));
            let query = ListQuery { filter: Filter::ALL, sort, behind: None, limit: ALL };
            self.list("invoices listed", reader.listing(&INVOICES, query).await.map(|page| page.rows));
        }
        let period = |from_ms, to_ms| (Some(from_ms), Some(to_ms));
        for (from_ms, to_ms) in [period(START_MS, self.now_ms), period(self.now_ms - 1_000, self.now_ms)] {
            let filter = Filter { from_ms, to_ms, ..Filter::ALL };
            let query = ListQuery { filter: filter.clone(), sort: Sort::Newest, behind: None, limit: ALL };
            self.list("orders of a period", reader.listing(&ORDERS, query).await.map(|page| page.rows));
            self.record("orders of a period", reader.counted(&ORDERS, filter).await);
            let filter = Filter { from_ms, to_ms, ..Filter::ALL };
            let query = ListQuery { filter, sort: Sort::Newest, behind: None, limit: ALL };
            self.list("phone orders of a period", reader.listing(&PHONE_ORDERS, query).await.map(|page| page.rows));
        }
        for state in INVOICES.states {
            let filter = Filter { state: Some(state), owner: Some(OwnerValue::Number(201)), ..Filter::ALL };
            self.record(state.name, reader.counted(&INVOICES, filter).await);
        }
        let filter = Filter { owner: Some(OwnerValue::Name(drops().0)), ..Filter::ALL };
        self.record("orders of a client", reader.counted(&ORDERS, filter).await);
        for (what, read) in [
            ("sms listed", reader.listing(&SMS, every()).await),
            ("calls listed", reader.listing(&WEBHOOKS, every()).await),
        ] {
            self.list(what, read.map(|page| page.rows));
        }
        self.list("audit listed", reader.listing(&AUDIT, every()).await.map(|page| page.rows));
        self.list("proposals listed", reader.listing(&PROPOSALS, every()).await.map(|page| page.rows));
        self.list("attempts listed", reader.listing(&CARD_ATTEMPTS, every()).await.map(|page| page.rows));
        self.list("jobs listed", reader.listing(&JOBS, every()).await.map(|page| page.rows));
        self.list("parties listed", reader.listing(&PARTIES, every()).await.map(|page| page.rows));
    }

    async fn messages(&mut self) {
        let due = self.reader.due_jobs(ALL).await.map(|jobs| jobs.iter().map(|job| job.due_at_ms).collect::<Vec<_>>());
        self.record("due jobs", due);
        for rows in [FEW, ALL] {
            let ends = self.reader.endings(self.now_ms, rows).await;
            let ends = ends.map(|ends| ends.iter().map(|end| (end.at_ms, end.kind)).collect::<Vec<_>>());
            self.record("endings", ends);
        }
        let reader = self.reader;
        for by in [By::Sms, By::Call] {
            let page =
                MessagePage { by, before: i64::MAX, after: 0, to: None, business: None, state: None, limit: ALL };
            let messages: Vec<Message> = self.list("messages", reader.messages(page.clone()).await);
            let Some(middle) = messages.get(messages.len() / 2) else { continue };
            self.record("message", reader.message(middle.id).await);
            self.record(
                "attempts",
                reader.callback_attempts(vec![middle.id]).await.map(|found| found.into_iter().next()),
            );
            self.list("messages", reader.messages(MessagePage { after: middle.id.0, ..page.clone() }).await);
            for business in [PartyId(201), PartyId(202)] {
                self.list("messages", reader.messages(MessagePage { business: Some(business), ..page.clone() }).await);
            }
            for state in [MessageState::Queued, MessageState::Sent, MessageState::Dead] {
                let page = MessagePage { state: Some(state), before: middle.id.0, limit: FEW, ..page.clone() };
                self.list("messages", reader.messages(page.clone()).await);
                self.list("messages", reader.messages(MessagePage { to: Some(middle.to.clone()), ..page }).await);
            }
        }
    }
}

/// Each filter of a list of invoices, on its own.
fn filters([first, second, third]: [InvoiceId; 3]) -> Vec<InvoiceFilter> {
    let none = InvoiceFilter::default;
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let mut filters = vec![
        none(),
        InvoiceFilter { id: Some(first), ..none() },
        InvoiceFilter { current: Some(second), ..none() },
        InvoiceFilter { current: Some(third), ..none() },
        InvoiceFilter { unique: Some(3), ..none() },
        InvoiceFilter { from_ms: Some(START_MS), to_ms: Some(START_MS + 43_200_000), ..none() },
        InvoiceFilter { guild: Some(invoices::GUILD), ..none() },
        InvoiceFilter { reference_number: Some(Text::from("1")), ..none() },
        InvoiceFilter { customer: Some(PartyId(101)), ..none() },
        InvoiceFilter { bill_number: Some(Text::from("1")), ..none() },
        InvoiceFilter { issuers: vec![PartyId(202)], ..none() },
        InvoiceFilter { words: words(&["bo"]), ..none() },
        InvoiceFilter { words: words(&["pen", "blue"]), ..none() },
        InvoiceFilter { products: words(&["book"]), ..none() },
    ];
    for is in [true, false] {
        filters.extend([
            InvoiceFilter { canceled: Some(is), ..none() },
            InvoiceFilter { paid: Some(is), ..none() },
            InvoiceFilter { closed: Some(is), ..none() },
            InvoiceFilter { waiting: Some(is), ..none() },
        ]);
    }
    filters
}
