//! Cards: bon cards that clients charge, by each class of a network's codes and up to each limit, and cards that pay.

use std::sync::Arc;

use crate::common::network::terms;
use crate::common::{client, drops, key, open_deposit};
use engine::World;
use fastrand::Rng;
use ledger::{AccountId, AccountStatus};
use payments::{
    AccountNumber, Bank, Card, CardChange, CardKind, ChangePayerCard, ChargeCard, ChargeCode, ChargeLimits,
    ChargeRefusals, ClientId, DepositKey, Digest, Grant, IssuePayerCard, NamedCard, OpenDeposit, OrderRef,
    PayerCardState, PayerCardTerms, RegisterCard, RegisterClient, Resolution, ResolveOrder, Rial, Settlement, Text,
};

use super::card_step::{CARDS, card_mask, card_number, card_terms};
use super::side::{Side, digest, once_in, pick, recent};
use super::transfers;

pub const WORDS: &[&str] = &[
    "RegisterCard done",
    "RegisterCard CardExists",
    "RegisterCard CardUnknown",
    "RegisterCard SuccessorUnknown",
    "ChargeCard booked",
    "ChargeCard duplicate",
    "ChargeCard A105",
    "ChargeCard A111",
    "ChargeCard A113",
    "ChargeCard B04",
    "ChargeCard B78",
    "ChargeCard C10",
    "ChargeCard D57",
    "ChargeCard unknown",
    "ChargeCard on float",
    "RegisterClient done",
    "RegisterClient ClientExists",
    "RegisterClient ClientUnknown",
    "IssuePayerCard done",
    "IssuePayerCard CardExists",
    "ChangePayerCard done",
    "ChangePayerCard CardUnknown",
    "ChangePayerCard AccountNotEmpty",
];

pub const DEPOSIT: &str = "0302876214008";
/// A card that is not there.
const NO_CARD: u64 = 99;

fn number(at: u64) -> Digest {
    digest(4_000_000 + at)
}

fn card(at: u64, balance: i64) -> RegisterCard {
    let card = Card {
        number: number(at),
        sealed: vec![4],
        mask: Text::from(format!("636214******000{at}")),
        id: AccountId(0),
        kind: if at == 0 { CardKind::Float } else { CardKind::Bon },
        approved_for: vec![drops()],
        active: true,
        replaced_by: None,
    };
    let float_of = (at == 0).then(drops);
    RegisterCard { card, replace: false, float_of, balance: Rial::new(balance), opened_at_ms: None }
}

pub fn world(world: &mut World) {
    world.add(OpenDeposit { bank: Bank::AYANDEH, ..open_deposit(DEPOSIT, 20_000_000, Some(0)) });
    for at in 0..3 {
        world.add(card(at, if at == 0 { 5_000_000 } else { 0 }));
    }
}

pub async fn step(side: &mut Side, random: &mut Rng) -> String {
    match random.u64(..18) {
        0..3 => {
            let at = if once_in(random, 2) { random.u64(1..3) } else { random.u64(3..30) };
            let (balance, replace) = (if once_in(random, 2) { 900 } else { 0 }, random.bool());
            let mut command = RegisterCard { replace, ..card(at, balance) };
            command.card.replaced_by = once_in(random, 5).then(|| number(random.u64(..9)));
            // The first one stays usable.
            if at > 1 {
                command.card.active = random.bool();
                command.card.approved_for.retain(|_| !once_in(random, 4));
            }
            let (came, done) = side.run_audited_on("one", command, None).await;
            side.known.bon_cards.extend(done.map(|_| at));
            came
        }
        3 | 4 => {
            let (most, none) = (Rial::new(random.i64(20_000..120_000)), ChargeLimits::default());
            let charge_limits = match random.u64(..6) {
                0 => ChargeLimits { per_card: most, ..none },
                1 => ChargeLimits { per_transaction: most, ..none },
                2 | 3 => ChargeLimits { daily: most, ..none },
                _ => none,
            };
            let other = ClientId::from(format!("other-{}", random.u64(..9)).as_str());
            let id = if once_in(random, 3) { other } else { drops() };
            let client = payments::Client { id, charge_limits, ..client() };
            side.run_audited("one", RegisterClient { client, replace: !once_in(random, 4) }).await
        }
        5 => {
            let at = random.u64(1..8);
            let (number, mask, terms) = (card_number(at), card_mask(at), card_terms());
            let (balance, opened_at_ms) = (Rial::new(random.i64(1..90_000)), None);
            side.run_audited("one", IssuePayerCard { number, sealed: vec![], mask, terms, balance, opened_at_ms }).await
        }
        6 | 7 => change(side, random).await,
        8 => {
            let resolution = pick(random, &[Resolution::Done, Resolution::Failed]);
            let order = order_ref(side.known.charges.saturating_sub(random.u64(..8)));
            side.run_audited("one", ResolveOrder { order, resolution }).await
        }
        _ => charge(side, random).await,
    }
}

