//! Seeded random sequences of POD's services against a slow, obvious model (pod.md 3, 4.2, 6): which calls are allowed, which money they move, and
//! what due jobs do. After each step every invoice is in a state that can follow its last one, the balances of wallets, guilds and blocked accounts
//! equal the model's, the ledger sums to zero, and no invoice was paid twice.

use fastrand::Rng;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::memory::{ELEVEN_MS, Memory};
use payments::{
    BillNumber, BlockedFrom, Business, CARD_NETWORK, CancelInvoice, CancelUnpaidInvoice, CardSlip, CloseInvoice,
    Delegations, Digest, Entered, FillWallet, GATEWAY_HOLD, GatewayCommand, GatewayEntry, GatewayRefusal,
    GatewaySession, GatewayStep, GiveCredit, Invoice, InvoiceCall, InvoiceCommand, InvoiceId, InvoiceLine,
    InvoiceState, Issue, IssueInvoice, LineAmount, LineChange, MICRO, Now, OpenCardStep, Party, PartyId, PartyKind,
    PayByCredit, PayInFuture, PayLocally, PayOutside, PayableInvoices, PayerVisit, PricedLines, ReduceInvoice,
    RefundAmount, RefundInvoice, RegisterParty, Rial, Rules, SessionState, SetOff, Terms, Text, TransferOut,
    VerifyInvoice, blocked, guild_free, guild_open, wallet,
};

const SEQUENCES: u64 = 120;
const STEPS: usize = 250;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const GUILD: i64 = 561;
const USERS: [i64; 2] = [101, 102];
const SHOPS: [i64; 2] = [201, 202];
const PARTIES: [i64; 4] = [101, 102, 201, 202];
/// 2026-11-21T00:00:00 in Tehran; and the time of card settlement, 03:45, in milliseconds of the day.
const MIDNIGHT: i64 = ELEVEN_MS - 11 * HOUR;
const SETTLES: i64 = 13_500_000;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Status {
    Issued,
    Gateway(i64),
    Waiting,
    /// The due time, and whether the guild pays.
    Future(i64, bool),
    SetOff(i64),
    Paid,
    Closed,
    Canceled,
}

#[derive(Clone, Debug)]
struct Bill {
    issuer: i64,
    customer: Option<i64>,
    price: i64,
    quantity: i64,
    status: Status,
    verify: bool,
    auto: bool,
    safe: bool,
    taken_at: i64,
    payer: Option<i64>,
    rest: i64,
    legs: Vec<(i64, i64)>,
    outside: bool,
    settles_at: Option<i64>,
    /// The amount that a set-off reserves for another invoice, and whether the set-off is done.
    reserved: Option<(i64, bool)>,
    out: i64,
    /// Number of payments, and number of those that were undone.
    paid: i64,
    undone: i64,
}

impl Bill {
    fn payable(&self) -> i64 {
        let total = self.price * self.quantity;
        total + (total * 9 + 50) / 100
    }

    fn received(&self) -> i64 {
        self.rest + self.legs.iter().map(|(_, amount)| amount).sum::<i64>()
            - self.reserved.map_or(0, |(amount, _)| amount)
    }

    fn is_payable(&self, now: i64) -> bool {
        self.status == Status::Issued || matches!(self.status, Status::Gateway(until) if now >= until)
    }

    fn keeper(&self) -> i64 {
        self.payer.or(self.customer).unwrap_or(self.issuer)
    }
}

#[derive(Default)]
struct Model {
    bills: BTreeMap<i64, Bill>,
    wallets: BTreeMap<i64, i64>,
    blocked: BTreeMap<i64, i64>,
    open: BTreeMap<i64, i64>,
    free: BTreeMap<i64, i64>,
    hold: i64,
    network: i64,
    suspense: i64,
    /// The rest of the credits that 102 has given to 201 and 101, by holder.
    credit: BTreeMap<i64, i64>,
    /// Card money: time of settlement, amount, invoice.
    card_receivables: Vec<(i64, i64, i64)>,
}

