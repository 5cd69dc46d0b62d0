//! Submitting a bank transfer.
//!
//! Shape: `SubmitTransfer` + rows → an order and its ledger transfers; the first paya order of a cycle also writes the cycle and its two jobs. An
//! order that is submitted to a network is held, and gets a submission and the job that sends it.
//! Order of refusals (finnotech.md 1.4, steps 10–22): grant type, duplicate, source, bank's fields, route, route's fields, same account, grant's
//! limits, window. Then the order is written, and later checks refuse the order instead of the call: the route's limits, destination, money.
//! Absent: the shapes of fields, which the dialect has checked; what happens after the acceptance: a paya order is only queued here.

use std::sync::Arc;

use ledger::{AccountKind, Rial, Step};

use super::joining::join;
use super::malformed::precedes_fields;
use super::numbers::{next_sequence, ref_code};
use super::source_and_destination::source_bank;
use super::{grant_limits, joining};
use crate::booking::{apply, ensure, hold_of, hold_steps, takes_credits};
use crate::view::{Denial, Keys, View};
use crate::{
    AccountNumber, At, Bank, BankDayKey, Command, CycleId, Deposit, Destination, FEE_INCOME, Field, FirstAnswer, Grant,
    GrantKind, Hold, Job, Measured, NameField, NotAccepted, Now, Order, OrderId, OrderKey, OrderRefusal, OrderState,
    PayaCycle, Route, Rules, Service, Settlement, SourceAndDestination, SubmissionTerms, Submitted, Text, clearing,
    nostro,
};

/// The number of characters that a destination holder's name may have.
const NAME: std::ops::RangeInclusive<usize> = 2..=33;

/// A request to transfer money, with well-shaped fields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubmitTransfer {
    /// The client and its trackId.
    pub key: OrderKey,
    /// The service that the request called; it may determine the route.
    pub service: Service,
    /// The grant of the request.
    pub grant: Arc<Grant>,
    /// The source account, if the request names one.
    pub source: Option<AccountNumber>,
    /// The destination.
    pub destination: Destination,
    /// The keys of the two accounts.
    pub accounts: SourceAndDestination,
    /// The amount; more than zero.
    pub amount: Rial,
    /// The description, for the echo.
    pub description: Text,
    /// The payment number: digits, or empty.
    pub payment_number: Text,
    /// Whether the request has a second password. The password is not verified, stored or logged.
    pub second_password: SecondPassword,
    /// The destination holder's first name.
    pub destination_first_name: NameField,
    /// The destination holder's last name.
    pub destination_last_name: NameField,
    /// The source holder's first name, as the caller sent it.
    pub source_first_name: NameField,
    /// The source holder's last name, as the caller sent it.
    pub source_last_name: NameField,
    /// The terms of its submission to a network; `None`: the order clears in this house.
    pub submission: Option<SubmissionTerms>,
    /// Hash of the request's folded fields without its secrets.
    pub request_hash: [u8; 16],
}

/// Whether a request has a second password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecondPassword {
    /// It has one.
    Given,
    /// It has none.
    Missing,
}

/// A route, with the cycle if it is paya.
#[derive(Clone, Copy)]
struct RouteTerms {
    route: Route,
    cycle: Option<PayaCycle>,
}

impl Command for SubmitTransfer {
    type Done = Submitted;
    type Refusal = NotAccepted;
    const NAME: &'static str = "SubmitTransfer";

    fn keys(&self, At { now, rules, .. }: At<'_>, keys: &mut Keys) {
        keys.orders.push(self.key.clone());
        self.accounts.sources.keys(keys);
        keys.deposits.extend(self.accounts.destination.clone());
        keys.grant_months.extend(grant_limits::month(&self.grant, now));
        let Some(bank) = source_bank(&self.grant) else { return };
        keys.bank_days.push(BankDayKey { bank, day: now.date.long() });
        let Ok(route_terms) = self.route_terms(bank, now, rules) else { return };
        if let Some(cycle) = &route_terms.cycle {
            joining::keys_of(bank, cycle, now, rules, keys);
        }
        if route_terms.route == Route::Satna {
            keys.accounts.push(nostro(bank));
        }
        if self.is_held(bank, route_terms, rules) {
            keys.accounts.push(clearing(bank));
        }
        if rules.fee(route_terms.route, self.amount).is_positive() {
            keys.accounts.push(FEE_INCOME);
        }
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        for key in [&self.accounts.sources.own, &self.accounts.destination].into_iter().flatten() {
            keys.accounts.extend(view.deposits.get(key).map(|deposit| deposit.id));
        }
    }

