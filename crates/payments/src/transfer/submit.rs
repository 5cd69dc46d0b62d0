//! Submitting a bank transfer.
//!
//! Shape: `SubmitTransfer` + rows → an order and, when it is booked, one ledger transfer.
//! Order of refusals (finnotech.md 1.4, steps 10–21): grant type, duplicate, source, bank's fields, route, same account, grant's
//! limits, window; then the order is written and what follows refuses the order: destination, money.
//! Absent: the shapes of fields, which the edge has checked, and the rails: only internal transfers are served.

use std::sync::Arc;

use ledger::{AccountId, Refusal as LedgerRefusal, Rial, Step, TransferId};

use crate::view::{Keys, View};
use crate::{
    AccountNumber, Bank, BankDay, BankDayKey, Deposit, DepositKey, Destination, Field, Grant, GrantKind, GrantMonth,
    GrantMonthKey, Now, Order, OrderId, OrderKey, OrderState, Outcome, Refusal, Route, Rules, Text,
};

/// The sequence before the first of a day (finnotech.md 3.1: counts up from 1001).
const SEQUENCE_BASE: i64 = 1_000;
/// A refCode is the day's six digits and these many of the order's number: unique until ten thousand million orders share a day.
const REF_CODE_ORDERS: i64 = 10_000_000_000;

/// A name as it was sent. Whether it must be there, and how long it may be, depends on the route.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum NameField {
    /// Not there, null or blank.
    #[default]
    Missing,
    /// A text.
    Given(Text),
    /// Something that is no text.
    Malformed,
}

impl NameField {
    fn echo(&self, field: Field) -> Result<Text, Refusal> {
        match self {
            Self::Missing => Ok(Text::from("")),
            Self::Given(name) => Ok(Text::clone(name)),
            Self::Malformed => Err(Refusal::Invalid(field)),
        }
    }
}

/// An order to transfer money, with well-shaped fields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubmitTransfer {
    /// The client and its trackId.
    pub key: OrderKey,
    /// The rights it comes with.
    pub grant: Arc<Grant>,
    /// Account to take from, if the caller named one.
    pub source: Option<AccountNumber>,
    /// Where to.
    pub destination: Destination,
    /// The rows of the two accounts.
    pub ends: Ends,
    /// How much; more than zero.
    pub amount: Rial,
    /// What for.
    pub description: Text,
    /// Digits, or empty.
    pub payment_number: Text,
    /// Whether a second password came with it. It is not verified, stored or logged.
    pub second_password: Given,
    /// Destination holder's first name.
    pub destination_first_name: NameField,
    /// Destination holder's last name.
    pub destination_last_name: NameField,
    /// Hash of the request's folded fields but its secrets.
    pub request_hash: [u8; 16],
}

/// The rows of the two accounts of a transfer, as far as its request names them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ends {
    source: Option<DepositKey>,
    /// Only when it is at the source's bank.
    destination: Option<DepositKey>,
    /// The destination, as it is echoed.
    echo: Text,
}

impl Ends {
    /// The rows that a request with these rights names.
    pub fn of(grant: &Grant, source: Option<&AccountNumber>, destination: &Destination) -> Self {
        let bank = source_bank(grant);
        let only = || match grant.deposit_numbers.as_slice() {
            [only] => AccountNumber::parse(only),
            _ => None,
        };
        let number = source.cloned().or_else(only);
        Self {
            source: bank.and_then(|bank| Some(number?.key(bank))),
            destination: bank.filter(|bank| destination.bank(*bank) == *bank).map(|bank| destination.key(bank)),
            echo: Text::from(destination.as_str()),
        }
    }
}

/// The bank that the source must be at.
fn source_bank(grant: &Grant) -> Option<Bank> {
    match grant.kind {
        GrantKind::ClientCredential => Some(Bank::KESHAVARZI),
        GrantKind::Code => grant.bank,
    }
}

/// Whether something was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Given {
    /// It was.
    Yes,
    /// It was not.
    No,
}

impl SubmitTransfer {
    fn month_key(&self, now: &Now) -> Option<GrantMonthKey> {
        (self.grant.monthly_count > 0).then(|| GrantMonthKey { grant: self.grant.id, month: now.date.year_month() })
    }

    pub(crate) fn keys(&self, now: &Now, keys: &mut Keys) {
        keys.orders.push(self.key.clone());
        keys.deposits.extend(self.ends.source.clone());
        keys.deposits.extend(self.ends.destination.clone());
        keys.grant_months.extend(self.month_key(now));
        keys.bank_days.extend(source_bank(&self.grant).map(|bank| BankDayKey { bank, day: now.date.long() }));
    }

    pub(crate) fn more_keys(&self, view: &View, keys: &mut Keys) {
        for key in [&self.ends.source, &self.ends.destination].into_iter().flatten() {
            keys.accounts.extend(view.deposits.get(key).map(|deposit| deposit.id));
        }
    }

