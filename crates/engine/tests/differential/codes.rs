//! Codes and links that pay invoices by SMS, and payments at terminals of shops.

use engine::World;
use fastrand::Rng;
use payments::{
    CallAddress, Delegations, Digest, Invoice, InvoiceId, MakePayLink, PartyId, PayByPos, PayBySms, PayLink,
    PayWithCode, PosKey, PosTerminal, PosTransaction, Provenance, RegisterPosTerminal, ReportPos, Rial,
    SendPaymentLink, SendPaymentSms, SmsContent, Text,
};

use super::fitting;
use super::invoices::{self, PARTIES, SHOPS, call, caller};
use super::side::{Side, digest, once_in, pick, recent};

pub const WORDS: &[&str] = &[
    "SendPaymentSms done Some",
    "SendPaymentSms done None",
    "SendPaymentSms NoCustomer",
    "SendPaymentSms MobileNotVerified",
    "SendPaymentSms TooManySms",
    "PayWithCode done",
    "PayWithCode WrongCode",
    "PayWithCode NotPayable",
    "PayBySms done",
    "PayBySms WrongCode",
    "PayBySms NotPayable",
    "MakePayLink done",
    "MakePayLink NotPermitted",
    "MakePayLink NotPayable",
    "SendPaymentLink done",
    "SendPaymentLink MobileNotVerified",
    "SendPaymentLink NotPayable",
    "RegisterPosTerminal done",
    "RegisterPosTerminal PartyUnknown",
    "ReportPos done",
    "ReportPos PosTransactionExists",
    "PayByPos done",
    "PayByPos PosUnknown",
    "PayByPos NotPermitted",
];

pub const TERMINAL: &str = "11";
const MERCHANT: &str = "m-1";

fn terminal(business: PartyId) -> RegisterPosTerminal {
    let (number, merchant) = (Text::from(TERMINAL), Text::from(MERCHANT));
    RegisterPosTerminal { terminal: PosTerminal { number, merchant, business } }
}

pub fn world(world: &mut World) {
    world.add(terminal(SHOPS[0]));
}

/// The hash of the code of an invoice's place among all.
fn code(side: &Side, invoice: InvoiceId) -> Digest {
    let place = side.known.invoices.iter().position(|known| *known == invoice).unwrap_or_default();
    digest(3_000_000 + u64::try_from(place).unwrap())
}

const WRONG: Digest = Digest([0xFF; 32]);

pub async fn step(side: &mut Side, random: &mut Rng) -> String {
    let Some(invoice) = fitting::mostly_open(side, random).await else { return invoices::issue(side, random).await };
    let by = caller(random, &invoice);
    match random.u64(..20) {
        0..4 => send(side, random, &invoice, by).await,
        4..10 => pay(side, random, invoice).await,
        10 | 11 => {
            let (hash, call_address) = (side.digest(), once_in(random, 2).then(|| address(invoice.issuer, by)));
            let link = PayLink {
                hash,
                invoice: invoice.id,
                redirect_uri: Some(Text::from("http://shop/back")),
                call: call_address,
                gateway: None,
                ends_at_ms: once_in(random, 2).then(|| side.now_ms() + 1_800_000),
            };
            side.known.links.push(hash);
            call(side, by, MakePayLink { link }).await.0
        }
        12 | 13 => {
            let (to, text) = (pick(random, &PARTIES), Text::from("pay at http://daric/1"));
            call(side, by, SendPaymentLink { invoice: invoice.id, to, text }).await.0
        }
        14 => side.run_audited("one", terminal(pick(random, &[SHOPS[0], SHOPS[0], SHOPS[1], PARTIES[0]]))).await,
        15..18 => report(side, random, &invoice).await,
        _ => {
            let (transaction, of) = recent(random, &side.known.slips).unwrap_or((slip(side, 0), invoice.id));
            let shop = pick(random, &[SHOPS[0], SHOPS[0], SHOPS[0], SHOPS[1]]);
            call(side, shop, PayByPos { invoice: of, transaction }).await.0
        }
    }
}

fn address(issuer: PartyId, by: PartyId) -> CallAddress {
    let provenance = if issuer == by { Provenance::Business } else { Provenance::Other };
    CallAddress { address: Text::from("http://shop/paid"), provenance }
}

async fn send(side: &mut Side, random: &mut Rng, of: &Invoice, by: PartyId) -> String {
    let invoice = of.id;
    let sms = if once_in(random, 4) {
        SmsContent::Text(Text::from("pay at http://daric/2"))
    } else {
        SmsContent::Code(code(side, invoice))
    };
    let hashes = if once_in(random, 4) { vec![Text::from("credit-0")] } else { vec![] };
    let delegations = Delegations { delegators: vec![], hashes, forced: false };
    // Only what the issuer gives: how long that of others stays depends on when the row of its code is removed.
    let call_address = Some(address(of.issuer, by)).filter(|_| by == of.issuer && once_in(random, 2));
    let (link, delegators) = (None, vec![PARTIES[2]]);
    let command = SendPaymentSms { invoice, sms, link, call: call_address, delegations, delegators };
    let times = if once_in(random, 6) { 4 } else { 1 };
    let mut came = String::new();
    for _ in 0..times {
        let (told, written) = call(side, by, command.clone()).await;
        side.known.coded.extend(written.flatten().map(|written| written.invoice.id));
        came = told;
    }
    came
}

/// Pays an invoice of the last ones whose codes were sent, mostly.
async fn pay(side: &mut Side, random: &mut Rng, of: Invoice) -> String {
    let last = side.known.coded.last().copied().filter(|_| random.bool());
    let coded = last.or_else(|| recent(random, &side.known.coded)).filter(|_| !once_in(random, 4));
    let of = match coded {
        Some(coded) => side.engine.reader().invoice(coded).await.unwrap().unwrap(),
        None => of,
    };
    let (invoice, by) = (of.id, caller(random, &of));
    let hash = if once_in(random, 4) { WRONG } else { code(side, invoice) };
    let command = PayWithCode { invoice, hash, others: vec![], call: None };
    if random.bool() { side.outcome_of(PayBySms { code: command }).await } else { call(side, by, command).await.0 }
}

/// A slip of its invoice's place among all.
fn slip(side: &Side, place: usize) -> PosKey {
    let [terminal, merchant] = [TERMINAL, MERCHANT].map(Text::from);
    let [reference, tracking] = [place.to_string(), "7".to_owned()].map(Text::from);
    PosKey { terminal, merchant, reference, tracking, at_ms: side.now_ms() }
}

async fn report(side: &mut Side, random: &mut Rng, of: &Invoice) -> String {
    let reported = recent(random, &side.known.slips).filter(|_| once_in(random, 4));
    let (key, of_slip) = reported.unwrap_or_else(|| (slip(side, side.known.slips.len()), of.id));
    let amount = if once_in(random, 6) { Rial::new(7) } else { of.amounts.payable };
    let transaction = PosTransaction { key: key.clone(), amount, deposit_id: of_slip.0, claimed_by: None };
    let (came, done) = side.run_audited_on("acquirer", ReportPos { transaction }, None).await;
    side.known.slips.extend(done.map(|()| (key, of_slip)));
    came
}