fn add(map: &mut BTreeMap<i64, i64>, key: i64, amount: i64) {
    *map.entry(key).or_default() += amount;
}

const DELEGATOR: i64 = 102;

impl Model {
    fn refund_to(&mut self, bill: &Bill, amount: i64) {
        match bill.payer.or(bill.customer) {
            Some(party) => add(&mut self.wallets, party, amount),
            None => self.suspense += amount,
        }
    }

    /// Refunds an amount of a payment: first what the payer paid, then the credits, the last one first; but not what was transferred to the payer.
    fn refund(&mut self, bill: &mut Bill, amount: i64) {
        let mut gone = bill.out.min(bill.rest);
        let rest = amount.min(bill.rest - gone);
        bill.rest -= rest;
        self.refund_to(&bill.clone(), rest);
        let mut still = amount - rest;
        gone = bill.out - gone;
        for (holder, leg) in bill.legs.iter_mut().rev() {
            let kept = gone.min(*leg);
            gone -= kept;
            let back = still.min(*leg - kept);
            *leg -= back;
            still -= back;
            add(&mut self.wallets, DELEGATOR, back);
            add(&mut self.credit, *holder, back);
        }
    }

    /// Runs everything that is due until an instant, in order of time.
    fn advance(&mut self, until: i64) {
        loop {
            let mut next: Option<(i64, u8, i64)> = None;
            let mut see = |at: i64, kind: u8, id: i64| {
                if at <= until && next.is_none_or(|found| (at, kind, id) < found) {
                    next = Some((at, kind, id));
                }
            };
            for (at, _, id) in &self.card_receivables {
                see(*at, 0, *id);
            }
            for (id, bill) in &self.bills {
                match bill.status {
                    Status::Waiting => see(bill.taken_at + HOUR, 1, *id),
                    Status::Future(at, _) => see(at, 2, *id),
                    Status::SetOff(source) => {
                        // At the first settlement from then on at which the money of its source has arrived.
                        let ready = self.bills[&source].settles_at.unwrap_or(0).max(bill.taken_at);
                        see(ready, 3, *id);
                    }
                    _ => {}
                }
            }
            let Some((at, kind, id)) = next else { return };
            let mut bill = self.bills[&id].clone();
            match kind {
                0 => {
                    let place = self
                        .card_receivables
                        .iter()
                        .position(|receivable| (receivable.0, receivable.2) == (at, id))
                        .unwrap();
                    let (_, amount, _) = self.card_receivables.remove(place);
                    self.network -= amount;
                    if bill.settles_at == Some(at) {
                        bill.settles_at = None;
                        if bill.status == Status::Closed {
                            add(&mut self.open, bill.issuer, -bill.received());
                            add(&mut self.free, bill.issuer, bill.received());
                        }
                    }
                }
                1 if bill.auto => self.verify(&mut bill),
                1 => {
                    self.hold -= bill.received();
                    let all = bill.received();
                    self.refund(&mut bill, all);
                    (bill.status, bill.payer, bill.settles_at) = (Status::Issued, None, None);
                    bill.legs.clear();
                    bill.undone += 1;
                }
                2 => {
                    add(&mut self.blocked, bill.customer.unwrap(), -bill.payable());
                    let customer = bill.customer;
                    self.pay(&mut bill, at, customer, false);
                }
                _ => {
                    let Status::SetOff(source) = bill.status else { unreachable!() };
                    add(&mut self.blocked, bill.customer.unwrap(), -bill.payable());
                    let source = self.bills.get_mut(&source).unwrap();
                    source.reserved.as_mut().unwrap().1 = true;
                    // second-edition.md 4.11: the rest of the source is free without closing it, unless the invoice is safe (pod.md 3.12).
                    if !source.safe {
                        let (issuer, left) = (source.issuer, source.received());
                        add(&mut self.open, issuer, -left);
                        add(&mut self.free, issuer, left);
                    }
                    let customer = bill.customer;
                    self.pay(&mut bill, at, customer, false);
                }
            }
            self.bills.insert(id, bill);
        }
    }