    fn decide(&self, view: &mut View, At { now, rules, .. }: At<'_>) -> Result<Submitted, Denial<NotAccepted>> {
        if let Some(order) = precedes_fields(&self.key, &self.accounts.sources, view)? {
            return Ok(Submitted::Duplicate(order));
        }
        let source = self.check_source(view)?;
        let bank = source.key.bank;
        self.check_fields_of(bank)?;
        let route_terms = self.route_terms(bank, now, rules)?;
        let route_terms = RouteTerms {
            cycle: route_terms.cycle.map(|cycle| joining::open_one(bank, cycle, view, rules)),
            ..route_terms
        };
        self.check_names(bank, route_terms.route)?;
        let first_name = self.destination_first_name.echo(Field::DestinationFirstName)?;
        let last_name = self.destination_last_name.echo(Field::DestinationLastName)?;
        let known = self.accounts.destination.as_ref().and_then(|key| view.deposits.get(key));
        let destination = known.map(|deposit| deposit.id);
        if destination == Some(source.id) {
            return Err(NotAccepted::SameAccount.into());
        }
        // Numbers are echoed as the bank writes them (second-edition.md 1.1).
        let echo = match (&self.destination, known) {
            (Destination::Account(_), Some(deposit)) => Text::clone(&deposit.number),
            _ => Text::clone(&self.accounts.echo),
        };
        grant_limits::check(&self.grant, self.amount, view, now)?;
        self.check_hours(bank, route_terms, view, now, rules)?;
        // Step 18: the order is written and the trackId is used. Later checks refuse the order, not the call.
        let id = OrderId(view.ids.take());
        let fee = rules.fee(route_terms.route, self.amount);
        let mut order = Order {
            id,
            key: self.key.clone(),
            grant: self.grant.id,
            user: Some(Text::from(self.grant.user.as_str())),
            service: self.service,
            route: route_terms.route,
            first: FirstAnswer::Done,
            state: OrderState::Refused,
            bank,
            source: source.id,
            source_number: source.number.clone(),
            source_first_name: source.first_name.clone(),
            source_last_name: source.last_name.clone(),
            destination,
            through: None,
            destination_number: echo,
            destination_first_name: first_name,
            destination_last_name: last_name,
            amount: self.amount,
            fee,
            cycle: None,
            left_out_of: None,
            description: self.description.clone(),
            payment_number: self.payment_number.clone(),
            at_ms: now.at_ms,
            inquiry_sequence: next_sequence(view, bank, now),
            ref_code: ref_code(now, id.0),
            request_hash: self.request_hash,
        };
        let accepted = self.accept(&mut order, route_terms, view, now, rules);
        match accepted {
            Ok(_) => grant_limits::count(&self.grant, view, now),
            Err(refusal) => {
                order = Order { first: FirstAnswer::Refused(refusal), fee: Rial::ZERO, ..order };
            }
        }
        let order = Arc::new(order);
        view.orders.put(self.key.clone(), Arc::clone(&order));
        Ok(match accepted {
            Ok(Some(job)) => Submitted::ToNetwork(order, job),
            Ok(None) | Err(_) => Submitted::Ordered(order),
        })
    }

    fn measure(&self, result: &Result<Submitted, NotAccepted>) -> Option<Measured> {
        Submitted::measure(result)
    }
}

impl SubmitTransfer {
    /// The terms of submission to a network, if orders of this route are submitted.
    fn submission(&self, route: Route) -> Option<&SubmissionTerms> {
        SubmissionTerms::of_route(self.submission.as_ref(), route)
    }

    /// Whether the money is held at first instead of moved.
    fn is_held(&self, bank: Bank, route_terms: RouteTerms, rules: &Rules) -> bool {
        self.submission(route_terms.route).is_some()
            || route_terms.route == Route::Paya && rules.holds_until_settlement(bank)
    }

