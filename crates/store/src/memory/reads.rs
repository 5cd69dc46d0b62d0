//! The reads of a store in memory, under the names of the crate's `Reader`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ledger::{Account, AccountId, Transfer, TransferId};
use payments::{
    AccessToken, Alert, ApiToken, AuditLine, AuthCode, BankUser, Bill, BillKey, BrowserSession, CallbackAttempts, Card,
    CardAttempt, CardAttemptId, Chain, Channel, Client, ClientId, ClockMode, Consent, CreditBook, Cycle, CycleId,
    DayClose, Deposit, DepositKey, Digest, GatewaySession, Grant, GrantId, GrantKind, Handle, Invoice, InvoiceId,
    InvoiceStateCode, Job, JobFailure, JobId, KnownAddress, Message, MessageId, NEVER_MS, Operator, OperatorToken,
    Order, OrderId, OrderKey, OrderStateCode, Party, PartyId, PayCode, PayLink, PayerCard, PhoneOrder, PhoneOrderId,
    PhoneOrderKey, PosTerminal, Proposal, ProposalId, ProposalState, RefreshToken, Released, SavedFilter, Seal,
    SecondFactor, ShopLogo, ShopLook, SsoConsent, SsoConsentKey, SsoFamily, SsoFamilyId, SsoRefresh, Submission,
    Terminal, Text, Voucher, VoucherKey,
};

use schema::{Coded as _, Table};

use super::rows::{number, whole};
use super::{Reader, Tables};
use crate::Error;
use crate::chain::{COUNTED, Content, Contents};
use crate::ending::{Ending, EndingKind};
use crate::error::expect;
use crate::invoice_report::fitting;
use crate::model::{
    AuditPage, By, Debtor, Entry, EntryPage, History, InCycle, InvoiceFilter, InvoicePage, InvoicePageStart,
    InvoiceSide, Invoices, MessagePage, OrderFilter, OrderPage, Page, Paged, Proposals, TokenFilter, UndecidedTotal,
};
use crate::report::{CONSENTS, FEW, TOKENS, UNDECIDED};
use crate::sweep::ACCESS_TOKENS_KEPT_MS;
use crate::verify_chains::Walk;

/// Declares reads of one row by its key, and lists of all rows by their keys.
macro_rules! by_key {
    (one { $($name:ident($key:ty) -> $row:ident in $table:ident;)* } all { $($list:ident -> $listed:ident in $of:ident;)* }) => {
        impl Reader {
            $(pub(crate) fn $name(&self, key: $key) -> Result<Option<$row>, Error> {
                self.tables(|tables| tables.$table.get(&key).map(|row| whole::<$row>(row)).transpose())
            })*
            $(pub(crate) fn $list(&self) -> Result<Vec<$listed>, Error> {
                self.tables(|tables| rows(tables.$of.values()))
            })*
        }
    };
}

by_key! {
    one {
        client(ClientId) -> Client in clients;
        bank_user(String) -> BankUser in bank_users;
        consent(Digest) -> Consent in consents;
        auth_code(Digest) -> AuthCode in auth_codes;
        grant(GrantId) -> Grant in grants;
        order(OrderKey) -> Order in orders;
        cycle(CycleId) -> Cycle in cycles;
        account(AccountId) -> Account in accounts;
        transfer(TransferId) -> Transfer in transfers;
        terminal(Text) -> Terminal in terminals;
        pos_terminal(Text) -> PosTerminal in pos_terminals;
        phone_order(PhoneOrderKey) -> PhoneOrder in phone_orders;
        message(MessageId) -> Message in messages;
        party(PartyId) -> Party in parties;
        handle(Text) -> Handle in handles;
        shop_look(PartyId) -> ShopLook in shop_looks;
        shop_logo(PartyId) -> ShopLogo in shop_logos;
        credit_book(PartyId) -> CreditBook in credit_books;
        invoice(InvoiceId) -> Invoice in invoices;
        bill(BillKey) -> Bill in bills;
        pay_code(InvoiceId) -> PayCode in pay_codes;
        pay_link(Digest) -> PayLink in pay_links;
        gateway_session(Digest) -> GatewaySession in gateway_sessions;
        voucher(VoucherKey) -> Voucher in vouchers;
        browser_session(Digest) -> BrowserSession in browser_sessions;
        known_address(Digest) -> KnownAddress in known_addresses;
        sso_consent(SsoConsentKey) -> SsoConsent in sso_consents;
        sso_refresh(Digest) -> SsoRefresh in sso_refreshes;
        sso_family(SsoFamilyId) -> SsoFamily in sso_families;
        operator(Text) -> Operator in operators;
        second_factor(Text) -> SecondFactor in second_factors;
        proposal(ProposalId) -> Proposal in proposals;
        released(TransferId) -> Released in released;
        job_failure(JobId) -> JobFailure in job_failures;
        submission(OrderId) -> Submission in submissions;
        card_attempt(CardAttemptId) -> CardAttempt in card_attempts;
    }
    all {
        clients -> Client in clients;
        operators -> Operator in operators;
        second_factors -> SecondFactor in second_factors;
        operator_tokens -> OperatorToken in operator_tokens;
    }
}

/// Copies of rows, in the given order.
fn rows<'a, R: Table + 'a>(found: impl Iterator<Item = &'a Arc<R>>) -> Result<Vec<R>, Error> {
    found.map(|row| whole(&**row)).collect()
}

