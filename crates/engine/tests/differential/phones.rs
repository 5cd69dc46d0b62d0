//! Payments by telephone: terminals, one-time passwords, right, wrong and late ones, inquiries.

use engine::World;
use fastrand::Rng;
use ledger::AccountId;
use payments::{
    AskPhoneOtp, BusinessDay, Declined, Digest, InquirePhoneOrder, NamedPayer, OtpLimit, PayByPhone, Payee,
    PhoneOrderKey, Precondition, Probe, RegisterTerminal, Rial, Terminal, Text, Version,
};

use super::gateway::{CARDS, RIGHT, WRONG, card_mask, card_number};
use super::side::{Side, once_in, pick, recent};

pub const WORDS: &[&str] = &[
    "RegisterTerminal done",
    "RegisterTerminal TerminalExists",
    "RegisterTerminal TerminalUnknown",
    "RegisterTerminal Stale",
    "AskPhoneOtp done",
    "AskPhoneOtp TerminalDisabled",
    "AskPhoneOtp CardUnknown",
    "AskPhoneOtp TooManyOtps",
    "AskPhoneOtp OrderPaid",
    "PayByPhone done",
    "PayByPhone OtpGone",
    "PayByPhone OtpWrong",
    "PayByPhone AmountDiffers",
    "PayByPhone OrderPaid",
    "PayByPhone RequestUnknown",
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
    match random.u64(..16) {
        0 => register(side, random).await,
        1..7 => ask(side, random).await,
        7 => {
            let order = PhoneOrderKey::of(Text::from("t"), &order(side, random));
            side.outcome_of(InquirePhoneOrder { order }).await
        }
        _ => pay(side, random).await,
    }
}

async fn register(side: &mut Side, random: &mut Rng) -> String {
    let other = format!("t-{}", random.u64(..30));
    let mut command = terminal(pick(random, &["t-0", "off", &other]), random.bool());
    command.replace = random.bool();
    let stale = Precondition::Version(Version::sent("0a"));
    let precondition = pick(random, &[None, Some(Precondition::NoRow), Some(Precondition::AnyRow), Some(stale)]);
    side.run_audited_on("one", command, precondition).await.0
}

/// One of the last orders by its id.
fn order(side: &Side, random: &mut Rng) -> Text {
    Text::from(format!("Order-{}", side.known.phone_orders.saturating_sub(random.u64(..4))))
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
        side.known.phone_orders += 1;
    }
    let command = AskPhoneOtp {
        terminal: Text::from(pick(random, &["t", "t", "t", "t", "t", "t", "t", "off", "?"])),
        order: order(side, random),
        amount: amount(random),
        card: card(random),
        hash: RIGHT,
        limit: once_in(random, 3).then(|| OtpLimit(std::num::NonZeroU32::new(3).unwrap())),
        day: day(random),
        probe: probe(random),
    };
    let (came, asked) = side.run(command).await;
    side.known.otp_requests.extend(asked.map(|asked| asked.request));
    came
}

async fn pay(side: &mut Side, random: &mut Rng) -> String {
    let payee = if once_in(random, 3) {
        let request = recent(random, &side.known.otp_requests).filter(|_| random.bool());
        let named = if once_in(random, 4) { Text::from("none") } else { order(side, random) };
        Payee::Request(request, named)
    } else {
        Payee::Order(order(side, random), amount(random))
    };
    let card = card(random);
    let is_second = card.as_ref().is_some_and(|named| named.number == card_number(2));
    let hash: Option<Digest> = match random.u64(..12) {
        0 if is_second => None,
        1..6 if is_second => Some(WRONG),
        _ => Some(RIGHT),
    };
    let command = PayByPhone {
        terminal: Text::from(if once_in(random, 12) { "off" } else { "t" }),
        payee,
        card,
        hash,
        payer: Text::from("+989120000000"),
        day: day(random),
        probe: probe(random),
    };
    side.outcome_of(command).await
}
