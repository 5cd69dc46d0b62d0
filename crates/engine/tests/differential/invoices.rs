//! Invoices of POD: issued, paid in each way that is no card, verified, closed, canceled, made smaller, and what is taken out of them.

use std::sync::Arc;

use engine::World;
use fastrand::Rng;
use payments::{
    BillNumber, BlockedFrom, Business, CancelUnpaidInvoice, Delegations, Digest, FillWallet, GiveCredit, Invoice,
    InvoiceCall, InvoiceCommand, InvoiceId, InvoiceLine, Issue, IssueInvoice, IssueVoucher, LineAmount, LineChange,
    MICRO, Party, PartyId, PartyKind, PayByCredit, PayOutside, PayableInvoices, PricedLines, ReduceInvoice,
    RefundAmount, RefundInvoice, RegisterParty, Rial, SpendOtt, Terms, Text, TransferOut, UsedOtt, VoucherKey,
};

use super::fitting;
use super::log_in::MOBILES;
use super::side::{Side, once_in, pick, recent};

pub const WORDS: &[&str] = &[
    "IssueInvoice done",
    "IssueInvoice GuildForeign",
    "IssueInvoice BillNumberUsed",
    "IssueInvoice PartyUnknown",
    "PayByCredit done",
    "PayByCredit NotForCaller",
    "PayByCredit CreditShort",
    "PayByCredit Invalid(DelegationHash)",
    "PayByPermission done",
    "PayByPermission NoPermission",
    "PayInFuture done",
    "PayInFuture NotAfterToday",
    "PayInFuture NotForCaller",
    "PayOutside done",
    "PayOutside NotPermitted",
    "SetOff done",
    "SetOff NotPermitted",
    "SetOff SetOffPending",
    "VerifyInvoice done",
    "VerifyInvoice NotWaiting",
    "VerifyInvoice NotPermitted",
    "CloseInvoice done",
    "CloseInvoice MayNotClose",
    "CloseInvoice NotPaid",
    "VerifyAndCloseInvoice done",
    "VerifyAndCloseInvoice MayNotClose",
    "VerifyAndCloseInvoice NotWaiting",
    "CancelInvoice done",
    "CancelInvoice NotPermitted",
    "CancelInvoice NotPayable(Canceled)",
    "ReduceInvoice done",
    "ReduceInvoice Invalid(ItemId)",
    "ReduceInvoice Invalid(Price)",
    "RefundInvoice done",
    "RefundInvoice InvoiceCanceled",
    "RefundInvoice InvoiceNotPaid",
    "RefundInvoice Amount(MoreThanLeft",
    "CancelUnpaidInvoice done",
    "CancelUnpaidInvoice InvoicePaid",
    "CancelUnpaidInvoice InvoiceFinal(Canceled)",
    "TransferOut done",
    "TransferOut NotClosed",
    "TransferOut UniqueIdUsed",
    "SpendOtt done",
    "SpendOtt TokenUsed",
    "FillWallet done",
    "FillWallet PartyUnknown",
    "GiveCredit done",
    "GiveCredit CreditExists",
];

pub const GUILD: i64 = 561;
pub const USERS: [PartyId; 3] = [PartyId(101), PartyId(102), PartyId(103)];
pub const SHOPS: [PartyId; 2] = [PartyId(201), PartyId(202)];
pub const PARTIES: [PartyId; 5] = [PartyId(101), PartyId(102), PartyId(103), PartyId(201), PartyId(202)];
const NONE: PartyId = PartyId(999);
/// Who gives credit.
const DELEGATOR: PartyId = PartyId(103);
/// Longer than a run takes.
const LATER_MS: i64 = 90 * 86_400_000;

pub fn name(party: PartyId) -> Text {
    Text::from(format!("p{}", party.0))
}

pub fn party(id: PartyId) -> Party {
    let business = Business { guilds: vec![GUILD], client_secret: Some(Digest([7; 32])), ..Business::default() };
    let mobile = USERS.iter().position(|user| *user == id).map_or("", |at| MOBILES[at]);
    Party {
        id,
        kind: if SHOPS.contains(&id) { PartyKind::Business(business) } else { PartyKind::User },
        name: name(id),
        password: String::new(),
        mobile: Text::from(mobile),
        mobile_verified: !mobile.is_empty(),
        joined_at_ms: 1,
        disabled: false,
        access_version: 0,
    }
}