    fn verify(&mut self, bill: &mut Bill) {
        self.hold -= bill.received();
        add(&mut self.open, bill.issuer, bill.received());
        bill.status = Status::Paid;
    }

    /// Records a payment of the whole amount, which the caller has already debited somewhere.
    fn pay(&mut self, bill: &mut Bill, at: i64, payer: Option<i64>, to_hold: bool) {
        (bill.rest, bill.payer, bill.taken_at) = (bill.payable(), payer, at);
        bill.paid += 1;
        if to_hold {
            self.hold += bill.rest;
            bill.status = Status::Waiting;
        } else {
            add(&mut self.open, bill.issuer, bill.rest);
            bill.status = Status::Paid;
        }
    }
}

/// The next card settlement after an instant; `taken`: the one that settles card money taken at this instant.
fn settlement(now: i64, taken: bool) -> i64 {
    let midnight = MIDNIGHT + (now - MIDNIGHT).div_euclid(DAY) * DAY;
    if !taken && midnight + SETTLES > now { midnight + SETTLES } else { midnight + DAY + SETTLES }
}

fn world() -> (Memory, Model) {
    let (mut memory, mut model) = (Memory::empty(Rules::documented().unwrap()), Model::default());
    for id in PARTIES {
        let business = Business { guilds: vec![GUILD], ..Business::default() };
        let kind = if SHOPS.contains(&id) { PartyKind::Business(business) } else { PartyKind::User };
        let party = Party {
            id: PartyId(id),
            kind,
            name: Text::from(format!("p{id}")),
            password: String::new(),
            mobile: Text::from(""),
            mobile_verified: false,
            joined_at_ms: 1,
            disabled: false,
            access_version: 0,
        };
        memory.run_ok(RegisterParty { party, replace: false });
        memory.run_ok(FillWallet { party: PartyId(id), amount: Rial::new(400_000), at_ms: None });
        add(&mut model.wallets, id, 400_000);
    }
    for holder in [101, 201] {
        let (delegator, hash) = (PartyId(DELEGATOR), Text::from("credit"));
        let credit = GiveCredit { delegator, holder: PartyId(holder), hash, limit: Rial::new(60_000) };
        memory.run_ok(credit);
        add(&mut model.credit, holder, 60_000);
    }
    (memory, model)
}

/// Runs a command. Returns the resulting invoice; `None`: refused.
fn run(memory: &mut Memory, caller: i64, command: impl InvoiceCommand<Done = Arc<Invoice>>) -> Option<Arc<Invoice>> {
    memory.run(InvoiceCall { caller: PartyId(caller), ott: None, command }).ok()
}

/// Runs a step in a new session. Returns the invoice after it; `None`: the invoice could not be paid.
fn enter<C: GatewayCommand>(memory: &mut Memory, (invoice, issuer): (i64, i64), command: C) -> Option<Arc<Invoice>> {
    let (number, id) = (u8::try_from(memory.gateway_sessions.len() % 250).unwrap(), InvoiceId(invoice));
    let hash = Digest([number; 32]);
    let session = GatewaySession {
        hash,
        invoice: id,
        back: None,
        call: None,
        only: None,
        voucher: None,
        holder: None,
        credits: vec![],
        card_until_ms: None,
        state: SessionState::Open,
        ends_at_ms: memory.now_ms + 20 * 60_000,
    };
    memory.gateway_sessions.remove(&hash);
    let entered = Some(Box::new(Entered { session, entry_page: GatewayEntry::Choice }));
    let visit = PayerVisit { session: hash, invoice: (id, PartyId(issuer)), caller: None, entered };
    match memory.run(GatewayStep { visit, command }) {
        Ok(_) => memory.invoices.get(&id).cloned(),
        Err(GatewayRefusal::Invoice(_)) => None,
        other => panic!("{other:?}"),
    }
}