/// A copy of the first row.
fn one<'a, R: Table + 'a>(mut found: impl Iterator<Item = &'a Arc<R>>) -> Result<Option<R>, Error> {
    found.next().map(|row| whole(&**row)).transpose()
}

/// Copies of rows, sorted by `order`, at most `limit`.
fn sorted<'a, R: Table + 'a, O: Ord>(
    found: impl Iterator<Item = &'a Arc<R>>,
    order: impl Fn(&R) -> O,
    limit: usize,
) -> Result<Vec<R>, Error> {
    let mut found: Vec<&Arc<R>> = found.collect();
    found.sort_by_key(|row| order(row));
    rows(found.into_iter().take(limit))
}

/// Rows with numbers above the page's, in ascending order.
fn ascending<'a, R: Table + 'a>(
    found: impl Iterator<Item = &'a Arc<R>>,
    id: fn(&R) -> i64,
    page: Page,
) -> Result<Vec<R>, Error> {
    sorted(found.filter(|row| id(row) > page.after), id, page.limit)
}

/// Rows with numbers below the page's, in descending order.
fn descending<'a, R: Table + 'a>(
    found: impl Iterator<Item = &'a Arc<R>>,
    id: fn(&R) -> i64,
    page: Page,
) -> Result<Vec<R>, Error> {
    sorted(found.filter(|row| id(row) < page.after), |row| Reverse(id(row)), page.limit)
}

fn paged(mut found: Vec<&Arc<Order>>, page: OrderPage) -> Result<Paged<Order>, Error> {
    found.retain(|order| (page.from_ms..page.to_ms).contains(&order.at_ms));
    found.sort_by_key(|order| Reverse((order.at_ms, order.id)));
    let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
    Ok(Paged { rows: rows(found.into_iter().skip(page.offset).take(page.limit))?, count })
}

/// Rows with their accounts.
fn with_accounts<R>(
    tables: &Tables,
    found: Vec<R>,
    account: fn(&R) -> AccountId,
    table: &'static str,
) -> Result<Vec<(R, Account)>, Error> {
    let with_account = |row: R| {
        let account = tables.accounts.get(&account(&row)).copied();
        Ok((row, expect(account, table, "its account is not there")?))
    };
    found.into_iter().map(with_account).collect()
}

impl Tables {
    /// All ends, in no order.
    fn endings(&self) -> Vec<Ending> {
        let of = |kind, subject: i64, at_ms: i64| Ending { at_ms, kind, subject };
        let access = self.access_tokens.values().filter(|token| token.revoked_at_ms.is_none()).map(|token| {
            of(EndingKind::AccessToken, token.grant.0, token.created_at_ms.saturating_add(ACCESS_TOKENS_KEPT_MS))
        });
        let api = self.api_tokens.values().filter_map(|token| Some((token.party.0, token.ends_at_ms?)));
        let links = self.pay_links.values().filter_map(|link| Some((link.invoice.0, link.ends_at_ms?)));
        let codes = self.pay_codes.values().map(|code| (code.invoice.0, code.ends_at_ms()));
        let sessions = self.gateway_sessions.values().map(|session| (session.invoice.0, session.ends_at_ms));
        access
            .chain(api.map(|(party, at_ms)| of(EndingKind::ApiToken, party, at_ms)))
            .chain(self.consents.values().map(|consent| of(EndingKind::Consent, 0, consent.ends_at_ms)))
            .chain(sessions.map(|(invoice, at_ms)| of(EndingKind::GatewaySession, invoice, at_ms)))
            .chain(codes.map(|(invoice, at_ms)| of(EndingKind::PayCode, invoice, at_ms)))
            .chain(links.map(|(invoice, at_ms)| of(EndingKind::PayLink, invoice, at_ms)))
            .collect()
    }

    pub(super) fn next_due(&self) -> Option<i64> {
        self.jobs.values().map(|job| job.due_at_ms).min()
    }

    fn deposits_with(&self, found: Result<Vec<Deposit>, Error>) -> Result<Vec<(Deposit, Account)>, Error> {
        with_accounts(self, found?, |deposit| deposit.id, "deposit")
    }

    fn cards_with(&self, found: Result<Vec<Card>, Error>) -> Result<Vec<(Card, Account)>, Error> {
        with_accounts(self, found?, |card| card.id, "card")
    }

    fn payers_with(&self, found: Result<Vec<PayerCard>, Error>) -> Result<Vec<(PayerCard, Account)>, Error> {
        with_accounts(self, found?, |card| card.id, "payer_card")
    }

    /// The transfers that are entries of an account, by their entry numbers.
    fn entries_of(&self, account: AccountId) -> BTreeMap<i64, &Transfer> {
        let mut found = BTreeMap::new();
        for transfer in self.transfers.values() {
            for (one, after) in [(transfer.debit, transfer.debit_after), (transfer.credit, transfer.credit_after)] {
                if one == account {
                    found.insert(after.entries, transfer);
                }
            }
        }
        found
    }

    /// Whether an invoice belongs to the list of a page.
    fn is_listed(&self, invoice: &Invoice, page: &InvoicePage) -> bool {
        let (filter, of) = (&page.filter, page.of);
        let by_number = filter.id.is_some() || filter.unique.is_some();
        let is_theirs = match page.side {
            InvoiceSide::Received => invoice.customer == Some(of),
            InvoiceSide::Issued => invoice.issuer == of || by_number && invoice.customer == Some(of),
        };
        is_theirs && self.has_words(invoice, page) && is_wanted(invoice, filter) && self.has_number(invoice, filter)
    }