    /// Step 12: the source deposit (finnotech.md 3.1, second-edition 2.9).
    fn check_source(&self, view: &View) -> Result<Arc<Deposit>, NotAccepted> {
        let several = self.grant.deposits.len() > 1;
        let keshavarzi = source_bank(&self.grant) == Some(Bank::KESHAVARZI);
        let credential = self.grant.kind == GrantKind::ClientCredential;
        if self.source.is_none() && (credential || !self.grant.deposits.is_empty() && (several || keshavarzi)) {
            return Err(NotAccepted::Required(Field::Source));
        }
        let source = self.accounts.sources.own.as_ref().and_then(|key| view.deposits.get(key));
        let source = source.map(Arc::clone).ok_or(NotAccepted::SourceNotUsable)?;
        let approved = source.is_approved_for(&self.key.client);
        let granted = self.grant.kind == GrantKind::ClientCredential || self.grant.deposits.contains(&source.id);
        let takes_debits = view.books.account(source.id).is_some_and(|account| account.status.takes_debits());
        if granted && approved && takes_debits { Ok(source) } else { Err(NotAccepted::SourceNotUsable) }
    }

    /// Step 13, first part: the fields that the source bank requires.
    fn check_fields_of(&self, bank: Bank) -> Result<(), NotAccepted> {
        if bank == Bank::AYANDEH && self.payment_number.is_empty() {
            return Err(NotAccepted::Required(Field::PaymentNumber));
        }
        if bank == Bank::PARSIAN && self.second_password == SecondPassword::Missing {
            return Err(NotAccepted::Required(Field::SecondPassword));
        }
        Ok(())
    }

    /// Step 13, second part: the table of routes (finnotech.md 3.1). A paya order takes the earliest cycle whose cut-off is still to come.
    fn route_terms(&self, bank: Bank, now: &Now, rules: &Rules) -> Result<RouteTerms, NotAccepted> {
        let own = self.destination.bank(bank) == bank;
        let by_iban = matches!(self.destination, Destination::Iban(_));
        let route = match (self.service, own, by_iban) {
            (Service::TransferTo, true, _) | (Service::InternalTransfer, true, _) => Route::Internal,
            (Service::TransferTo, false, _) if self.amount.get() <= rules.limits.paya_max => Route::Paya,
            (Service::TransferTo, false, _) => Route::Satna,
            (Service::PayaTransfer, _, true) => Route::Paya,
            (Service::SatnaTransfer, _, true) => Route::Satna,
            _ => return Err(NotAccepted::Invalid(Field::Destination)),
        };
        let cycle = if route == Route::Paya { rules.paya_cycle(bank, now) } else { None };
        Ok(RouteTerms { route, cycle })
    }

    /// Step 13, last part: the names, in the order of the table. Paya and satna require them; a name that is given must have a permitted length on
    /// every route.
    fn check_names(&self, bank: Bank, route: Route) -> Result<(), NotAccepted> {
        let destination = [
            (&self.destination_first_name, Field::DestinationFirstName),
            (&self.destination_last_name, Field::DestinationLastName),
        ];
        for (name, field) in destination {
            let optional = route == Route::Internal && *name == NameField::Missing;
            if !optional && !NAME.contains(&name.demand(field)?.chars().count()) {
                return Err(NotAccepted::Invalid(field));
            }
        }
        if bank == Bank::KESHAVARZI && route != Route::Internal {
            self.source_first_name.demand(Field::SourceFirstName)?;
            self.source_last_name.demand(Field::SourceLastName)?;
        }
        Ok(())
    }