fn issue(dice: &mut Rng, memory: &mut Memory, model: &mut Model) {
    let issuer = *dice.choice(&SHOPS).unwrap();
    let customer = [None, Some(*dice.choice(&[101, 102, 201, 201, 202, 202]).unwrap())]
        [usize::try_from(dice.i64(0..4).min(1)).unwrap()]
    .filter(|c| *c != issuer);
    let (price, quantity) = (1_000 + dice.i64(0..40_000), 1 + dice.i64(0..3));
    let [verify, auto, safe] = [dice.i64(0..2) == 0, dice.i64(0..2) == 0, dice.i64(0..4) == 0];
    let terms = Terms { verification_needed: verify, verify_after_timeout: auto, safe, ..Terms::default() };
    let amount = LineAmount { price: Rial::new(price), quantity_micro: quantity * MICRO, discount: Rial::ZERO };
    let unique = u64::try_from(memory.invoices.len()).unwrap() + 1;
    let line = InvoiceLine { id: 0, product: 0, amount, description: Text::from("book") };
    let verb = IssueInvoice {
        guild: GUILD,
        customer: customer.map(PartyId),
        cellphone: Text::from(""),
        bill_number: Some(BillNumber::of(Text::from(unique.to_string()))),
        unique,
        reference_number: Text::from("1"),
        lines: PricedLines::of([line], 90_000).unwrap(),
        terms,
        issue: Issue::Really,
    };
    let invoice = run(memory, issuer, verb).unwrap();
    let bill = Bill {
        issuer,
        customer,
        price,
        quantity,
        status: Status::Issued,
        verify,
        auto,
        safe,
        taken_at: 0,
        payer: None,
        rest: 0,
        legs: vec![],
        outside: false,
        settles_at: None,
        reserved: None,
        out: 0,
        paid: 0,
        undone: 0,
    };
    assert_eq!(invoice.amounts.payable.get(), bill.payable());
    model.bills.insert(invoice.id.0, bill);
}