    fn has_number(&self, invoice: &Invoice, filter: &InvoiceFilter) -> bool {
        filter.bill_number.as_ref().is_none_or(|number| {
            let key = BillKey { issuer: invoice.issuer, number: number.clone() };
            self.bills.get(&key).is_some_and(|bill| bill.invoice == invoice.id)
        })
    }

    fn has_words(&self, invoice: &Invoice, page: &InvoicePage) -> bool {
        let issuer = match page.side {
            InvoiceSide::Issued => page.of,
            InvoiceSide::Received => invoice.issuer,
        };
        let InvoiceFilter { words, products, .. } = &page.filter;
        if words.is_empty() && products.is_empty() {
            return true;
        }
        let of_invoice = |key: &&payments::WordKey| key.issuer == issuer && key.invoice == invoice.id;
        let found: Vec<&str> = self.words.keys().filter(of_invoice).map(|key| &*key.word).collect();
        let begins = |word: &String| {
            let end = format!("{word}\u{10ffff}");
            found.iter().any(|found| (word.as_str()..end.as_str()).contains(found))
        };
        let is_product = || products.iter().any(|product| found.contains(&product.as_str()));
        words.iter().all(begins) && (products.is_empty() || is_product())
    }
}

/// Checks the conditions of a filter that need only the invoice itself.
fn is_wanted(invoice: &Invoice, filter: &InvoiceFilter) -> bool {
    let code = invoice.code();
    let is = |wanted: Option<bool>, is: bool| wanted.is_none_or(|wanted| wanted == is);
    filter.id.map_or(!invoice.edited, |id| invoice.id == id)
        && filter.current.is_none_or(|id| invoice.id == id)
        && filter.unique.is_none_or(|unique| invoice.unique == unique)
        && filter.customer.is_none_or(|customer| invoice.customer == Some(customer))
        && filter.guild.is_none_or(|guild| invoice.guild == guild)
        && filter.from_ms.is_none_or(|from_ms| invoice.issued_at_ms >= from_ms)
        && filter.to_ms.is_none_or(|to_ms| invoice.issued_at_ms <= to_ms)
        && is(filter.canceled, code.is_canceled())
        && is(filter.paid, code.is_paid())
        && is(filter.closed, code == InvoiceStateCode::Closed)
        && is(filter.waiting, code == InvoiceStateCode::Waiting)
        && (filter.issuers.is_empty() || filter.issuers.contains(&invoice.issuer))
        && filter.reference_number.as_ref().is_none_or(|number| invoice.reference_number == *number)
}

/// The bytes of an invoice's texts.
fn size(invoice: &Invoice) -> Result<i64, Error> {
    let values = schema::values(invoice)?;
    let texts = Invoice::FIELDS.iter().enumerate().filter(|(_, field)| ["lines", "terms", "detail"].contains(field));
    Ok(i64::try_from(texts.map(|(at, _)| values.bytes(at)).sum::<usize>()).unwrap_or(i64::MAX))
}

fn total(invoices: &[&Arc<Invoice>], amount: fn(&Invoice) -> i64) -> i64 {
    let sum: i128 = invoices.iter().map(|invoice| i128::from(amount(invoice))).sum();
    i64::try_from(sum).unwrap_or(i64::MAX)
}

impl Reader {
    pub(super) fn tables<T>(&self, read: impl FnOnce(&Tables) -> T) -> T {
        read(&self.0.0.lock().tables)
    }

    pub(crate) fn ping(&self) -> Result<(), Error> {
        Ok(())
    }

    pub(crate) fn access_token(&self, hash: Digest) -> Result<Option<(AccessToken, Grant)>, Error> {
        self.tables(|tables| {
            let Some(token) = tables.access_tokens.get(&hash) else { return Ok(None) };
            let grant = tables.grants.get(&token.grant).map(|grant| Grant::clone(grant));
            Ok(Some((AccessToken::clone(token), expect(grant, "access_token", "its grant is not there")?)))
        })
    }

    pub(crate) fn refresh_token(&self, hash: Digest) -> Result<Option<(RefreshToken, Grant)>, Error> {
        self.tables(|tables| {
            let Some(token) = tables.refresh_tokens.get(&hash) else { return Ok(None) };
            let grant = tables.grants.get(&token.grant).map(|grant| Grant::clone(grant));
            Ok(Some((RefreshToken::clone(token), expect(grant, "refresh_token", "its grant is not there")?)))
        })
    }

    pub(crate) fn order_numbered(&self, id: OrderId) -> Result<Option<Order>, Error> {
        Ok(self.tables(|tables| tables.order_numbered(id).map(Arc::unwrap_or_clone)))
    }

    pub(crate) fn orders(&self, client: ClientId, page: OrderPage) -> Result<Paged<(Order, String)>, Error> {
        self.tables(|tables| {
            let is_so = |order: &&Arc<Order>| page.status.is_none_or(|status| order.state.status() == status);
            let found = tables.orders.values().filter(|order| order.key.client == client).filter(is_so).collect();
            let Paged { rows, count } = paged(found, page)?;
            let with_user = |order: Order| {
                let of_grant = || tables.grants.get(&order.grant).map(|grant| grant.user.clone()).unwrap_or_default();
                let user = order.user.as_ref().map_or_else(of_grant, |user| user.to_string());
                (order, user)
            };
            Ok(Paged { rows: rows.into_iter().map(with_user).collect(), count })
        })
    }

