//! Payments by cards of other banks: their network answers, or stays silent for a while or for good, and operators resolve those that are undecided.

use fastrand::Rng;
use payments::{
    AttemptTerms, CardAttemptId, CardPayment, Declined, GatewayStep, NetworkCard, PayByCard, PayerVisit, Resolution,
    ResolveCardAttempt, Text,
};

use super::side::{Side, once_in, pick, recent};
use crate::common::card_network::{NUMBER, card};

/// Cards of other banks are counted from here; no hosted card has such a number.
const FIRST: u64 = 90;
const CARDS: u64 = 4;
/// How many of the last payments are looked at.
const LAST: usize = 30;
/// A payment that was never made.
const NONE: CardAttemptId = CardAttemptId(7);

pub fn any_card(random: &mut Rng) -> u64 {
    FIRST + random.u64(..CARDS)
}

pub fn is_of_other_bank(card: u64) -> bool {
    (FIRST..FIRST + CARDS).contains(&card)
}

/// What the network says when the payer requests a password; `None`: the card is not of another bank.
pub async fn requested(side: &Side, random: &mut Rng, card: u64) -> Option<NetworkCard> {
    let known = side.engine.request_card_otp(NUMBER).await.filter(|_| is_of_other_bank(card))?;
    Some(NetworkCard { declined: once_in(random, 8).then_some(Declined::CardRestricted), ..known })
}

/// The reference of the next payment, which says what the network does with it; `None`: the card is not of another bank.
pub fn terms(side: &Side, random: &mut Rng, card: u64) -> Option<AttemptTerms> {
    if !is_of_other_bank(card) {
        return None;
    }
    let words = ["approved", "declined", "otp-wrong", "not-sent", "unknown", "unknown", "unknown", "unknown"];
    let (word, number) = (pick(random, &words), side.known.attempts.len());
    let then = if word == "unknown" && random.bool() { " then done after 600000" } else { "" };
    Some(side.engine.attempt_terms(Text::from(format!("{word} {number}{then}"))))
}

/// Pays by card. If its network has to be asked, that follows.
pub async fn pay(side: &mut Side, visit: PayerVisit, command: PayByCard) -> String {
    let (came, done) = side.run(GatewayStep { visit, command }).await;
    match done {
        Some(CardPayment::ToNetwork(attempt, job)) => {
            side.known.attempts.push(attempt.id);
            let attempt = side.engine.authorize(attempt, job, card()).await;
            format!("PayByCard {:?} {attempt:?}", attempt.state)
        }
        Some(CardPayment::Taken(_)) | None => came,
    }
}

/// A decision of a payment, mostly of one that is undecided.
pub async fn resolution(side: &Side, random: &mut Rng) -> ResolveCardAttempt {
    let undecided = undecided(side, random).await.filter(|_| !once_in(random, 4));
    let attempt = undecided.or_else(|| recent(random, &side.known.attempts)).filter(|_| !once_in(random, 8));
    let resolution = pick(random, &[Resolution::Done, Resolution::Failed]);
    ResolveCardAttempt { attempt: attempt.unwrap_or(NONE), resolution }
}

/// One of the last payments whose outcome is unknown.
async fn undecided(side: &Side, random: &mut Rng) -> Option<CardAttemptId> {
    let mut undecided = Vec::new();
    for id in side.known.attempts.iter().rev().take(LAST) {
        let attempt = side.engine.reader().card_attempt(*id).await.unwrap();
        undecided.extend(attempt.filter(|attempt| attempt.state.is_undecided()).map(|attempt| attempt.id));
    }
    random.choice(&undecided).copied()
}

/// An operator decides a payment.
pub async fn resolve(side: &mut Side, random: &mut Rng) -> String {
    let command = resolution(side, random).await;
    let (came, attempt) = side.run_audited_on("one", command, None).await;
    attempt.map_or(came, |attempt| format!("ResolveCardAttempt {:?}", attempt.state))
}
