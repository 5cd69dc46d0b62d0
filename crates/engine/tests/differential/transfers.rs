//! Transfers, holds and statuses of accounts, and the tokens of Finnotech's clients.

use std::sync::Arc;

use crate::common::network::terms;
use crate::common::{self, BANK, NOT_HOSTED, START_MS, drops, open_deposit};
use engine::World;
use fastrand::Rng;
use ledger::{AccountId, AccountStatus, Rial, TransferId};
use payments::{
    FirstAnswer, Grant, IssueGrant, Order, OrderRef, OrderState, PlaceHold, RefreshGrant, ReleaseHold, Resolution,
    ResolveOrder, ReturnOrder, RevokeToken, SetAccountStatus, Settlement, SubmissionTerms, SubmitTransfer, Submitted,
};

use super::side::{Side, digest, once_in, pick, recent};

pub const WORDS: &[&str] = &[
    "SubmitTransfer booked",
    "SubmitTransfer queued",
    "SubmitTransfer pending",
    "SubmitTransfer unknown",
    "SubmitTransfer duplicate",
    "SubmitTransfer InsufficientFunds",
    "SubmitTransfer AboveGrantLimit",
    "ResolveOrder queued",
    "ResolveOrder failed",
    "ResolveOrder OrderDecided",
    "ReturnOrder returned",
    "ReturnOrder OrderUnknown",
    "OpenDeposit done",
    "OpenDeposit DepositExists",
    "SetAccountStatus done",
    "SetAccountStatus AccountNotEmpty",
    "PlaceHold done",
    "PlaceHold InsufficientFunds",
    "ReleaseHold done",
    "ReleaseHold HoldUnknown",
    "IssueGrant done",
    "RefreshGrant done",
    "RefreshGrant TokensEnded",
    "RevokeToken done",
    "RevokeToken NoLiveToken",
];

/// Deposits that may be opened; the first three are open from the start.
const NUMBERS: u64 = 8;
/// How many of the last orders in cycles are looked at.
const LAST: usize = 30;
/// Hashes of tokens are drawn from so many numbers.
const TOKENS: u64 = 12;

fn number(at: u64) -> String {
    format!("30040050060{at}")
}

pub fn world(world: &mut World) {
    for at in 0..3 {
        world.add(open_deposit(&number(at), 40_000_000, Some(START_MS)));
    }
}

async fn deposit(side: &mut Side, at: u64) -> Option<AccountId> {
    let number = number(at);
    if !side.known.deposits.contains_key(&number) {
        let found = common::deposit(&side.engine, &number).await?;
        side.known.deposits.insert(number.clone(), found);
        side.known.grant = None;
    }
    side.known.deposits.get(&number).copied()
}

async fn any_deposit(side: &mut Side, random: &mut Rng) -> AccountId {
    let at = random.u64(..NUMBERS);
    deposit(side, at).await.unwrap_or(AccountId(1))
}

/// A grant for all deposits that are open.
pub async fn grant(side: &mut Side) -> Arc<Grant> {
    if let Some(grant) = &side.known.grant {
        return Arc::clone(grant);
    }
    let numbers: Vec<String> = (0..NUMBERS).map(number).collect();
    let grant = common::grant(&side.engine, &numbers).await;
    let grant = Arc::new(Grant { max_amount: Rial::new(400_000), life_ms: 3_600_000, ..grant });
    Arc::clone(side.known.grant.insert(grant))
}

pub async fn step(side: &mut Side, random: &mut Rng) -> String {
    match random.u64(..25) {
        0 => {
            let at = random.u64(..NUMBERS);
            let came = side.run_audited("admin", open_deposit(&number(at), 400_000, None)).await;
            deposit(side, at).await;
            came
        }
        1 => {
            let deposit = any_deposit(side, random).await;
            let status = pick(
                random,
                &[
                    AccountStatus::Open,
                    AccountStatus::Open,
                    AccountStatus::Open,
                    AccountStatus::NoDebits,
                    AccountStatus::NoCredits,
                    AccountStatus::Closed,
                    AccountStatus::Closed,
                ],
            );
            side.run_audited("admin", SetAccountStatus { deposit, status }).await
        }
        2 => {
            let deposit = any_deposit(side, random).await;
            let most = if once_in(random, 4) { 90_000_000 } else { 450_000 };
            let amount = Rial::new(random.i64(1..most));
            let minutes = (!once_in(random, 3)).then(|| random.i64(1..90));
            let expires_at_ms = minutes.map(|minutes| side.now_ms() + minutes * 60_000);
            let (came, hold) =
                side.run_audited_on("admin", PlaceHold { deposit, bank: BANK, amount, expires_at_ms }, None).await;
            side.known.holds.extend(hold);
            came
        }
        3 => {
            let hold = random.choice(&side.known.holds).copied().unwrap_or(TransferId(1));
            side.run_audited("admin", ReleaseHold { hold }).await
        }
        4..7 => tokens(side, random).await,
        20 | 21 => {
            let resolution = pick(random, &[Resolution::Done, Resolution::Failed]);
            let undecided = recent(random, &side.known.undecided).filter(|_| !once_in(random, 4));
            let track = undecided.unwrap_or_else(|| side.known.orders.saturating_sub(random.u64(..12)));
            let (came, order) =
                side.run_audited_on("admin", ResolveOrder { order: order_ref(track), resolution }, None).await;
            order.map_or(came, |order| format!("ResolveOrder {}", shape(&order)))
        }
        22 | 23 => {
            let any = random.u64(..side.known.orders + 2);
            let settled = settled(side, random).await.filter(|_| !once_in(random, 3));
            let (order, reason) = (order_ref(settled.unwrap_or(any)), "حساب مقصد نامعتبر است".into());
            let (came, order) = side.run_audited_on("admin", ReturnOrder { order, reason }, None).await;
            order.map_or(came, |order| format!("ReturnOrder {}", shape(&order)))
        }
        _ => transfer(side, random).await,
    }
}