    pub(crate) fn payas(&self, source: AccountId, page: OrderPage) -> Result<Paged<(Order, Option<Cycle>)>, Error> {
        self.tables(|tables| {
            let is_over =
                |order: &&Arc<Order>| matches!(order.state.code(), OrderStateCode::Settled | OrderStateCode::Returned);
            let of_source = |order: &&Arc<Order>| order.source == source && order.cycle.is_some();
            let found = tables.orders.values().filter(of_source).filter(is_over).collect();
            let Paged { rows, count } = paged(found, page)?;
            let with_cycle = |order: Order| {
                let cycle = order.cycle.and_then(|cycle| tables.cycles.get(&cycle)).map(|cycle| Cycle::clone(cycle));
                (order, cycle)
            };
            Ok(Paged { rows: rows.into_iter().map(with_cycle).collect(), count })
        })
    }

    pub(crate) fn tokens(&self, client: ClientId, filter: TokenFilter) -> Result<Vec<(AccessToken, Grant)>, Error> {
        self.tables(|tables| {
            let TokenFilter { kind, bank, user, at_ms } = filter;
            let user = user.unwrap_or_default();
            let is_wanted = |grant: &Grant| {
                (&grant.client, grant.kind, grant.ended_at_ms) == (&client, kind, None)
                    && (bank.is_none() || grant.bank == bank)
                    && (user.is_empty() || grant.user == user)
            };
            let mut found = Vec::new();
            for token in tables.access_tokens.values().filter(|token| token.revoked_at_ms.is_none()) {
                let grant = tables.grants.get(&token.grant).filter(|grant| is_wanted(grant));
                let lives = |grant: &&Arc<Grant>| token.created_at_ms + grant.life_ms > at_ms;
                if let Some(grant) = grant.filter(lives) {
                    found.push((AccessToken::clone(token), Grant::clone(grant)));
                }
            }
            found.sort_by_key(|(token, _)| Reverse((token.created_at_ms, token.grant)));
            found.truncate(TOKENS + 1);
            Ok(found)
        })
    }

    pub(crate) fn card(&self, number: Digest) -> Result<Option<(Card, Account)>, Error> {
        self.tables(|tables| Ok(tables.cards_with(rows(tables.cards.get(&number).into_iter()))?.pop()))
    }

    pub(crate) fn cards(&self, page: Page) -> Result<Vec<(Card, Account)>, Error> {
        self.tables(|tables| tables.cards_with(ascending(tables.cards.values(), |card| card.id.0, page)))
    }

    pub(crate) fn cards_shown_as(&self, mask: Text) -> Result<Vec<(Card, Account)>, Error> {
        self.tables(|tables| {
            let found = tables.cards.values().filter(|card| card.mask == mask);
            tables.cards_with(sorted(found, |card| card.id, FEW))
        })
    }

    pub(crate) fn payer_card(&self, number: Digest) -> Result<Option<(PayerCard, Account)>, Error> {
        self.tables(|tables| Ok(tables.payers_with(rows(tables.payer_cards.get(&number).into_iter()))?.pop()))
    }

    pub(crate) fn payer_cards(&self, page: Page) -> Result<Vec<(PayerCard, Account)>, Error> {
        self.tables(|tables| tables.payers_with(ascending(tables.payer_cards.values(), |card| card.id.0, page)))
    }

    pub(crate) fn payers_shown_as(&self, mask: Text) -> Result<Vec<(PayerCard, Account)>, Error> {
        self.tables(|tables| {
            let found = tables.payer_cards.values().filter(|card| card.mask == mask);
            tables.payers_with(sorted(found, |card| card.id, FEW))
        })
    }

    pub(crate) fn payers_of_mobile(&self, mobile: Text) -> Result<Vec<(PayerCard, Account)>, Error> {
        self.tables(|tables| {
            let found = tables.payer_cards.values().filter(|card| card.mobile == mobile);
            tables.payers_with(sorted(found, |card| card.id, FEW))
        })
    }

    pub(crate) fn cycles(&self, before: (i64, CycleId), limit: usize) -> Result<Vec<Cycle>, Error> {
        self.tables(|tables| {
            let found = tables.cycles.values().filter(|cycle| (cycle.settle_ms, cycle.id) < before);
            sorted(found, |cycle| Reverse((cycle.settle_ms, cycle.id)), limit)
        })
    }

    pub(crate) fn debtors(
        &self,
        cycle: CycleId,
        which: InCycle,
        after: AccountId,
        limit: usize,
    ) -> Result<Vec<Debtor>, Error> {
        self.tables(|tables| {
            let mut debtors: BTreeMap<AccountId, (i64, i128)> = BTreeMap::new();
            let inside = |order: &&Arc<Order>| order.cycle == Some(cycle) && order.source > after;
            for order in tables.orders.values().filter(inside).filter(|order| is_in(order, which)) {
                let (orders, sum) = debtors.entry(order.source).or_default();
                (*orders, *sum) = (*orders + 1, *sum + i128::from(order.amount.get()));
            }
            let debtor = |(source, (orders, sum))| Debtor { source, orders, sum };
            Ok(debtors.into_iter().take(limit).map(debtor).collect())
        })
    }

    pub(crate) fn cycle_orders(
        &self,
        cycle: CycleId,
        which: InCycle,
        after: (AccountId, OrderId),
        limit: usize,
    ) -> Result<Vec<Order>, Error> {
        self.tables(|tables| {
            let inside = |order: &&Arc<Order>| order.cycle == Some(cycle) && (order.source, order.id) > after;
            let found = tables.orders.values().filter(inside).filter(|order| is_in(order, which));
            sorted(found, |order| (order.source, order.id), limit)
        })
    }