    /// Step 17: the hours of the services, and a cycle that still accepts orders.
    fn check_hours(
        &self,
        bank: Bank,
        route_terms: RouteTerms,
        view: &View,
        now: &Now,
        rules: &Rules,
    ) -> Result<(), NotAccepted> {
        match (route_terms.route, &route_terms.cycle) {
            (Route::Internal, _) if rules.internal_is_closed(bank, now) => Err(NotAccepted::ServiceClosed),
            (Route::Satna, _) if !rules.satna_is_open(now) => Err(NotAccepted::ServiceClosed),
            (Route::Paya, None) => Err(NotAccepted::ServiceClosed),
            (Route::Paya, Some(cycle)) => {
                let known = view.cycles.get(&CycleId::of(bank, cycle));
                if known.is_none_or(|cycle| cycle.is_gathering()) { Ok(()) } else { Err(NotAccepted::CycleClosed) }
            }
            _ => Ok(()),
        }
    }

    /// Steps 19–22. Returns the job of the submission, if the order is submitted to a network.
    fn accept(
        &self,
        order: &mut Order,
        route_terms: RouteTerms,
        view: &mut View,
        now: &Now,
        rules: &Rules,
    ) -> Result<Option<Job>, OrderRefusal> {
        let (min, max) = rules.bounds(route_terms.route);
        if let Some(min) = min.filter(|min| order.amount < *min) {
            return Err(OrderRefusal::BelowMinimum(min));
        }
        if let Some(max) = max.filter(|max| order.amount > *max) {
            return Err(OrderRefusal::AboveMaximum(max));
        }
        let hosted = self.destination.bank(order.bank).is_hosted();
        if hosted && !order.destination.is_some_and(|id| takes_credits(view, id)) {
            return Err(OrderRefusal::DestinationNotUsable);
        }
        let submission = self.submission(route_terms.route);
        if self.is_held(order.bank, route_terms, rules) {
            let hold = hold(order, view, now)?;
            order.state = match submission {
                Some(_) => OrderState::Pending(hold),
                None => OrderState::Queued(Some(hold)),
            };
        } else {
            order.state = move_money(order, route_terms.cycle.as_ref(), view, now)?;
        }
        // From here on nothing is refused.
        let Some(terms) = submission else {
            order.cycle = route_terms.cycle.as_ref().map(|cycle| join(order.bank, cycle, view));
            return Ok(None);
        };
        order.first = FirstAnswer::Pending;
        match (route_terms.cycle.as_ref(), terms.network.settlement) {
            (Some(cycle), Settlement::InCycle) => order.cycle = Some(join(order.bank, cycle, view)),
            (Some(cycle), Settlement::WhenDone) => order.left_out_of = Some(CycleId::of(order.bank, cycle)),
            (Some(_), Settlement::ByNetwork) | (None, _) => {}
        }
        Ok(Some(terms.write(order.id, view, now)))
    }
}

/// Holds the amount and the fee on the source account.
fn hold(order: &Order, view: &mut View, now: &Now) -> Result<Hold, OrderRefusal> {
    let steps = hold_steps(order.source, clearing(order.bank), order.amount, order.fee);
    ensure(view, clearing(order.bank), AccountKind::Clearing);
    if order.fee.is_positive() {
        ensure(view, FEE_INCOME, AccountKind::FeeIncome);
    }
    Ok(hold_of(&apply(view, &steps, now, order.id)?, order.fee))
}

/// Moves the amount to the destination, or to clearing until the cycle settles, and the fee to its income account.
fn move_money(
    order: &Order,
    cycle: Option<&PayaCycle>,
    view: &mut View,
    now: &Now,
) -> Result<OrderState, OrderRefusal> {
    let to = match cycle {
        Some(cycle) => CycleId::of(order.bank, cycle).clearing(),
        None => order.destination.unwrap_or(nostro(order.bank)),
    };
    let kind = if cycle.is_some() { AccountKind::Clearing } else { AccountKind::Nostro };
    if cycle.is_some() || order.destination.is_none() {
        ensure(view, to, kind);
    }
    let mut steps = [Step::Post { debit: order.source, credit: to, amount: order.amount }; 2];
    let charged = order.fee.is_positive();
    if charged {
        ensure(view, FEE_INCOME, AccountKind::FeeIncome);
        steps[1] = Step::Post { debit: order.source, credit: FEE_INCOME, amount: order.fee };
    }
    let booked = apply(view, &steps[..1 + usize::from(charged)], now, order.id)?;
    Ok(match cycle {
        Some(_) => OrderState::Queued(None),
        None => OrderState::Booked(booked[0]),
    })
}
