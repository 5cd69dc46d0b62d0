//! Payments by telephone: terminals, one-time passwords, right, wrong and late ones, inquiries.

use engine::World;
use fastrand::Rng;
use ledger::AccountId;
use payments::{
    AskPhoneOtp, BusinessDay, Declined, Digest, InquirePhoneOrder, NamedPayer, OTP_LIFE_MS, OtpLimit, PayByPhone,
    Payee, PhoneOrder, PhoneOrderKey, Precondition, Probe, RefundAmount, RefundPhonePayment, RegisterTerminal, Rial,
    Terminal, Text, Version,
};
use store::Page;

use super::card_step::{CARDS, RIGHT, WRONG, card_mask, card_number};
use super::side::{Side, once_in, pick, recent};

pub const WORDS: &[&str] = &[
    "RegisterTerminal done",
    "RegisterTerminal TerminalExists",
    "RegisterTerminal TerminalUnknown",
    "RegisterTerminal VersionRequired",
    "RegisterTerminal Stale",
    "AskPhoneOtp done",
    "AskPhoneOtp TerminalDisabled",
    "AskPhoneOtp CardUnknown",
    "AskPhoneOtp TooManyOtps",
    "AskPhoneOtp OrderPaid",
    "PayByPhone done",
    "PayByPhone OtpGone",
    "PayByPhone OtpWrong",
    "PayByPhone CardLocked",
    "PayByPhone AmountDiffers",
    "PayByPhone OrderPaid",
    "PayByPhone RequestUnknown",
    "RefundPhonePayment done",
    "RefundPhonePayment OrderNotPaid",
    "RefundPhonePayment Amount(MoreThanLeft",
    "InquirePhoneOrder done Some",
    "InquirePhoneOrder done None",
];

fn terminal(sequence: &str, disabled: bool) -> RegisterTerminal {
    let (sequence, merchant) = (Text::from(sequence), Text::from("Kanoon"));
    RegisterTerminal { terminal: Terminal { sequence, merchant, account: AccountId(0), disabled }, replace: false }
}

pub fn world(world: &mut World) {
    world.add(terminal("t", false));
    world.add(terminal("off", true));
}

pub async fn step(side: &mut Side, random: &mut Rng) -> String {
    match random.u64(..18) {
        16 | 17 => match refund(side, random).await {
            Some(refund) => side.run_audited("one", refund).await,
            None => ask(side, random).await,
        },
        0 | 1 => register(side, random).await,
        2..7 => ask(side, random).await,
        7 => {
            let order = PhoneOrderKey::of(Text::from("t"), &order(side, random));
            side.outcome_of(InquirePhoneOrder { order }).await
        }
        _ => pay(side, random).await,
    }
}

async fn register(side: &mut Side, random: &mut Rng) -> String {
    let other = format!("t-{}", random.u64(..30));
    let sequence = pick(random, &["t-0", "off", &other]);
    let mut command = terminal(sequence, sequence == "off" || random.bool());
    command.replace = random.bool();
    let stale = Precondition::Version(Version::sent("0a"));
    let no_row = Precondition::NoRow;
    let precondition =
        pick(random, &[None, Some(no_row.clone()), Some(no_row), Some(Precondition::AnyRow), Some(stale)]);
    side.run_audited_on("one", command, precondition).await.0
}

/// Orders are known for a day after they were last named.
const KNOWN_MS: i64 = 43_200_000;

/// One of the last orders by its id. Whether one that has expired keeps its number depends on when its row is removed: not here.
fn order(side: &mut Side, random: &mut Rng) -> Text {
    let now_ms = side.now_ms();
    let orders = &mut side.known.phone_orders;
    if orders.last().is_none_or(|at_ms| now_ms >= at_ms + KNOWN_MS) {
        orders.push(now_ms);
    }
    let first = orders.partition_point(|at_ms| now_ms >= at_ms + KNOWN_MS).max(orders.len().saturating_sub(4));
    Text::from(format!("Order-{}", random.usize(first..orders.len())))
}