    pub(crate) fn deposit(&self, key: DepositKey) -> Result<Option<(Deposit, Account)>, Error> {
        self.tables(|tables| Ok(tables.deposits_with(rows(tables.deposits.get(&key).into_iter()))?.pop()))
    }

    pub(crate) fn deposit_of(&self, account: AccountId) -> Result<Option<Deposit>, Error> {
        self.tables(|tables| one(tables.deposits.values().filter(|deposit| deposit.id == account)))
    }

    pub(crate) fn deposits_of_owner(&self, owner: String) -> Result<Vec<(Deposit, Account)>, Error> {
        self.tables(|tables| {
            tables.deposits_with(rows(tables.deposits.values().filter(|deposit| *deposit.owner == *owner)))
        })
    }

    pub(crate) fn granted_deposits(&self, client: ClientId, user: String, at_ms: i64) -> Result<Vec<AccountId>, Error> {
        self.tables(|tables| {
            let is_theirs = |grant: &&Arc<Grant>| {
                (&grant.client, &grant.user, grant.kind, grant.ended_at_ms) == (&client, &user, GrantKind::Code, None)
            };
            let lives = |grant: &&Arc<Grant>| {
                tables.access_tokens.values().any(|token| {
                    token.grant == grant.id
                        && token.revoked_at_ms.is_none()
                        && token.created_at_ms + grant.life_ms > at_ms
                })
            };
            let found = tables.grants.values().filter(is_theirs).filter(lives);
            Ok(found.flat_map(|grant| grant.deposits.iter().copied()).collect())
        })
    }

    pub(crate) fn deposits(&self, page: Page) -> Result<Vec<(Deposit, Account)>, Error> {
        self.tables(|tables| tables.deposits_with(ascending(tables.deposits.values(), |deposit| deposit.id.0, page)))
    }

    pub(crate) fn accounts(&self, page: Page) -> Result<Vec<Account>, Error> {
        self.tables(|tables| {
            let found = tables.accounts.values().filter(|account| account.id.0 > page.after);
            Ok(found.take(page.limit).copied().collect())
        })
    }

    pub(crate) fn entries(&self, account: AccountId, page: EntryPage) -> Result<Option<History>, Error> {
        self.tables(|tables| {
            let Some(holder) = tables.accounts.get(&account).copied() else { return Ok(None) };
            let orders: HashMap<i64, &Arc<Order>> = tables.orders.values().map(|order| (order.id.0, order)).collect();
            let of_account = tables.entries_of(account);
            let inside = |(seq, transfer): &(&i64, &&Transfer)| {
                **seq < page.before_seq && transfer.kind.posts() && (page.from_ms..page.to_ms).contains(&transfer.at_ms)
            };
            let with_order = |(_, transfer): (&i64, &&Transfer)| {
                let entry = Entry::of(transfer, account);
                (entry, orders.get(&entry.cause).map(|order| Order::clone(order)))
            };
            let entries = of_account.iter().rev().filter(inside).take(page.limit).map(with_order).collect();
            Ok(Some(History { account: holder, entries }))
        })
    }

    pub(crate) fn terminals(&self, after: Text, limit: usize) -> Result<Vec<Terminal>, Error> {
        self.tables(|tables| rows(tables.terminals.values().filter(|terminal| terminal.sequence > after).take(limit)))
    }

    pub(crate) fn bank_users(&self, after: String, limit: usize) -> Result<Vec<BankUser>, Error> {
        self.tables(|tables| rows(tables.bank_users.values().filter(|user| user.nid > after).take(limit)))
    }

    pub(crate) fn api_tokens_of(&self, party: PartyId) -> Result<Vec<ApiToken>, Error> {
        self.tables(|tables| {
            let is_own = |token: &&Arc<ApiToken>| token.party == party && token.client.is_none();
            let mut own: Vec<_> = tables.api_tokens.values().filter(is_own).collect();
            own.sort_by_key(|token| (Reverse(token.created_at_ms), token.hash));
            rows(own.into_iter().take(100))
        })
    }

    pub(crate) fn phone_orders(&self, page: Page) -> Result<Vec<PhoneOrder>, Error> {
        self.tables(|tables| ascending(tables.phone_orders.values(), |order| order.id.0, page))
    }

    pub(crate) fn phone_order_page(&self, page: Page) -> Result<Vec<PhoneOrder>, Error> {
        self.tables(|tables| descending(tables.phone_orders.values(), |order| order.id.0, page))
    }

    pub(crate) fn phone_order_numbered(&self, id: PhoneOrderId) -> Result<Option<PhoneOrder>, Error> {
        self.tables(|tables| one(tables.phone_orders.values().filter(|order| order.id == id)))
    }

    pub(crate) fn messages(&self, page: MessagePage) -> Result<Vec<Message>, Error> {
        self.tables(|tables| {
            let to = page.to.unwrap_or_default();
            let is_wanted = |message: &&Arc<Message>| {
                let leaves = match message.channel {
                    Channel::Sms => By::Sms,
                    Channel::Call(..) => By::Call,
                };
                let business = match message.channel {
                    Channel::Sms => None,
                    Channel::Call(business, _) => Some(business),
                };
                leaves == page.by
                    && message.id.0 > page.after
                    && (to.is_empty() || message.to == to)
                    && page.business.is_none_or(|wanted| business == Some(wanted))
                    && page.state.is_none_or(|state| message.state == state)
            };
            let found = tables.messages.values().filter(is_wanted);
            descending(found, |message| message.id.0, Page { after: page.before, limit: page.limit })
        })
    }