/// One of the last orders that their cycles have settled.
async fn settled(side: &Side, random: &mut Rng) -> Option<u64> {
    let mut settled = Vec::new();
    for track in side.known.queued.iter().rev().take(LAST) {
        let order = side.engine.reader().order(common::key(&format!("t-{track}"))).await.unwrap();
        settled.extend(order.filter(|order| order.state == OrderState::Settled).map(|_| *track));
    }
    random.choice(&settled).copied()
}

pub fn order_ref(track: u64) -> OrderRef {
    OrderRef::Key(common::key(&format!("t-{track}")))
}

async fn transfer(side: &mut Side, random: &mut Rng) -> String {
    // One in ten repeats a trackId.
    let track = if once_in(random, 10) { random.u64(..=side.known.orders) } else { side.known.orders + 1 };
    side.known.orders = side.known.orders.max(track);
    let source = number(random.u64(..NUMBERS));
    let destination = if random.bool() { NOT_HOSTED.to_owned() } else { number(random.u64(..NUMBERS)) };
    let amount = Rial::new(random.i64(1..450_000));
    let submission = network(random);
    let grant = grant(side).await;
    let transfer = common::transfer(&grant, &format!("t-{track}"), &source, &destination);
    let came = submitted(side, SubmitTransfer { amount, submission, ..transfer }).await;
    if came.starts_with("SubmitTransfer queued") {
        side.known.queued.push(track);
    }
    if ["SubmitTransfer pending", "SubmitTransfer unknown"].iter().any(|undecided| came.starts_with(undecided)) {
        side.known.undecided.push(track);
    }
    came
}

fn network(random: &mut Rng) -> Option<SubmissionTerms> {
    match random.u64(..6) {
        0 => Some(terms("accepted", Settlement::WhenDone)),
        1 => Some(terms("unknown then done after 600000", Settlement::InCycle)),
        _ => None,
    }
}

/// Runs an order and has it submitted; its shape.
pub async fn submitted<C>(side: &mut Side, command: C) -> String
where
    C: payments::Command<Done = Submitted>,
{
    let (came, done) = side.run(command).await;
    let shape = match done {
        None => return came,
        Some(Submitted::Ordered(order)) => shape(&order),
        Some(Submitted::ToNetwork(order, job)) => shape(&*side.engine.submit(order, job).await),
        Some(Submitted::Duplicate(order)) => format!("duplicate of {}", shape(&order)),
    };
    format!("{} {shape}", C::NAME)
}

async fn tokens(side: &mut Side, random: &mut Rng) -> String {
    let hash = |number: u64| digest(1_000_000 + number);
    let (used, new) = (random.u64(..TOKENS), random.u64(..TOKENS));
    match random.u64(..3) {
        0 => {
            let grant = Grant::clone(&*grant(side).await);
            side.known.tokens.extend([hash(new), hash(TOKENS + new)]);
            side.outcome_of(IssueGrant { grant, access: hash(new), refresh: hash(TOKENS + new) }).await
        }
        1 => {
            let used = hash(TOKENS + used);
            side.outcome_of(RefreshGrant { client: drops(), used, access: hash(new), refresh: hash(TOKENS + new) })
                .await
        }
        _ => {
            let given = recent(random, &side.known.tokens).filter(|_| random.bool());
            side.outcome_of(RevokeToken { client: drops(), access: given.unwrap_or_else(|| hash(used)) }).await
        }
    }
}

/// What an order has come to, first in a word.
fn shape(order: &Order) -> String {
    let state = match (&order.state, order.first) {
        (OrderState::Refused, FirstAnswer::Refused(refusal)) => format!("{refusal:?}"),
        (OrderState::Refused, FirstAnswer::Charge(code)) => code.as_str().to_owned(),
        (OrderState::Refused, FirstAnswer::Done | FirstAnswer::Pending | FirstAnswer::Unknown) => "failed".to_owned(),
        (OrderState::Pending(_), _) => "pending".to_owned(),
        (OrderState::Unknown(_), _) => "unknown".to_owned(),
        (OrderState::HeldOnFloat(_), _) => "on float".to_owned(),
        (OrderState::Stuck(_, why), _) => format!("stuck {why}"),
        (OrderState::Booked(_), _) => "booked".to_owned(),
        (OrderState::Queued(_), _) => "queued".to_owned(),
        (OrderState::Settled, _) => "settled".to_owned(),
        (OrderState::Returned(_), _) => "returned".to_owned(),
    };
    format!("{state} {order:?}")
}