    pub(crate) fn decide(&self, view: &mut View, now: &Now, rules: &Rules) -> Result<Outcome, Refusal> {
        // Keshavarzi exception: a client-credential token serves approved deposits of that bank (1.4).
        let source = self.ends.source.as_ref().and_then(|key| view.deposits.get(key)).map(Arc::clone);
        let source = source.filter(|deposit| self.source.as_ref().is_none_or(|number| deposit.is_numbered(number)));
        let approved = source.as_ref().is_some_and(|deposit| deposit.is_approved_for(&self.key.client));
        if self.grant.kind == GrantKind::ClientCredential && !approved {
            return Err(Refusal::CodeGrantRequired);
        }
        if let Some(order) = view.orders.get(&self.key) {
            return Ok(Outcome::Duplicate(Arc::clone(order)));
        }
        let source = self.check_source(source, approved, view)?;
        let bank = source.key.bank;
        self.check_fields_of(bank)?;
        self.check_route(bank, rules)?;
        let first_name = self.destination_first_name.echo(Field::DestinationFirstName)?;
        let last_name = self.destination_last_name.echo(Field::DestinationLastName)?;
        let destination = self.destination_of(view);
        if destination == Some(source.id) {
            return Err(Refusal::SameAccount);
        }
        if self.grant.max_amount.is_positive() && self.amount > self.grant.max_amount {
            return Err(Refusal::AboveGrantLimit);
        }
        let month = self.month_key(now);
        let used = month.and_then(|key| view.grant_months.get(&key)).map_or(0, |month| month.orders);
        if month.is_some() && used >= self.grant.monthly_count {
            return Err(Refusal::MonthlyCountUsedUp);
        }
        if rules.internal_is_shut(bank, now) {
            return Err(Refusal::Shut);
        }
        // Step 18: the order is written and the trackId consumed. What follows refuses the order, not the call.
        let id = OrderId(view.ids.take());
        let state = match book(view, &source, destination, self.amount, now, id) {
            Ok(transfer) => OrderState::Booked(transfer),
            Err(refusal) => OrderState::Refused(refusal),
        };
        if let (Some(key), OrderState::Booked(_)) = (month, state) {
            view.grant_months.put(key, GrantMonth { key, orders: used + 1 });
        }
        let order = Arc::new(Order {
            id,
            key: self.key.clone(),
            grant: self.grant.id,
            route: Route::Internal,
            state,
            bank,
            source: source.id,
            source_number: source.number.clone(),
            source_first_name: source.first_name.clone(),
            source_last_name: source.last_name.clone(),
            destination_number: Text::clone(&self.ends.echo),
            destination_first_name: first_name,
            destination_last_name: last_name,
            amount: self.amount,
            description: self.description.clone(),
            payment_number: self.payment_number.clone(),
            at_ms: now.at_ms,
            inquiry_sequence: next_sequence(view, bank, now),
            ref_code: i64::from(now.date.short()) * REF_CODE_ORDERS + id.0 % REF_CODE_ORDERS,
            request_hash: self.request_hash,
        });
        view.orders.put(self.key.clone(), Arc::clone(&order));
        Ok(Outcome::Ordered(order))
    }

    /// Step 12: the source deposit (finnotech.md 3.1).
    fn check_source(&self, source: Option<Arc<Deposit>>, approved: bool, view: &View) -> Result<Arc<Deposit>, Refusal> {
        let several = self.grant.deposits.len() > 1;
        let keshavarzi = source_bank(&self.grant) == Some(Bank::KESHAVARZI);
        if self.source.is_none() && !self.grant.deposits.is_empty() && (several || keshavarzi) {
            return Err(Refusal::Required(Field::Source));
        }
        let source = source.ok_or(Refusal::SourceNotUsable)?;
        let granted = self.grant.kind == GrantKind::ClientCredential || self.grant.deposits.contains(&source.id);
        let takes_debits = view.books.account(source.id).is_some_and(|account| account.gate.takes_debits());
        if granted && approved && takes_debits { Ok(source) } else { Err(Refusal::SourceNotUsable) }
    }

    /// Step 13, first part: fields that the source bank demands.
    fn check_fields_of(&self, bank: Bank) -> Result<(), Refusal> {
        if bank == Bank::AYANDEH && self.payment_number.is_empty() {
            return Err(Refusal::Required(Field::PaymentNumber));
        }
        if bank == Bank::PARSIAN && self.second_password == Given::No {
            return Err(Refusal::Required(Field::SecondPassword));
        }
        Ok(())
    }

    /// Step 13, second part: an IBAN of another bank leaves by paya or satna, which are not served.
    fn check_route(&self, bank: Bank, rules: &Rules) -> Result<(), Refusal> {
        if self.destination.bank(bank) == bank {
            Ok(())
        } else if self.amount.get() <= rules.limits.paya_max {
            Err(Refusal::PayaNotServed)
        } else {
            Err(Refusal::SatnaNotServed)
        }
    }

    fn destination_of(&self, view: &View) -> Option<AccountId> {
        let deposit = view.deposits.get(self.ends.destination.as_ref()?)?;
        match &self.destination {
            Destination::Account(number) => deposit.is_numbered(number).then_some(deposit.id),
            Destination::Iban(_) => Some(deposit.id),
        }
    }
}

/// Steps 20–22.
fn book(
    view: &mut View,
    source: &Deposit,
    destination: Option<AccountId>,
    amount: Rial,
    now: &Now,
    order: OrderId,
) -> Result<TransferId, Refusal> {
    let credit = destination.ok_or(Refusal::DestinationNotUsable)?;
    let step = Step::Post { debit: source.id, credit, amount };
    let ids = &mut view.ids;
    let mut transfer = TransferId(0);
    let next = || {
        transfer = TransferId(ids.take());
        transfer
    };
    match view.books.apply(&[step], now.at_ms, order.0, next) {
        Ok(()) => Ok(transfer),
        Err(LedgerRefusal::ExceedsCredits) => Err(Refusal::InsufficientFunds),
        Err(LedgerRefusal::Overflow) => Err(Refusal::AmountDoesNotFit),
        Err(_) => Err(Refusal::DestinationNotUsable),
    }
}

fn next_sequence(view: &mut View, bank: Bank, now: &Now) -> i64 {
    let key = BankDayKey { bank, day: now.date.long() };
    let last_sequence = view.bank_days.get(&key).map_or(SEQUENCE_BASE, |day| day.last_sequence) + 1;
    view.bank_days.put(key, BankDay { key, last_sequence });
    last_sequence
}