    pub(crate) fn callback_attempts(&self, of: Vec<MessageId>) -> Result<Vec<CallbackAttempts>, Error> {
        self.tables(|tables| rows(of.iter().filter_map(|id| tables.callback_attempts.get(id))))
    }

    pub(crate) fn parties(&self, page: Page) -> Result<Vec<Party>, Error> {
        self.tables(|tables| ascending(tables.parties.values(), |party| party.id.0, page))
    }

    pub(crate) fn parties_of_mobile(&self, mobile: Text) -> Result<Vec<Party>, Error> {
        self.tables(|tables| {
            let is_theirs = |party: &&Arc<Party>| !mobile.is_empty() && party.mobile == mobile;
            rows(tables.parties.values().filter(is_theirs).take(FEW))
        })
    }

    pub(crate) fn api_token(&self, hash: Digest) -> Result<Option<(ApiToken, Party)>, Error> {
        self.tables(|tables| {
            let Some(token) = tables.api_tokens.get(&hash) else { return Ok(None) };
            let party = tables.parties.get(&token.party).map(|party| Party::clone(party));
            Ok(Some((ApiToken::clone(token), expect(party, "api_token", "its party is not there")?)))
        })
    }

    pub(crate) fn unique_invoice(&self, unique: u64) -> Result<Option<Invoice>, Error> {
        self.tables(|tables| one(tables.invoices.values().filter(|invoice| invoice.unique == unique)))
    }

    pub(crate) fn invoices_by_card_payment(&self, number: Text) -> Result<Vec<Invoice>, Error> {
        self.tables(|tables| {
            let has = |invoice: &&Arc<Invoice>| {
                invoice.card_slip().is_some_and(|slip| slip.rrn == number || slip.tref == number)
            };
            rows(tables.invoices.values().filter(has).take(FEW))
        })
    }

    pub(crate) fn invoices(&self, page: InvoicePage) -> Result<Invoices, Error> {
        self.tables(|tables| {
            let mut found: Vec<&Arc<Invoice>> =
                tables.invoices.values().filter(|invoice| tables.is_listed(invoice, &page)).collect();
            let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
            let payable = total(&found, |invoice| invoice.amounts.payable.get());
            let delegated = total(&found, |invoice| invoice.delegated().unwrap_or_default().get());
            let sum = total(&found, |invoice| invoice.amounts.total.get());
            match page.start {
                InvoicePageStart::Offset(offset) => {
                    found.reverse();
                    found.drain(..usize::try_from(offset).unwrap_or(0).min(found.len()));
                }
                InvoicePageStart::From(id) => found.retain(|invoice| invoice.id >= id),
                InvoicePageStart::UpTo(id) => {
                    found.reverse();
                    found.retain(|invoice| invoice.id <= id);
                }
            }
            found.truncate(page.limit);
            let sizes = found.iter().map(|invoice| size(invoice)).collect::<Result<Vec<_>, _>>()?;
            let (most, is_cut) = fitting(&sizes, page.bytes);
            let rows = rows(found.into_iter().take(most))?;
            Ok(Invoices { rows, is_cut, count, payable, delegated, total: sum })
        })
    }

    pub(crate) fn invoice_page(&self, page: Page) -> Result<Vec<Invoice>, Error> {
        self.tables(|tables| descending(tables.invoices.values(), |invoice| invoice.id.0, page))
    }

    pub(crate) fn pay_codes(&self, mobile: Text) -> Result<Vec<PayCode>, Error> {
        self.tables(|tables| {
            let found = tables.pay_codes.values().filter(|code| code.mobile == mobile);
            sorted(found, |code| Reverse((code.at_ms, code.invoice)), usize::MAX)
        })
    }

    pub(crate) fn vouchers(&self, after: VoucherKey, limit: usize) -> Result<Vec<Voucher>, Error> {
        self.tables(|tables| {
            let behind = |voucher: &&Arc<Voucher>| voucher.key.issuer == after.issuer && voucher.key > after;
            rows(tables.vouchers.values().filter(behind).take(limit))
        })
    }

    pub(crate) fn all_vouchers(&self, after: VoucherKey, limit: usize) -> Result<Vec<Voucher>, Error> {
        self.tables(|tables| rows(tables.vouchers.values().filter(|voucher| voucher.key > after).take(limit)))
    }

    pub(crate) fn sso_consents_of(&self, party: PartyId) -> Result<Vec<SsoConsent>, Error> {
        self.tables(|tables| {
            rows(tables.sso_consents.values().filter(|consent| consent.key.party == party).take(CONSENTS))
        })
    }

    pub(crate) fn operator_token(&self, hash: Digest) -> Result<Option<OperatorToken>, Error> {
        self.tables(|tables| one(tables.operator_tokens.values().filter(|token| token.hash == hash)))
    }

    pub(crate) fn saved_filters(&self, operator: Text) -> Result<Vec<SavedFilter>, Error> {
        self.tables(|tables| {
            let found = tables.saved_filters.values().filter(|filter| filter.key.operator == operator);
            sorted(found, |filter| filter.key.clone(), FEW)
        })
    }

