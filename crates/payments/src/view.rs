//! Loaded rows, and what decisions changed in them.
//!
//! One line of `tables!` declares a table to decisions; the store declares its columns.

use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use ledger::{AccountId, Books, TransferId};

use schema::Table;

use crate::{
    AuditId, CycleId, GrantId, InvoiceId, JobId, MessageId, OrderId, OrderKey, OtpRequestId, PartyId, PhoneOrderId,
    ProposalId, SsoConsentId, SsoFamilyId, TakingId, Text,
};

/// The first number given to a row; smaller ones are well-known accounts.
pub const FIRST_ID: i64 = 1_000_000;

/// Fresh numbers for rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ids {
    next: i64,
    end: i64,
}

impl Ids {
    /// Numbers from `next` on.
    pub fn from(next: i64) -> Self {
        Self::between(next, i64::MAX)
    }

    /// Numbers from `next` on, below `end`.
    pub fn between(next: i64, end: i64) -> Self {
        Self { next, end }
    }

    /// How many numbers are left; less than zero when more were taken than there are, which makes them all void.
    pub fn left(&self) -> i64 {
        self.end.saturating_sub(self.next)
    }

    /// A fresh number.
    pub fn take(&mut self) -> i64 {
        let id = self.next;
        self.next += 1;
        id
    }

    /// The number that would come next.
    pub fn peek(&self) -> i64 {
        self.next
    }
}

/// The loaded rows of one table.
#[derive(Debug)]
pub struct Rows<K, R> {
    slots: HashMap<K, Slot<R>>,
    changed: Vec<K>,
    /// What was under a key before each change since the outermost savepoint, oldest first; `None`: the key was not here.
    undo: Vec<(K, Option<Slot<R>>)>,
}

#[derive(PartialEq, Eq, Debug)]
struct Slot<R> {
    row: Option<Arc<R>>,
    changed: bool,
    /// Whether the store has a row under the key.
    found: bool,
}

/// How far a table had come.
#[derive(Clone, Copy, Debug)]
struct Mark {
    changed: usize,
    undo: usize,
}

/// Why a decision does nothing of what it was asked for, and what becomes of what it has written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Denial<R> {
    /// It is taken back.
    Refused(R),
    /// It stays: a wrong code is counted.
    Declined(R),
}

impl<R> Denial<R> {
    /// The same of another refusal.
    pub fn map<T>(self, with: impl FnOnce(R) -> T) -> Denial<T> {
        match self {
            Self::Refused(why) => Denial::Refused(with(why)),
            Self::Declined(why) => Denial::Declined(with(why)),
        }
    }
}

impl<R> From<R> for Denial<R> {
    fn from(why: R) -> Self {
        Self::Refused(why)
    }
}

impl View {
    /// Runs a decision. What it has written before it refuses is taken back: a refusal leaves the view as it was, whatever the decision does.
    ///
    /// # Errors
    /// The decision's refusal.
    pub fn attempt<D, R>(&mut self, decision: impl FnOnce(&mut Self) -> Result<D, R>) -> Result<D, R> {
        let savepoint = self.savepoint();
        let result = decision(self);
        if result.is_err() {
            self.roll_back(&savepoint);
        }
        self.release();
        result
    }

    /// The same for a decision that may decline: what it has written then stays.
    ///
    /// # Errors
    /// The decision's refusal, of either kind.
    pub fn attempt_or_decline<D, R>(
        &mut self,
        decision: impl FnOnce(&mut Self) -> Result<D, Denial<R>>,
    ) -> Result<D, R> {
        let kept = self.attempt(|view| match decision(view) {
            Ok(done) => Ok(Ok(done)),
            Err(Denial::Declined(why)) => Ok(Err(why)),
            Err(Denial::Refused(why)) => Err(why),
        });
        kept.flatten()
    }
}

impl<K, R> Default for Rows<K, R> {
    fn default() -> Self {
        Self { slots: HashMap::new(), changed: Vec::new(), undo: Vec::new() }
    }
}

/// The same rows, changed in the same order.
impl<K: Hash + Eq, R: PartialEq> PartialEq for Rows<K, R> {
    fn eq(&self, other: &Self) -> bool {
        self.slots == other.slots && self.changed == other.changed
    }
}

