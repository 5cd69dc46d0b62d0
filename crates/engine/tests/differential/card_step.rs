//! The card step of the gateway: one-time passwords and payments by cards that are hosted here or of another bank, with right and wrong data.

use engine::World;
use fastrand::Rng;
use payments::{
    AskCardOtp, BusinessDay, CallAddress, CardSlip, Digest, GatewayStep, IssuePayerCard, NamedPayer, OpenCardStep,
    OtpLimit, OtpSending, PayByCard, PayerCardState, PayerCardTerms, PayerVisit, Provenance, Rial, SecurityCheck, Text,
    TypedCard,
};

use super::attempts;
use super::side::{Side, Visit, digest, once_in, pick};

/// Cards that pay.
pub const CARDS: u64 = 2;
/// A card that is not there.
const NO_CARD: u64 = CARDS + 50;
const EXPIRES: i64 = 140_812;

pub fn card_number(at: u64) -> Digest {
    digest(2_000_000 + at)
}

pub fn card_mask(at: u64) -> Text {
    Text::from(format!("502200******000{at}"))
}

pub fn card_terms() -> PayerCardTerms {
    PayerCardTerms {
        mobile: Text::from("09123456789"),
        expires: EXPIRES,
        state: PayerCardState::Active,
        per_transaction: Rial::ZERO,
        daily: Rial::ZERO,
    }
}

/// Hashes of a card's one-time passwords.
pub const RIGHT: Digest = Digest([11; 32]);
pub const WRONG: Digest = Digest([12; 32]);

pub fn world(world: &mut World) {
    for at in 1..=CARDS {
        world.add(IssuePayerCard {
            number: card_number(at),
            sealed: vec![3],
            mask: card_mask(at),
            terms: card_terms(),
            balance: Rial::new(900_000),
            opened_at_ms: Some(0),
        });
    }
}

/// Asks for a password; one of a card of another bank is used at once, and one of the second card at times guessed at.
pub async fn ask(side: &mut Side, random: &mut Rng, visit: PayerVisit, (at, card): (u64, TypedCard)) -> String {
    let limit = random.bool().then(|| OtpLimit(std::num::NonZeroU32::new(4).unwrap()));
    let network = attempts::requested(side, random, at).await;
    let PayerVisit { session, invoice: (invoice, _), caller, .. } = visit;
    let asked = Visit { session, invoice, caller, card: Some(at), at_ms: side.now_ms() };
    let again = PayerVisit { entered: None, ..visit.clone() };
    if visit.entered.is_none() && random.bool() {
        side.outcome_of(GatewayStep { visit: visit.clone(), command: OpenCardStep }).await;
    }
    let sending = pick(random, &[OtpSending::New, OtpSending::UnlessValid]);
    let ask = AskCardOtp { card: card.clone(), network, hash: RIGHT, limit, sending };
    let (came, written) = side.run(GatewayStep { visit, command: ask }).await;
    side.known.asked.extend(written.as_ref().map(|_| asked));
    match written {
        Some(_) if at == 2 && random.bool() => guess(side, random, again, card).await,
        Some(_) if attempts::is_of_other_bank(at) => pay(side, random, again, (at, card)).await,
        _ => came,
    }
}

pub async fn pay(side: &mut Side, random: &mut Rng, visit: PayerVisit, (at, card): (u64, TypedCard)) -> String {
    let (network, slip, callback) = (attempts::terms(side, random, at), slip(random), callback(random));
    // The first card stays usable, and the others mostly.
    let is_wrong = at == 2 && random.bool() || attempts::is_of_other_bank(at) && once_in(random, 8);
    let hash = if is_wrong { WRONG } else { RIGHT };
    attempts::pay(side, visit, PayByCard { card, network, hash, slip, callback }).await
}

/// Pays with a wrong password, once or until the card is locked.
async fn guess(side: &mut Side, random: &mut Rng, visit: PayerVisit, card: TypedCard) -> String {
    let (tries, mut came) = (pick(random, &[1, 4]), String::new());
    for _ in 0..tries {
        let command = PayByCard { card: card.clone(), network: None, hash: WRONG, slip: slip(random), callback: None };
        came = side.outcome_of(GatewayStep { visit: visit.clone(), command }).await;
    }
    came
}

/// The first card, mostly, or that which a password was asked for; at times one of another bank, one that is not there, or not as it is printed.
pub fn typed(random: &mut Rng, asked: Option<u64>) -> (u64, TypedCard) {
    let odd = random.u64(..24);
    let at = match odd {
        0 => NO_CARD,
        // Wrong tries lock a card: the first one stays usable.
        1 | 2 => 2,
        4..12 if asked.is_none() => attempts::any_card(random),
        _ => asked.unwrap_or(1 + odd % 3 % CARDS),
    };
    let card = TypedCard {
        named: Some(NamedPayer { number: card_number(at), mask: card_mask(at) }),
        expires: (odd != 1).then_some(EXPIRES),
        security: if odd == 2 { SecurityCheck::Wrong } else { SecurityCheck::Right },
        day: if odd == 3 { BusinessDay::Closing } else { BusinessDay::Open },
    };
    (at, card)
}

pub fn slip(random: &mut Rng) -> CardSlip {
    let number = |random: &mut Rng| Text::from(random.u64(1..5).to_string());
    CardSlip { terminal: Text::from("1"), mask: card_mask(1), rrn: number(random), tref: number(random) }
}

pub fn callback(random: &mut Rng) -> Option<CallAddress> {
    let called = CallAddress { address: Text::from("http://shop/paid"), provenance: Provenance::Business };
    once_in(random, 3).then_some(called)
}