    pub(crate) fn phone_orders_named(&self, order: Text) -> Result<Vec<PhoneOrder>, Error> {
        self.tables(|tables| {
            let known = |key: &PhoneOrderKey| key.order == order && tables.terminals.contains_key(&key.terminal);
            let found = tables.phone_orders.values().filter(|row| known(&row.key));
            sorted(found, |row| Reverse(row.id), FEW)
        })
    }

    pub(crate) fn invoices_billed(&self, bill: Text) -> Result<Vec<Invoice>, Error> {
        self.tables(|tables| {
            let is_business = |id: &PartyId| tables.parties.get(id).is_some_and(|party| party.business().is_some());
            let found = tables.bills.values().filter(|row| row.key.number == bill && is_business(&row.key.issuer));
            let invoices = found.filter_map(|row| tables.invoices.get(&row.invoice));
            sorted(invoices, |invoice| Reverse(invoice.id), FEW)
        })
    }

    pub(crate) fn parties_named(&self, prefix: Text) -> Result<Vec<Party>, Error> {
        self.tables(|tables| {
            let begin = tables.handles.values().filter(|handle| handle.name.starts_with(&*prefix)).take(FEW);
            let parties = begin.filter_map(|handle| tables.parties.get(&handle.party));
            sorted(parties, |party| Text::clone(&party.name), FEW)
        })
    }

    pub(crate) fn audit_lines(&self, page: Page) -> Result<Vec<AuditLine>, Error> {
        self.tables(|tables| descending(tables.audit_lines.values(), |line| line.id.0, page))
    }

    pub(crate) fn audit_search(&self, page: AuditPage) -> Result<Vec<AuditLine>, Error> {
        self.tables(|tables| {
            let is = |wanted: &Option<Text>, value: &Text| wanted.as_ref().is_none_or(|wanted| wanted == value);
            let is_wanted = |line: &&Arc<AuditLine>| {
                is(&page.by, &line.by)
                    && is(&page.action, &line.action)
                    && is(&page.subject, &line.subject)
                    && (page.since_ms..page.until_ms).contains(&line.at_ms)
                    && (line.at_ms, line.id.0) < page.before
            };
            let found = tables.audit_lines.values().filter(is_wanted);
            sorted(found, |line| Reverse((line.at_ms, line.id)), page.limit)
        })
    }

    pub(crate) fn alerts(&self) -> Result<Vec<Alert>, Error> {
        self.tables(|tables| rows(tables.alerts.values()))
    }

    pub(crate) fn last_seal(&self, chain: Chain) -> Result<Option<Seal>, Error> {
        self.tables(|tables| Ok(tables.seals.values().rfind(|seal| seal.key.chain == chain).map(|seal| **seal)))
    }

    pub(crate) fn seals(&self, chain: Chain, after: i64, limit: usize) -> Result<Vec<Seal>, Error> {
        self.tables(|tables| {
            let found = tables.seals.values().filter(|seal| seal.key.chain == chain && seal.key.number > after);
            Ok(found.take(limit).map(|seal| **seal).collect())
        })
    }

    pub(crate) fn unsealed(&self, chain: Chain, after: i64) -> Result<i64, Error> {
        Ok(self.chain_content(chain, after, i64::MAX, COUNTED)?.rows)
    }

    pub(crate) fn chain_content(&self, chain: Chain, after: i64, below: i64, limit: usize) -> Result<Content, Error> {
        self.tables(|tables| content(tables, chain, (after, below), limit))
    }

    pub(crate) fn seal_horizon(&self) -> Result<i64, Error> {
        self.tables(|tables| Ok(tables.next_id))
    }

    pub(crate) fn complete_below(&self) -> Result<i64, Error> {
        self.seal_horizon()
    }

    pub(crate) fn undecided_before(&self, at_ms: i64) -> Result<UndecidedTotal, Error> {
        self.tables(|tables| {
            let orders = tables.orders.values().filter(|order| order.state.code().is_undecided());
            let attempts = tables.card_attempts.values().filter(|attempt| attempt.state.is_undecided());
            let orders = orders.map(|order| order.at_ms).filter(|at| *at < at_ms).take(UNDECIDED);
            let attempts = attempts.map(|attempt| attempt.asked_at_ms).filter(|at| *at < at_ms).take(UNDECIDED);
            let found: Vec<i64> = orders.chain(attempts).collect();
            let payments = i64::try_from(found.len()).unwrap_or(i64::MAX);
            Ok(UndecidedTotal { payments, oldest_ms: found.into_iter().min() })
        })
    }

    pub(crate) fn messages_about(&self, subject: i64) -> Result<Vec<Message>, Error> {
        self.tables(|tables| rows(tables.messages.values().filter(|message| message.about == Some(subject)).take(FEW)))
    }

    pub(crate) fn card_attempts_of(&self, invoice: InvoiceId) -> Result<Vec<CardAttempt>, Error> {
        self.tables(|tables| rows(tables.card_attempts.values().filter(|attempt| attempt.invoice == invoice).take(FEW)))
    }

    pub(crate) fn proposals(&self, which: Proposals, page: Page) -> Result<Vec<Proposal>, Error> {
        self.tables(|tables| {
            let is_wanted = |proposal: &&Arc<Proposal>| match which {
                Proposals::All => true,
                Proposals::Open => proposal.state == ProposalState::Open,
            };
            descending(tables.proposals.values().filter(is_wanted), |proposal| proposal.id.0, page)
        })
    }