impl<K: Hash + Eq + Clone, R> Rows<K, R> {
    /// Notes what the store has under a key. A row that was changed already in this view stays.
    pub fn load(&mut self, key: K, row: Option<Arc<R>>) {
        let found = row.is_some();
        self.slots.entry(key).or_insert(Slot { row, changed: false, found });
    }

    /// Whether the store was asked for this key.
    pub fn is_loaded(&self, key: &K) -> bool {
        self.slots.contains_key(key)
    }

    /// The row under a key. Only keys that the command named are here.
    pub fn get(&self, key: &K) -> Option<&Arc<R>> {
        self.slots.get(key).and_then(|slot| slot.row.as_ref())
    }

    /// Writes a row.
    pub fn put(&mut self, key: K, row: impl Into<Arc<R>>) {
        self.change(key, Some(row.into()));
    }

    /// Removes a row.
    pub fn remove(&mut self, key: K) {
        self.change(key, None);
    }

    fn change(&mut self, key: K, row: Option<Arc<R>>) {
        let before = match self.slots.entry(key.clone()) {
            Entry::Occupied(mut slot) => {
                let slot = slot.get_mut();
                let (changed, found) = (slot.changed, slot.found);
                slot.changed = true;
                Some(Slot { row: std::mem::replace(&mut slot.row, row), changed, found })
            }
            Entry::Vacant(slot) => {
                slot.insert(Slot { row, changed: true, found: false });
                None
            }
        };
        if before.as_ref().is_none_or(|slot| !slot.changed) {
            self.changed.push(key.clone());
        }
        self.undo.push((key, before));
    }

    fn mark(&self) -> Mark {
        Mark { changed: self.changed.len(), undo: self.undo.len() }
    }

    fn roll_back(&mut self, to: Mark) {
        for (key, before) in self.undo.drain(to.undo.min(self.undo.len())..).rev() {
            match before {
                Some(slot) => self.slots.insert(key, slot),
                None => self.slots.remove(&key),
            };
        }
        self.changed.truncate(to.changed);
    }

    fn forget_undo(&mut self) {
        if !self.undo.is_empty() {
            self.undo.clear();
        }
    }

    /// Whether no row was written or removed.
    pub fn is_unchanged(&self) -> bool {
        self.changed.is_empty()
    }

    /// The rows written, each once, in the order of their first writing.
    pub fn changed(&self) -> impl Iterator<Item = (&K, &Arc<R>)> {
        self.changed.iter().filter_map(|key| Some((key, self.get(key)?)))
    }

    /// Of the rows written, those that the store has no row under the key of.
    pub fn inserted(&self) -> impl Iterator<Item = (&K, &Arc<R>)> {
        self.changed().filter(|(key, _)| !self.is_found(key))
    }

    /// Of the rows written, those that the store has another row under the key of.
    pub fn updated(&self) -> impl Iterator<Item = (&K, &Arc<R>)> {
        self.changed().filter(|(key, _)| self.is_found(key))
    }

    /// The keys of the rows removed that the store has.
    pub fn removed(&self) -> impl Iterator<Item = &K> {
        self.changed.iter().filter(|key| self.is_found(key) && self.get(key).is_none())
    }

    fn is_found(&self, key: &K) -> bool {
        self.slots.get(key).is_some_and(|slot| slot.found)
    }
}

/// Orders to be found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Find {
    /// The one with a number.
    Numbered(OrderId),
    /// The next of a cycle to settle: at most [`crate::SETTLE_SLICE`], by source account and number, after [`Cycle::settled_to`].
    ToSettle(CycleId),
}

/// What an operator has to hear of as soon as it is true.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Alarm {
    /// An order can go neither on nor back, for this reason.
    OrderStuck(OrderId, Text),
    /// A report says otherwise than an order was decided.
    ContradictingReport(OrderId, Text),
}