/// Runs one random service on one invoice, and compares the result with the model's.
fn step(dice: &mut Rng, memory: &mut Memory, model: &mut Model) {
    let now = memory.now_ms;
    let ids: Vec<i64> = model.bills.keys().copied().collect();
    // Recent invoices are the ones on which most services have an effect.
    let recent = &ids[ids.len().saturating_sub(8)..];
    let id = *dice.choice(recent).unwrap();
    let invoice = InvoiceId(id);
    let mut bill = model.bills[&id].clone();
    // The caller is mostly the issuer or the customer.
    let caller = match dice.i64(0..5) {
        0 => *dice.choice(&PARTIES).unwrap(),
        1 | 2 => bill.customer.unwrap_or(bill.issuer),
        _ => bill.issuer,
    };
    let payable = bill.payable();
    let expected;
    let open = |model: &mut Model, amount: i64| add(&mut model.open, bill.issuer, amount);
    let done = match dice.i64(0..19) {
        0 | 1 => {
            let (own, forced, credit) = (dice.i64(0..2) == 0, dice.i64(0..3) == 0, dice.i64(0..2) == 0);
            let hashes = if credit { vec![Text::from("credit")] } else { vec![] };
            let left = model.credit.get(&caller).copied().unwrap_or(0);
            let used = if credit || forced { left.min(model.wallets[&DELEGATOR]).min(payable) } else { 0 };
            let rest = payable - used;
            let has = model.wallets[&caller] - if caller == DELEGATOR { used } else { 0 };
            // Credit of another holder is refused.
            expected = bill.is_payable(now)
                && (!credit || [101, 201].contains(&caller))
                && (!own || bill.customer == Some(caller))
                && if forced { rest == 0 } else { has >= rest };
            if expected {
                add(&mut model.wallets, DELEGATOR, -used);
                add(&mut model.wallets, caller, -rest);
                add(&mut model.credit, caller, -used);
                model.pay(&mut bill, now, Some(caller), false);
                bill.rest = rest;
                bill.legs = if used > 0 { vec![(caller, used)] } else { vec![] };
            }
            let payable_invoices = if own { PayableInvoices::Own } else { PayableInvoices::Any };
            let delegations = Delegations { delegators: vec![], hashes, forced };
            run(memory, caller, PayByCredit { invoice, delegations, payable_invoices })
        }
        2 => {
            expected = caller == bill.issuer && bill.is_payable(now);
            if expected {
                bill.paid += 1;
                (bill.status, bill.outside, bill.taken_at) = (Status::Paid, true, now);
            }
            run(memory, caller, PayOutside { invoice })
        }
        3 | 4 => {
            expected = bill.is_payable(now);
            if expected {
                let at = settlement(now, true);
                model.card_receivables.push((at, payable, id));
                model.network += payable;
                let to_hold = bill.verify;
                model.pay(&mut bill, now, None, to_hold);
                bill.settles_at = Some(at);
            }
            let text = || Text::from("1");
            let slip = CardSlip { terminal: text(), mask: text(), rrn: text(), tref: text() };
            enter(memory, (id, bill.issuer), PayLocally { slip, callback: None })
        }
        5 => {
            expected = caller == bill.issuer && bill.status == Status::Waiting;
            if expected {
                model.verify(&mut bill);
            }
            run(memory, caller, VerifyInvoice { invoice })
        }
        6 | 7 => {
            let closer = if bill.safe { bill.keeper() } else { bill.issuer };
            let pending = bill.reserved.is_some_and(|(_, done)| !done);
            expected = caller == closer && bill.status == Status::Paid && !pending;
            if expected {
                bill.status = Status::Closed;
                if bill.settles_at.is_none() && (bill.reserved.is_none() || bill.safe) {
                    open(model, -bill.received());
                    add(&mut model.free, bill.issuer, bill.received());
                }
            }
            run(memory, caller, CloseInvoice { invoice })
        }
        8 => {
            let canceler = if bill.safe && bill.status == Status::Paid { bill.keeper() } else { bill.issuer };
            let inside = matches!(bill.status, Status::Gateway(until) if now < until);
            let tied = bill.status == Status::Paid && bill.reserved.is_some();
            let ended = matches!(bill.status, Status::Closed | Status::Canceled);
            expected = caller == canceler && !(inside || ended || tied);
            if expected {
                match bill.status {
                    Status::Waiting | Status::Paid => {
                        let all = bill.received();
                        if bill.status == Status::Waiting {
                            model.hold -= all
                        } else {
                            open(model, -all)
                        }
                        model.refund(&mut bill, all);
                        bill.undone += 1;
                    }
                    Status::Future(_, of_guild) => {
                        let customer = bill.customer.unwrap();
                        add(&mut model.blocked, customer, -payable);
                        add(if of_guild { &mut model.free } else { &mut model.wallets }, customer, payable);
                    }
                    Status::SetOff(source) => {
                        let customer = bill.customer.unwrap();
                        add(&mut model.blocked, customer, -payable);
                        add(&mut model.open, customer, payable);
                        model.bills.get_mut(&source).unwrap().reserved = None;
                    }
                    _ => {}
                }
                bill.status = Status::Canceled;
            }
            run(memory, caller, CancelInvoice { invoice })
        }
        9 | 12 => {
            let of_guild = dice.i64(0..2) == 0;
            let now_day = Now::at(now).unwrap().date;
            let days = dice.i64(0..3);
            let date = now_day.plus_days(i32::try_from(days).unwrap()).unwrap();
            let source = if of_guild { model.free.get(&caller) } else { model.wallets.get(&caller) };
            expected = bill.customer == Some(caller)
                && bill.is_payable(now)
                && days > 0
                && (!of_guild || SHOPS.contains(&caller))
                && source.copied().unwrap_or(0) >= payable;
            if expected {
                let at = MIDNIGHT + ((now - MIDNIGHT).div_euclid(DAY) + days) * DAY;
                add(if of_guild { &mut model.free } else { &mut model.wallets }, caller, -payable);
                add(&mut model.blocked, caller, payable);
                bill.status = Status::Future(at, of_guild);
            }
            let from = if of_guild { BlockedFrom::Guild(GUILD) } else { BlockedFrom::Wallet };
            run(memory, caller, PayInFuture { invoice, date, from })
        }
        10 | 13 | 14 => {
            let paid = |id: &&i64| model.bills[id].issuer == caller && model.bills[id].status == Status::Paid;
            let sources: Vec<i64> = ids.iter().filter(paid).copied().collect();
            let other =
                if sources.is_empty() { *dice.choice(recent).unwrap() } else { *dice.choice(&sources).unwrap() };
            let source = model.bills[&other].clone();
            expected = bill.customer == Some(caller)
                && source.issuer == caller
                && other != id
                && bill.is_payable(now)
                && source.status == Status::Paid
                && source.reserved.is_none()
                && source.received() >= payable;
            if expected {
                add(&mut model.open, caller, -payable);
                add(&mut model.blocked, caller, payable);
                model.bills.get_mut(&other).unwrap().reserved = Some((payable, false));
                // The earliest time of the set-off.
                (bill.status, bill.taken_at) = (Status::SetOff(other), settlement(now, false));
            }
            run(memory, caller, SetOff { creditor: invoice, debtor: InvoiceId(other) })
        }
        11 => return reduce(dice, memory, model, (id, caller)),
        15 | 16 => return refund(dice, memory, model, id),
        17 => return cancel_unpaid(memory, model, id),
        _ => {
            let (amount, of_guild) = (1 + dice.i64(0..30_000), dice.i64(0..2) == 0);
            let source = if of_guild { model.free.get(&caller) } else { model.wallets.get(&caller) };
            let has = source.copied().unwrap_or(0);
            expected = caller == bill.issuer
                && bill.status == Status::Closed
                && (bill.outside || (bill.out + amount <= bill.received() && has >= amount));
            if expected && !bill.outside {
                add(if of_guild { &mut model.free } else { &mut model.wallets }, caller, -amount);
                model.refund_to(&bill, amount);
                bill.out += amount;
            }
            let from = if of_guild { BlockedFrom::Guild(GUILD) } else { BlockedFrom::Wallet };
            let amount = Rial::new(amount);
            run(memory, caller, TransferOut { invoice, amount, from, unique_id: None })
        }
    };
    assert_eq!(done.is_some(), expected, "{id} by {caller}: {:?}, now {bill:?}", model.bills[&id]);
    model.bills.insert(id, bill);
}