/// A refund of one of the last orders, mostly of one that is paid. `None`: there is none.
pub async fn refund(side: &Side, random: &mut Rng) -> Option<RefundPhonePayment> {
    let all = side.engine.reader().phone_order_page(Page { after: i64::MAX, limit: 1_000 }).await.unwrap();
    let (now, is_any) = (side.now(), once_in(random, 4));
    // When the row of an expired order is removed differs between the stores.
    let known = all.iter().filter(|order| order.is_remembered(&now));
    let fitting: Vec<&PhoneOrder> = known.filter(|order| is_any || order.payment().is_some()).take(20).collect();
    let order = random.choice(&fitting)?;
    let part = RefundAmount::Part(Rial::new(random.i64(1..4_000)));
    let amount = if once_in(random, 5) { RefundAmount::All } else { part };
    Some(RefundPhonePayment { order: order.key.clone(), id: order.id, amount })
}

/// A card that is there, mostly.
fn card(random: &mut Rng) -> Option<NamedPayer> {
    let odd = random.u64(..30);
    let at = if odd == 0 { CARDS + 50 } else { 1 + odd % 3 % CARDS };
    (odd != 1).then(|| NamedPayer { number: card_number(at), mask: card_mask(at) })
}

fn amount(random: &mut Rng) -> Option<Rial> {
    match random.u64(..40) {
        0 => None,
        1 => Some(Rial::new(8_000_000)),
        2..5 => Some(Rial::new(6_000)),
        _ => Some(Rial::new(5_000)),
    }
}

fn day(random: &mut Rng) -> BusinessDay {
    if once_in(random, 30) { BusinessDay::Closing } else { BusinessDay::Open }
}

fn probe(random: &mut Rng) -> Probe {
    if once_in(random, 30) { Probe::of(pick(random, &Declined::ALL)) } else { Probe::NONE }
}

async fn ask(side: &mut Side, random: &mut Rng) -> String {
    if once_in(random, 2) {
        side.known.phone_orders.push(side.now_ms());
    }
    let (order, card) = (order(side, random), card(random));
    let command = AskPhoneOtp {
        terminal: Text::from(pick(random, &["t", "t", "t", "t", "t", "t", "t", "off", "?"])),
        order: order.clone(),
        amount: amount(random),
        card: card.clone(),
        hash: RIGHT,
        limit: random.bool().then(|| OtpLimit(std::num::NonZeroU32::new(3).unwrap())),
        day: day(random),
        probe: probe(random),
    };
    let (came, asked) = side.run(command).await;
    if asked.is_some() {
        side.known.asked_by_phone = Some((order, card, side.now_ms() + OTP_LIFE_MS));
    }
    side.known.otp_requests.extend(asked.map(|asked| asked.request));
    came
}

async fn pay(side: &mut Side, random: &mut Rng) -> String {
    // A wrong password is mostly tried again, until its card is locked.
    let again = side.known.mistyped.take().filter(|_| !once_in(random, 6));
    let asked = side.known.asked_by_phone.clone().filter(|(.., ends_at_ms)| side.now_ms() < *ends_at_ms);
    if again.is_none() && asked.is_none() && random.bool() {
        return ask(side, random).await;
    }
    let asked = asked.filter(|_| !once_in(random, 4)).map(|(order, card, _)| (order, card));
    let named = asked.unwrap_or_else(|| (order(side, random), card(random)));
    let command = again.unwrap_or_else(|| payment(side, random, named));
    let (came, paid) = side.run(command.clone()).await;
    if paid.is_some() {
        side.known.asked_by_phone = None;
    }
    side.known.mistyped = Some(command).filter(|_| came.starts_with("PayByPhone OtpWrong"));
    came
}

fn payment(side: &Side, random: &mut Rng, (order, card): (Text, Option<NamedPayer>)) -> PayByPhone {
    let payee = if once_in(random, 3) {
        let request = recent(random, &side.known.otp_requests).filter(|_| random.bool());
        let named = if once_in(random, 4) { Text::from("none") } else { order };
        Payee::Request(request, named)
    } else {
        Payee::Order(order, amount(random))
    };
    let is_second = card.as_ref().is_some_and(|named| named.number == card_number(2));
    let hash: Option<Digest> = match random.u64(..12) {
        0 if is_second => None,
        1..8 if is_second => Some(WRONG),
        _ => Some(RIGHT),
    };
    PayByPhone {
        terminal: Text::from(if once_in(random, 12) { "off" } else { "t" }),
        payee,
        card,
        hash,
        payer: Text::from("+989120000000"),
        day: day(random),
        probe: probe(random),
    }
}