fn order_ref(track: u64) -> OrderRef {
    OrderRef::Key(key(&format!("c-{track}")))
}

/// Mostly back to what is usual, so that cards are usable.
async fn change(side: &mut Side, random: &mut Rng) -> String {
    let at = random.u64(1..CARDS + 2);
    // Those that pay elsewhere keep their accounts open.
    let unused = CARDS + 1 + random.u64(..3);
    let state = pick(
        random,
        &[PayerCardState::Active, PayerCardState::Active, PayerCardState::Inactive, PayerCardState::Restricted],
    );
    let ceiling = pick(random, &[Rial::ZERO, Rial::ZERO, Rial::new(20_000)]);
    let change = match random.u64(..12) {
        0 => CardChange::Terms(PayerCardTerms { state, per_transaction: ceiling, ..card_terms() }),
        1..6 => CardChange::Terms(card_terms()),
        6..9 => CardChange::Unlock,
        _ => CardChange::AccountStatus(pick(
            random,
            &[AccountStatus::Closed, AccountStatus::NoDebits, AccountStatus::Open],
        )),
    };
    let at = if matches!(change, CardChange::AccountStatus(_)) { unused } else { at };
    side.run_audited("one", ChangePayerCard { number: card_number(at), mask: card_mask(at), change }).await
}

async fn charge(side: &mut Side, random: &mut Rng) -> String {
    let track = if once_in(random, 10) { random.u64(..=side.known.charges) } else { side.known.charges + 1 };
    side.known.charges = side.known.charges.max(track);
    let source = DepositKey::new(Bank::AYANDEH, DEPOSIT);
    let (deposit, _) = side.engine.reader().deposit(source).await.unwrap().unwrap();
    let grant = transfers::grant(side).await;
    let grant = Grant {
        bank: Some(Bank::AYANDEH),
        deposits: vec![deposit.id],
        deposit_numbers: vec![DEPOSIT.to_owned()],
        max_amount: Rial::ZERO,
        ..Grant::clone(&grant)
    };
    // Each class of codes, and the one that leaves the money on the float.
    let code = pick(random, &["A00", "D57", "A123", "A106", "D91"]);
    let submission = once_in(random, 2).then(|| terms(&format!("says:{code}"), Settlement::WhenDone));
    let amount = if once_in(random, 6) { 900_000_000 } else { random.i64(1..40_000) };
    // One of those that were just registered may be inactive, or not approved for the client.
    let registered = recent(random, &side.known.bon_cards).filter(|_| random.bool());
    let at = if once_in(random, 12) { NO_CARD } else { registered.unwrap_or(random.u64(1..3)) };
    let command = ChargeCard {
        key: key(&format!("c-{track}")),
        grant: Arc::new(grant),
        source: AccountNumber::parse(DEPOSIT),
        amount: Rial::new(amount),
        amount_refused: once_in(random, 30).then_some(ChargeCode::AMOUNT_OUT_OF_RANGE),
        refusals: pick(random, &[ChargeRefusals::Gateway, ChargeRefusals::Codes]),
        card: NamedCard { number: number(at), last_four: Text::from("0001"), has_bon_prefix: !once_in(random, 30) },
        submission,
        request_hash: [1; 16],
    };
    transfers::submitted(side, command).await
}