/// Replaces an invoice by a smaller one, and compares the result with the model's.
fn reduce(dice: &mut Rng, memory: &mut Memory, model: &mut Model, (id, caller): (i64, i64)) {
    let now = memory.now_ms;
    let old = model.bills[&id].clone();
    let (price, quantity) = ((old.price - dice.i64(0..3) * 500).max(1), (old.quantity - dice.i64(0..2)).max(1));
    let smaller = price < old.price || quantity < old.quantity;
    let state = old.is_payable(now) || old.status == Status::Paid;
    let expected = caller == old.issuer && state && old.reserved.is_none() && smaller;
    let line = memory.invoices[&InvoiceId(id)].lines[0].id;
    let change = LineChange {
        id: line,
        price: Rial::new(price),
        quantity_micro: quantity * MICRO,
        description: Text::from("book"),
    };
    let unique = u64::try_from(memory.invoices.len()).unwrap() + 1;
    let verb = ReduceInvoice {
        invoice: InvoiceId(id),
        lines: vec![change],
        rate_micro: None,
        unique,
        reference_number: Text::from("1"),
    };
    let done = run(memory, caller, verb);
    assert_eq!(done.is_some(), expected, "reduce {id} by {caller}: {old:?}");
    let Some(done) = done else { return };
    let mut new = Bill { price, quantity, ..old.clone() };
    if old.status == Status::Paid {
        let paid = old.rest + old.legs.iter().map(|(_, amount)| amount).sum::<i64>();
        let refunded = if old.outside { 0 } else { old.payable() - paid };
        let less = (old.payable() - new.payable() - refunded).max(0).min(old.received());
        add(&mut model.open, old.issuer, -less);
        model.refund(&mut new, less);
        new.legs.retain(|(_, amount)| *amount > 0);
    } else {
        new.status = Status::Issued;
    }
    for receivable in &mut model.card_receivables {
        if receivable.2 == id && Some(receivable.0) == old.settles_at {
            receivable.2 = done.id.0;
        }
    }
    let undone = old.paid;
    model.bills.insert(id, Bill { status: Status::Canceled, settles_at: None, undone, ..old });
    model.bills.insert(done.id.0, new);
}