/// Makes keys and views of the tables that decisions work on.
macro_rules! view {
    (plain { $($(#[$doc:meta])* $field:ident: $row:ty,)* } apart { $($(#[$other_doc:meta])* $other:ident: $key:ty => $other_row:ty,)* }) => {
        view! {
            $($(#[$doc])* $field: <$row as Table>::Key => $row,)*
            $($(#[$other_doc])* $other: $key => $other_row,)*
        }
    };
    ($($(#[$doc:meta])* $field:ident: $key:ty => $row:ty,)*) => {
        /// The rows that a command needs.
        #[derive(Debug, Default)]
        pub struct Keys {
            /// Ledger accounts.
            pub accounts: Vec<AccountId>,
            /// Pending ledger transfers.
            pub pendings: Vec<TransferId>,
            /// Orders that are found otherwise than by their keys.
            pub finds: Vec<Find>,
            $($(#[$doc])* pub $field: Vec<$key>,)*
        }

        /// What a batch of commands works on.
        #[derive(PartialEq, Debug)]
        pub struct View {
            /// The ledger's part.
            pub books: Books,
            /// Fresh numbers.
            pub ids: Ids,
            /// The orders that were found, in order; the rows are in `orders`.
            pub found: HashMap<Find, Vec<OrderKey>>,
            /// What is raised when the batch is durable.
            pub alarms: Vec<Alarm>,
            /// What contradicts itself in the rows of the command that is decided: the view is dropped, and that command fails.
            pub contradiction: Option<&'static str>,
            /// How many savepoints are open.
            pub savepoints: usize,
            $($(#[$doc])* pub $field: Rows<$key, $row>,)*
        }

        /// How far a view had come.
        struct Savepoint {
            books: ledger::Savepoint,
            ids: Ids,
            alarms: usize,
            $($field: Mark,)*
        }

        impl View {
            /// Nothing loaded; fresh numbers from `ids` on.
            pub fn new(ids: Ids) -> Self {
                Self { books: Books::default(), ids, found: HashMap::new(), alarms: Vec::new(), contradiction: None, savepoints: 0, $($field: Rows::default(),)* }
            }

            /// A value that rows which agree always have. Without one, `what` is noted as a contradiction: the command fails as an error of the
            /// store, and nothing that is decided with the value returned is kept.
            pub fn sound<T: Default>(&mut self, value: Option<T>, what: &'static str) -> T {
                if value.is_none() {
                    self.contradiction.get_or_insert(what);
                }
                value.unwrap_or_default()
            }

            fn savepoint(&mut self) -> Savepoint {
                self.savepoints += 1;
                Savepoint {
                    books: self.books.savepoint(), ids: self.ids.clone(), alarms: self.alarms.len(), $($field: self.$field.mark(),)*
                }
            }

            fn roll_back(&mut self, to: &Savepoint) {
                self.books.roll_back(&to.books);
                self.ids = to.ids.clone();
                self.alarms.truncate(to.alarms);
                $(self.$field.roll_back(to.$field);)*
            }

            /// Ends a savepoint. Behind the outermost one nothing is taken back any more.
            fn release(&mut self) {
                self.savepoints -= 1;
                if self.savepoints == 0 {
                    self.books.forget_undo();
                    $(self.$field.forget_undo();)*
                }
            }

            /// Whether nothing was changed.
            pub fn is_unchanged(&self) -> bool {
                self.books.is_unchanged() $(&& self.$field.is_unchanged())*
            }
        }
    };
}

/// Hands the tables that decisions work on to a macro: what a view calls them, and their rows. The last two have keys and look-ups that each
/// engine finds in its own way.
#[macro_export]
macro_rules! tables {
    ($do:ident) => {
        $do! {
            plain {
                /// Clients by name.
                clients: $crate::Client,
                /// Grants.
                grants: $crate::Grant,
                /// Access tokens by hash.
                access_tokens: $crate::AccessToken,
                /// Refresh tokens by hash.
                refresh_tokens: $crate::RefreshToken,
                /// Sequences of the banks' days.
                bank_days: $crate::BankDay,
                /// Counts of the grants' months.
                grant_months: $crate::GrantMonth,
                /// The sandbox's clock.
                clock: $crate::ClockMode,
                /// The operator's switch of the banks' day.
                day_closes: $crate::DayClose,
                /// Due work.
                jobs: $crate::Job,
                /// Why jobs could not be done.
                job_failures: $crate::JobFailure,
                /// Parts of banks in cycles.
                cycles: $crate::Cycle,
                /// Cards by the keyed hash of their number.
                cards: $crate::Card,
                /// Bank users by national id.
                bank_users: $crate::BankUser,
                /// Requests for consent by the keyed hash of their id.
                consents: $crate::Consent,
                /// Codes by their keyed hash.
                auth_codes: $crate::AuthCode,
                /// Sums of charges.
                charge_totals: $crate::ChargeTotal,
                /// Telephone gateways by their ids.
                terminals: $crate::Terminal,
                /// Cards that pay, by the keyed hash of their number.
                payer_cards: $crate::PayerCard,
                /// Orders that are paid by telephone.
                phone_orders: $crate::PhoneOrder,
                /// Requests for one-time passwords.
                otp_requests: $crate::OtpRequest,
                /// Living one-time passwords.
                otps: $crate::Otp,
                /// What shall leave the process.
                messages: $crate::Message,
                /// Users and businesses.
                parties: $crate::Party,
                /// Whose a handle is.
                handles: $crate::Handle,
                /// Tokens of parties by their keyed hash.
                api_tokens: $crate::ApiToken,
                /// Credits by holder.
                credit_books: $crate::CreditBook,
                /// Invoices.
                invoices: $crate::Invoice,
                /// Businesses' own numbers of invoices.
                bills: $crate::Bill,
                /// What invoices are found by.
                words: $crate::Word,
                /// Counts of invoices paid in a year.
                serials: $crate::Serial,
                /// Card money that is not settled.
                takings: $crate::Taking,
                /// Codes that pay invoices.
                pay_codes: $crate::PayCode,
                /// Sendings and wrong tries of codes that pay.
                code_counts: $crate::CodeCount,
                /// Links that pay invoices.
                pay_links: $crate::PayLink,
                /// Terminals of shops.
                pos_terminals: $crate::PosTerminal,
                /// Payments at terminals of shops.
                pos_transactions: $crate::PosTransaction,
                /// Businesses' own names of transfers.
                unique_ids: $crate::UniqueId,
                /// One-time tokens that were used.
                used_otts: $crate::UsedOtt,
                /// Ways through the gateway's pages, by the keyed hash of their numbers.
                gateway_sessions: $crate::GatewaySession,
                /// Vouchers by issuer and code.
                vouchers: $crate::Voucher,
                /// Browsers that have logged in, by the keyed hash of what they show.
                browser_sessions: $crate::BrowserSession,
                /// Wrong guesses, by the keyed hash of a name or number.
                log_in_tries: $crate::Tries,
                /// Addresses from which operators have signed in, by the keyed hash of name and address.
                known_addresses: $crate::KnownAddress,
                /// Codes to log in with, by the keyed hash of a mobile number.
                log_in_codes: $crate::LogInCode,
                /// Codes of POD's users for businesses, by their keyed hash.
                sso_codes: $crate::SsoCode,
                /// Refresh tokens of POD's users for businesses, by their keyed hash.
                sso_refreshes: $crate::SsoRefresh,
                /// What POD's users have allowed businesses.
                sso_consents: $crate::SsoConsent,
                /// Tokens of POD's users for businesses, by the code that they came of.
                sso_families: $crate::SsoFamily,
                /// Operators by name.
                operators: $crate::Operator,
                /// Second factors by operator.
                second_factors: $crate::SecondFactor,
                /// Tokens of the operator's API by name.
                operator_tokens: $crate::OperatorToken,
                /// Money that the operator's API has created, by day.
                money_days: $crate::MoneyDay,
                /// What operators did.
                audit_lines: $crate::AuditLine,
                /// What takes two operators.
                proposals: $crate::Proposal,
                /// What was given out of suspense, by the transfer that put it there.
                released: $crate::Released,
            }
            apart {
                /// Deposits by bank and digits.
                deposits: $crate::DepositKey => $crate::Deposit,
                /// Orders by client and trackId.
                orders: $crate::OrderKey => $crate::Order,
            }
        }
    };
}

tables!(view);

schema::numbers!(
    AuditId,
    CycleId,
    GrantId,
    InvoiceId,
    JobId,
    MessageId,
    OrderId,
    OtpRequestId,
    PartyId,
    PhoneOrderId,
    ProposalId,
    SsoConsentId,
    SsoFamilyId,
    TakingId,
);