pub fn voucher(issuer: PartyId, at: u64) -> IssueVoucher {
    let key = VoucherKey { issuer, code: Text::from(format!("GIFT-{at}")) };
    IssueVoucher { key, sealed: vec![1, 2], shown: Text::from("GI…"), value: Rial::new(20_000) }
}

pub fn world(world: &mut World) {
    for id in PARTIES {
        world.add(RegisterParty { party: party(id), replace: false });
        world.add(FillWallet { party: id, amount: Rial::new(900_000), at_ms: None });
    }
    for holder in [PartyId(101), PartyId(201)] {
        let hash = Text::from("credit-0");
        world.add(GiveCredit { delegator: DELEGATOR, holder, hash, limit: Rial::new(90_000) });
    }
    for issuer in SHOPS {
        for at in 0..4 {
            world.add(voucher(issuer, at));
        }
    }
}

/// One of the last invoices, and what is in it.
pub async fn any(side: &mut Side, random: &mut Rng) -> Option<Invoice> {
    let id = recent(random, &side.known.invoices)?;
    side.engine.reader().invoice(id).await.unwrap()
}

/// Who calls about an invoice: its issuer or its customer, mostly.
pub fn caller(random: &mut Rng, invoice: &Invoice) -> PartyId {
    match random.u64(..6) {
        0 => pick(random, &PARTIES),
        1 | 2 => invoice.customer.unwrap_or(invoice.issuer),
        _ => invoice.issuer,
    }
}

/// Calls a service of POD.
pub async fn call<C: InvoiceCommand>(side: &mut Side, caller: PartyId, command: C) -> (String, Option<C::Done>) {
    side.run(InvoiceCall { caller, ott: None, command }).await
}

pub async fn step(side: &mut Side, random: &mut Rng) -> String {
    match random.u64(..21) {
        20 if once_in(random, 2) => {
            let invoice = recent(random, &side.known.invoices).unwrap_or(InvoiceId(1));
            side.run_audited("one", CancelUnpaidInvoice { invoice }).await
        }
        20 => {
            let refund = refund(side, random).await;
            side.run_audited("one", refund).await
        }
        0..6 => issue(side, random).await,
        6 => {
            let value = random.i64(0..30);
            let ott = Some(UsedOtt { value, ends_at_ms: side.now_ms() + LATER_MS });
            side.outcome_of(InvoiceCall { caller: PartyId(201), ott, command: SpendOtt }).await
        }
        7 if once_in(random, 2) => {
            let (party, amount) = (pick(random, &[PARTIES[0], PARTIES[3], DELEGATOR, NONE]), random.i64(1..60_000));
            side.run_audited("one", FillWallet { party, amount: Rial::new(amount), at_ms: None }).await
        }
        7 => {
            let (holder, limit) = (pick(random, &PARTIES), Rial::new(random.i64(1..40_000)));
            let hash = Text::from(format!("credit-{}", random.u64(..8)));
            side.run_audited("one", GiveCredit { delegator: DELEGATOR, holder, hash, limit }).await
        }
        8 | 9 if !side.known.closed.is_empty() => {
            let closed = recent(random, &side.known.closed).unwrap();
            let closed = side.engine.reader().invoice(closed).await.unwrap().unwrap();
            transfer_out(side, random, &closed).await
        }
        _ => match any(side, random).await {
            Some(invoice) => of_invoice(side, random, invoice).await,
            None => issue(side, random).await,
        },
    }
}

pub async fn issue(side: &mut Side, random: &mut Rng) -> String {
    let issuer = pick(random, &SHOPS);
    let odd = random.u64(..30);
    let customer = match odd {
        0 => Some(issuer),
        1 => Some(NONE),
        _ => pick(random, &[None, Some(USERS[0]), Some(USERS[1]), Some(USERS[2]), Some(SHOPS[0]), Some(SHOPS[1])])
            .filter(|customer| *customer != issuer),
    };
    let lines: Vec<_> = (0..random.u64(1..4)).map(|_| line(random, 20_000)).collect();
    let lines = PricedLines::of(lines, pick(random, &[0, 90_000, 90_000])).unwrap();
    let terms = Terms {
        verification_needed: random.bool(),
        verify_after_timeout: random.bool(),
        safe: once_in(random, 5),
        close_after_s: if once_in(random, 5) { 900 } else { 0 },
        description: once_in(random, 2).then(|| Text::from("Blue")),
        ..Terms::default()
    };
    let unique = u64::try_from(side.known.invoices.len()).unwrap() + 1;
    let command = IssueInvoice {
        guild: if odd == 3 { GUILD + 1 } else { GUILD },
        customer,
        cellphone: Text::from("09121111111"),
        bill_number: once_in(random, 6).then(|| BillNumber::of(Text::from(random.u64(..4).to_string()))),
        unique,
        reference_number: Text::from(random.u64(..3).to_string()),
        lines,
        terms,
        issue: if odd == 4 { Issue::Preview } else { Issue::Really },
    };
    let (came, issued) = call(side, issuer, command).await;
    keep(side, issued);
    came
}