/// An operator refunds all or a part of an invoice.
fn refund(dice: &mut Rng, memory: &mut Memory, model: &mut Model, id: i64) {
    let mut bill = model.bills[&id].clone();
    let left = bill.received() - if bill.status == Status::Closed { bill.out } else { 0 };
    let part = RefundAmount::Part(Rial::new(1 + dice.i64(0..30_000)));
    let amount = if dice.i64(0..3) == 0 { RefundAmount::All } else { part };
    let rials = match amount {
        RefundAmount::All => left,
        RefundAmount::Part(part) => part.get(),
    };
    let is_paid = matches!(bill.status, Status::Waiting | Status::Paid | Status::Closed) && bill.reserved.is_none();
    let of_free = bill.status == Status::Closed && bill.settles_at.is_none();
    let covers = !of_free || model.free.get(&bill.issuer).copied().unwrap_or(0) >= rials;
    let expected = is_paid && left > 0 && rials <= left && covers;
    if expected {
        match bill.status {
            Status::Waiting => model.hold -= rials,
            _ if of_free => add(&mut model.free, bill.issuer, -rials),
            _ => add(&mut model.open, bill.issuer, -rials),
        }
        model.refund(&mut bill, rials);
        bill.legs.retain(|(_, amount)| *amount > 0);
        if rials == left && bill.status != Status::Closed {
            bill.status = Status::Canceled;
            bill.undone += 1;
        }
    }
    let done = memory.run(RefundInvoice { invoice: InvoiceId(id), amount });
    assert_eq!(done.is_ok(), expected, "refund {amount:?} of {id}: {done:?}, {:?}", model.bills[&id]);
    model.bills.insert(id, bill);
}

/// An operator cancels an invoice that was not paid.
fn cancel_unpaid(memory: &mut Memory, model: &mut Model, id: i64) {
    let mut bill = model.bills[&id].clone();
    let (now, payable) = (memory.now_ms, bill.payable());
    let expected = bill.is_payable(now) || matches!(bill.status, Status::Future(..) | Status::SetOff(_));
    match bill.status {
        Status::Future(_, of_guild) => {
            let customer = bill.customer.unwrap();
            add(&mut model.blocked, customer, -payable);
            add(if of_guild { &mut model.free } else { &mut model.wallets }, customer, payable);
        }
        Status::SetOff(source) => {
            let customer = bill.customer.unwrap();
            add(&mut model.blocked, customer, -payable);
            add(&mut model.open, customer, payable);
            model.bills.get_mut(&source).unwrap().reserved = None;
        }
        _ => {}
    }
    if expected {
        bill.status = Status::Canceled;
    }
    let done = memory.run(CancelUnpaidInvoice { invoice: InvoiceId(id) });
    assert_eq!(done.is_ok(), expected, "cancel {id}: {done:?}, {:?}", model.bills[&id]);
    model.bills.insert(id, bill);
}