    pub(crate) fn transfers_of(&self, cause: i64, limit: usize) -> Result<Vec<Transfer>, Error> {
        self.tables(|tables| {
            let found = tables.transfers.values().filter(|transfer| cause != 0 && transfer.cause == cause);
            Ok(found.take(limit).copied().collect())
        })
    }

    pub(crate) fn dead_jobs(&self, page: Page) -> Result<Vec<Job>, Error> {
        self.tables(|tables| {
            ascending(tables.jobs.values().filter(|job| job.due_at_ms == NEVER_MS), |job| job.id.0, page)
        })
    }

    pub(crate) fn jobs_about(&self, subject: i64) -> Result<Vec<Job>, Error> {
        self.tables(|tables| {
            let found = tables.jobs.values().filter(|job| number(&***job, "subject") == Some(subject));
            sorted(found, |job| (job.due_at_ms, job.id), FEW)
        })
    }

    pub(crate) fn all_orders(&self, filter: OrderFilter, page: Page) -> Result<Vec<Order>, Error> {
        self.tables(|tables| {
            let is_wanted = |order: &&Arc<Order>| match filter {
                OrderFilter::All => true,
                OrderFilter::Undecided => order.state.code().is_undecided(),
            };
            descending(tables.orders.values().filter(is_wanted), |order| order.id.0, page)
        })
    }

    pub(crate) fn day_close(&self) -> Result<Option<DayClose>, Error> {
        self.tables(|tables| Ok(tables.day_closes.get(&()).map(|row| **row)))
    }

    pub(crate) fn clock(&self) -> Result<Option<ClockMode>, Error> {
        self.tables(|tables| Ok(tables.clock.get(&()).map(|mode| **mode)))
    }

    pub(crate) fn next_due(&self) -> Result<Option<i64>, Error> {
        self.tables(|tables| Ok(tables.next_due()))
    }

    pub(crate) fn due_jobs(&self, rows: usize) -> Result<Vec<Job>, Error> {
        self.tables(|tables| {
            let due = tables.jobs.values().filter(|job| job.due_at_ms < NEVER_MS);
            sorted(due, |job| (job.due_at_ms, job.id), rows)
        })
    }

    pub(crate) fn endings(&self, after_ms: i64, rows: usize) -> Result<Vec<Ending>, Error> {
        self.tables(|tables| {
            let mut found = tables.endings();
            found.retain(|ending| ending.at_ms > after_ms);
            found.sort_unstable_by_key(|ending| (ending.at_ms, ending.kind.code(), ending.subject));
            found.truncate(rows);
            Ok(found)
        })
    }

    /// Passes all rows that a verification needs to `checks`, table by table.
    pub(crate) fn check_rows(&self, checks: &mut crate::verify_checks::Checks<'_>) {
        self.tables(|tables| {
            checks.expects(i64::try_from(tables.transfers.len()).unwrap_or(i64::MAX));
            for chain in Chain::ALL {
                let mut walk = Walk::new(chain);
                for seal in tables.seals.values().filter(|seal| seal.key.chain == chain) {
                    let range = (walk.covered(), seal.last.saturating_add(1));
                    match content(tables, chain, range, usize::MAX) {
                        Ok(content) => walk.link(seal, &content, checks),
                        Err(error) => checks.differs(|| error.to_string()),
                    }
                }
                let range = (walk.covered(), i64::MAX);
                let unsealed = content(tables, chain, range, COUNTED).map_or(0, |content| content.rows);
                walk.end(unsealed, checks);
            }
            tables.jobs.values().for_each(|job| checks.job(job));
            tables.cycles.values().for_each(|cycle| checks.cycle(cycle));
            tables.messages.values().for_each(|message| checks.message(message));
            tables.payer_cards.values().for_each(|card| checks.payer_card(card));
            tables.audit_lines.values().for_each(|line| checks.audit_line(line));
            tables.accounts.values().for_each(|account| checks.account(*account));
            tables.submissions.values().for_each(|submission| checks.submission(submission));
            tables.card_attempts.values().for_each(|attempt| checks.card_attempt(attempt));
            tables.orders.iter().for_each(|(key, order)| {
                checks.order(order, tables.orders.get(key).map(|found| found.id));
            });
            tables.phone_orders.values().for_each(|order| checks.phone_order(order));
            tables.invoices.values().for_each(|invoice| checks.invoice(invoice));
            tables.card_receivables.values().for_each(|receivable| checks.card_receivable(receivable));
            tables.transfers.values().for_each(|transfer| checks.transfer(*transfer));
            tables.pendings.values().for_each(|pending| checks.pending(pending));
            checks.next_number(Some(tables.next_id));
        });
    }
}

/// The content of a chain's rows with numbers between two.
fn content(tables: &Tables, chain: Chain, (after, below): (i64, i64), limit: usize) -> Result<Content, Error> {
    let mut contents = Contents::new();
    let is_inside = |id: i64| after < id && id < below;
    match chain {
        Chain::Audit => {
            let mut lines = tables.audit_lines.values().filter(|line| is_inside(line.id.0)).take(limit);
            lines.try_for_each(|line| contents.row(line.id.0, &**line))?;
        }
        Chain::Ledger => {
            let mut transfers = tables.transfers.values().filter(|transfer| is_inside(transfer.id.0)).take(limit);
            transfers.try_for_each(|transfer| contents.row(transfer.id.0, transfer))?;
        }
    }
    Ok(contents.end())
}

fn is_in(order: &Order, which: InCycle) -> bool {
    match which {
        InCycle::All => true,
        InCycle::Leaving => order.destination.is_none(),
    }
}