fn keep(side: &mut Side, invoice: Option<Arc<Invoice>>) {
    side.known.invoices.extend(invoice.map(|invoice| invoice.id).filter(|id| *id != InvoiceId(0)));
}

fn line(random: &mut Rng, most: i64) -> InvoiceLine {
    let (price, quantity) = (random.i64(most / 2..most), random.i64(1..3));
    let discount = Rial::new(pick(random, &[0, 0, 500]));
    let amount = LineAmount { price: Rial::new(price), quantity_micro: quantity * MICRO, discount };
    let description = Text::from(pick(random, &["book", "a pen", "کتاب"]));
    InvoiceLine { id: 0, product: pick(random, &[0, 7]), amount, description }
}

/// A refund of an invoice that was paid, mostly: of all of it or of a part.
pub async fn refund(side: &Side, random: &mut Rng) -> RefundInvoice {
    let invoice = fitting::mostly_paid(side, random).await.unwrap_or(InvoiceId(1));
    let part = RefundAmount::Part(Rial::new(random.i64(1..30_000)));
    RefundInvoice { invoice, amount: if once_in(random, 4) { RefundAmount::All } else { part } }
}

/// One service on one invoice.
async fn of_invoice(side: &mut Side, random: &mut Rng, of: Invoice) -> String {
    let (invoice, by) = (of.id, caller(random, &of));
    let customer = of.customer.unwrap_or(by);
    match random.u64(..20) {
        0 => fitting::pay_by_credit_alone(side, random, of).await,
        1 | 2 => {
            let hashes =
                if once_in(random, 2) { vec![Text::from(format!("credit-{}", random.u64(..3)))] } else { vec![] };
            let delegators = if once_in(random, 6) { vec![DELEGATOR] } else { vec![] };
            let delegations = Delegations { delegators, hashes, forced: once_in(random, 5) };
            let (by, payable_invoices) =
                (pick(random, &[by, customer, customer]), pick(random, &[PayableInvoices::Own, PayableInvoices::Any]));
            call(side, by, PayByCredit { invoice, delegations, payable_invoices }).await.0
        }
        3 => fitting::pay_by_permission(side, random, (of, by)).await,
        4 => call(side, by, PayOutside { invoice }).await.0,
        5 | 6 => fitting::pay_in_future(side, random, (of, by)).await,
        7 | 8 => fitting::set_off(side, random, &of).await,
        9 | 10 => fitting::verify(side, random, (of, by)).await,
        11 | 12 => fitting::close(side, random, (of, by)).await,
        13 => fitting::verify_and_close(side, random, (of, by)).await,
        14 => fitting::cancel(side, random, (of, by)).await,
        15 | 16 => reduce(side, random, &of, by).await,
        _ => transfer_out(side, random, &of).await,
    }
}

async fn transfer_out(side: &mut Side, random: &mut Rng, of: &Invoice) -> String {
    let from = pick(random, &[BlockedFrom::Wallet, BlockedFrom::Guild(GUILD)]);
    let unique_id = (!once_in(random, 3)).then(|| Text::from(random.u64(..2).to_string()));
    let amount = Rial::new(random.i64(1..6_000));
    call(side, of.issuer, TransferOut { invoice: of.id, amount, from, unique_id }).await.0
}

async fn reduce(side: &mut Side, random: &mut Rng, of: &Invoice, by: PartyId) -> String {
    let less = pick(random, &[0, 500, 500]);
    let change = |line: &InvoiceLine| LineChange {
        id: line.id,
        price: Rial::new((line.amount.price.get() - less).max(1)),
        quantity_micro: line.amount.quantity_micro,
        description: Text::clone(&line.description),
    };
    let mut lines: Vec<LineChange> = of.lines.iter().map(change).collect();
    if once_in(random, 6) {
        lines.pop();
    }
    let unique = u64::try_from(side.known.invoices.len()).unwrap() + 1;
    let reference_number = Text::from("1");
    let command = ReduceInvoice { invoice: of.id, lines, rate_micro: None, unique, reference_number };
    let (came, reduced) = call(side, by, command).await;
    keep(side, reduced);
    came
}