fn compare(memory: &Memory, model: &Model) {
    let posted = |id| memory.balance_of(id).0;
    for party in PARTIES {
        let of = |map: &BTreeMap<i64, i64>| map.get(&party).copied().unwrap_or(0);
        let id = PartyId(party);
        assert_eq!(posted(wallet(id)), of(&model.wallets), "wallet of {party}");
        assert_eq!(posted(blocked(id)), of(&model.blocked), "blocked of {party}");
        assert_eq!(posted(guild_open(id, GUILD)), of(&model.open), "open of {party}");
        assert_eq!(posted(guild_free(id, GUILD)), of(&model.free), "free of {party}");
        let left = memory.credit_books.get(&id).map_or(0, |book| book.credits[0].left.get());
        assert_eq!(left, of(&model.credit), "credit of {party}");
    }
    assert_eq!((posted(GATEWAY_HOLD), posted(CARD_NETWORK)), (model.hold, model.network));
    assert_eq!(posted(payments::SUSPENSE), model.suspense);
    let sides = |side: fn(&ledger::Account) -> i64| memory.accounts.values().map(side).sum::<i64>();
    let debits = sides(|account| account.balances.debits_posted.get());
    assert_eq!(debits, sides(|account| account.balances.credits_posted.get()), "the ledger sums to zero");
    for (id, bill) in &model.bills {
        let invoice = &memory.invoices[&InvoiceId(*id)];
        let same = matches!(
            (&invoice.state, bill.status),
            (InvoiceState::Issued, Status::Issued)
                | (InvoiceState::Waiting(_), Status::Waiting)
                | (InvoiceState::Future(_), Status::Future(..))
                | (InvoiceState::SetOff(_), Status::SetOff(_))
                | (InvoiceState::Paid(_), Status::Paid)
                | (InvoiceState::Closed(_), Status::Closed)
                | (InvoiceState::Canceled(_), Status::Canceled)
        ) || matches!((&invoice.state, bill.status), (InvoiceState::InGateway(one), Status::Gateway(other)) if *one == other);
        assert!(same, "{id}: {:?}, and by the model {:?}", invoice.state, bill.status);
        assert!((0..=1).contains(&(bill.paid - bill.undone)), "{id} is paid once at a time: {bill:?}");
        assert_eq!(invoice.is_settled(), bill.settles_at.is_none(), "{id}");
        let may_go = bill.status == Status::Paid || bill.status == Status::Closed;
        assert!(!may_go || invoice.received().map(Rial::get) == Some(bill.received()), "{id}");
    }
}

#[test]
fn random_sequences_of_services_do_what_the_model_says() {
    let mut kinds = [0_u64; 8];
    for seed in 1..=SEQUENCES {
        let mut dice = Rng::with_seed(seed);
        let (mut memory, mut model) = world();
        assert_eq!(USERS.len() + SHOPS.len(), PARTIES.len());
        for _ in 0..STEPS {
            match dice.i64(0..10) {
                0 | 1 => issue(&mut dice, &mut memory, &mut model),
                2 => {
                    let by = [10 * 60_000, HOUR, 5 * HOUR, DAY][usize::try_from(dice.i64(0..4)).unwrap()];
                    let until = memory.now_ms + by;
                    memory.advance_to(until);
                    model.advance(until);
                }
                3 if !model.bills.is_empty() => {
                    let newest = *model.bills.keys().next_back().unwrap();
                    let bill = model.bills.get_mut(&newest).unwrap();
                    let expected = bill.is_payable(memory.now_ms) && bill.payable() >= 10_000;
                    if expected {
                        bill.status = Status::Gateway(memory.now_ms + 20 * 60_000);
                    }
                    let issuer = bill.issuer;
                    let done = enter(&mut memory, (newest, issuer), OpenCardStep);
                    assert_eq!(done.is_some(), expected);
                }
                _ if !model.bills.is_empty() => step(&mut dice, &mut memory, &mut model),
                _ => {}
            }
            compare(&memory, &model);
            for bill in model.bills.values() {
                kinds[match bill.status {
                    Status::Issued => 0,
                    Status::Gateway(_) => 1,
                    Status::Waiting => 2,
                    Status::Future(..) => 3,
                    Status::SetOff(_) => 4,
                    Status::Paid => 5,
                    Status::Closed => 6,
                    Status::Canceled => 7,
                }] += 1;
            }
        }
    }
    assert!(kinds.iter().all(|count| *count > 100), "every state is met: {kinds:?}");
}
