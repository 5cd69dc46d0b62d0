//! The card step: number, security code and expiry, then a one-time password (pod.md 5.3).

use std::sync::Arc;

use super::take::{By, Shares, shares, take};
use super::{CARD_MINIMUM, GatewayDone, GatewaySession, NotAtGateway, Step};
use crate::card_payment::{count_wrong, issuer_there, spend_otp, takes_otp, usable, write_otp};
use crate::invoice::accounts::CARD_NETWORK;
use crate::invoice::code_count::{Counted, count_password, count_wrong as count_wrong_code, is_closed};
use crate::invoice::{CardSlip, Means, NotInvoiced};
use crate::outgoing::write_code;
use crate::view::{Keys, View};
use crate::{
    CallAddress, Declined, Digest, IssuerAnswer, NamedPayer, NetworkCard, Now, OTP_LIFE_MS, Otp, OtpKey, OtpLimit,
    PayerCard, Rial, Rules, Text,
};

/// Whether the security code that was typed is the card's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecurityCheck {
    /// It is.
    Right,
    /// It is not, or was none.
    Wrong,
}

/// A card as a payer types it. Its security code was compared before, and is not here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypedCard {
    /// Which; `None`: what was typed is no card's number.
    pub named: Option<NamedPayer>,
    /// Its last month: Jalali `YYYYMM`; `None`: what was typed is none.
    pub expires: Option<i64>,
    /// Its security code.
    pub security: SecurityCheck,
    /// What the issuer says, should the payment get there.
    pub issuer: IssuerAnswer,
    /// What the network of other banks' cards says of it, if it is none that is hosted here; `None`: such a card cannot pay.
    pub network: Option<NetworkCard>,
}

impl TypedCard {
    pub(super) fn number(&self) -> Option<&Digest> {
        self.named.as_ref().map(|named| &named.number)
    }

    pub(super) fn keys(&self, session: &Digest, keys: &mut Keys) {
        keys.payer_cards.extend(self.number());
        keys.otps.extend(self.number().map(|card| OtpKey::of_session(*card, session)));
        keys.code_counts.extend(self.number().filter(|_| self.network.is_some()).map(counted));
    }

    /// The card and its network, if it is of another bank.
    fn of_network(&self, view: &View) -> Option<(Digest, &NetworkCard)> {
        let number = self.number().filter(|number| view.payer_cards.get(*number).is_none())?;
        Some((*number, self.network.as_ref()?))
    }

    /// Whether a card of another bank may pay.
    fn check_network(&self, number: &Digest, answer: IssuerAnswer, view: &View, now: &Now) -> Result<(), Declined> {
        for (why, declines) in [
            // What is printed on it besides, its bank alone can compare.
            (Declined::CardUnknown, self.expires.is_none()),
            (Declined::CardAccountUnusable, false),
            (Declined::CardExpired, self.expires.is_some_and(|expires| now.date.year_month() > expires)),
            (Declined::CardInactive, false),
            (Declined::CardRestricted, false),
            (Declined::CardNotPermitted, false),
            (Declined::CardLocked, is_closed(&[counted(number)], view, now)),
        ] {
            if declines || answer.declines(why) {
                return Err(why);
            }
        }
        Ok(())
    }

    /// The card, if it may pay and everything on it was typed right.
    fn check(&self, view: &mut View, now: &Now) -> Result<Arc<PayerCard>, Declined> {
        let card = usable(view, self.number(), self.issuer, now)?;
        if self.expires != Some(card.expires) || self.security == SecurityCheck::Wrong {
            count_wrong(view, &card);
            return Err(Declined::CardUnknown);
        }
        Ok(card)
    }
}

/// Where the passwords of a card of another bank are counted.
fn counted(number: &Digest) -> Counted {
    let [first, second, third, fourth, fifth, sixth, seventh, eighth, ..] = number.0;
    let bits = i64::from_be_bytes([first, second, third, fourth, fifth, sixth, seventh, eighth]);
    Counted::Card(bits & i64::MAX)
}

/// Asks for a one-time password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskCardOtp {
    /// The card.
    pub card: TypedCard,
    /// Keyed hash of the password that will be sent, with the card's number.
    pub hash: Digest,
    /// How many passwords a card may be sent; `None`: any number.
    pub limit: Option<OtpLimit>,
}

/// What the card step is about: the invoice is in the gateway by this session, and enough is left for a card.
fn opened(step: &Step, view: &View, now: &Now) -> Result<Shares, NotAtGateway> {
    step.in_card_step(view, now)?;
    let shares = shares(step, view)?;
    if shares.rest < CARD_MINIMUM { Err(NotInvoiced::BelowCardMinimum.into()) } else { Ok(shares) }
}

impl AskCardOtp {
    pub(super) fn decide(&self, step: &Step, view: &mut View, now: &Now) -> Result<GatewayDone, NotAtGateway> {
        let amount = opened(step, view, now)?.rest;
        if let Some((number, network)) = self.card.of_network(view) {
            return Ok(self.ask_network(step, (number, network), amount, view, now)?);
        }
        let card = self.card.check(view, now)?;
        takes_otp(&card, self.limit, self.card.issuer, now)?;
        let key = OtpKey::of_session(card.number, &step.session.hash);
        let (message, ends_at_ms) = write_otp(view, &card, (key, self.hash), amount, self.limit, now);
        Ok(GatewayDone::OtpWritten { message, mobile: Text::clone(&card.mobile), amount, ends_at_ms })
    }

    fn ask_network(
        &self,
        step: &Step,
        (number, network): (Digest, &NetworkCard),
        amount: Rial,
        view: &mut View,
        now: &Now,
    ) -> Result<GatewayDone, Declined> {
        self.card.check_network(&number, network.answer, view, now)?;
        network.answer.at(Declined::TooManyOtps)?;
        issuer_there(self.card.issuer)?;
        issuer_there(network.answer)?;
        if let Some(limit) = self.limit {
            count_password(counted(&number), limit, view, now).map_err(|_| Declined::TooManyOtps)?;
        }
        let key = OtpKey::of_session(number, &step.session.hash);
        let ends_at_ms = now.at_ms.saturating_add(OTP_LIFE_MS);
        let mobile = Text::clone(&network.mobile);
        view.otps.put(key.clone(), Otp { key, hash: self.hash, amount, ends_at_ms, mobile: Text::clone(&mobile) });
        Ok(GatewayDone::OtpWritten { message: write_code(view, &mobile, now), mobile, amount, ends_at_ms })
    }
}

/// Pays by card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayByCard {
    /// The card.
    pub card: TypedCard,
    /// Keyed hash of the password, with the card's number.
    pub hash: Digest,
    /// What the payment leaves behind.
    pub slip: CardSlip,
    /// Whom to call, with all that it is told.
    pub callback: Option<CallAddress>,
}

impl PayByCard {
    pub(super) fn decide(
        &self,
        step: &Step,
        view: &mut View,
        now: &Now,
        rules: &Rules,
    ) -> Result<Arc<GatewaySession>, NotAtGateway> {
        let shares = opened(step, view, now)?;
        let (amount, issuer) = (shares.rest, self.card.issuer);
        if let Some((number, network)) = self.card.of_network(view) {
            self.authorize(step, (number, network), amount, view, now)?;
            // The network owes it until its settlement.
            let by = By { from: CARD_NETWORK, means: Means::Card(self.slip.clone()), owed: Some(amount) };
            return take(step, (shares, by), self.callback.as_ref(), view, now, Some(rules));
        }
        let card = self.card.check(view, now)?;
        issuer_there(issuer)?;
        issuer.at(Declined::OtpGone)?;
        let key = OtpKey::of_session(card.number, &step.session.hash);
        spend_otp(view, &card, (key, Some(self.hash)), amount, issuer, now)?;
        // Its money is here: the network has nothing of it to settle, but the day of its settlement is the same.
        let owed = Some(crate::Rial::ZERO);
        let by = By { from: card.id, means: Means::Card(self.slip.clone()), owed };
        let session =
            take(step, (shares, by), self.callback.as_ref(), view, now, Some(rules)).map_err(|why| match why {
                NotAtGateway::Insufficient => Declined::InsufficientFunds.into(),
                why => why,
            })?;
        let paid = card.with_payment(amount, view, now);
        view.payer_cards.put(card.number, paid);
        Ok(session)
    }

    /// Compares the password of a card of another bank and uses it up; then what its issuer says of the payment. A wrong one is counted.
    fn authorize(
        &self,
        step: &Step,
        (number, network): (Digest, &NetworkCard),
        amount: Rial,
        view: &mut View,
        now: &Now,
    ) -> Result<(), Declined> {
        let answer = network.answer;
        self.card.check_network(&number, answer, view, now)?;
        issuer_there(self.card.issuer)?;
        issuer_there(answer)?;
        answer.at(Declined::OtpGone)?;
        let key = OtpKey::of_session(number, &step.session.hash);
        let otp =
            view.otps.get(&key).filter(|otp| now.at_ms < otp.ends_at_ms).map(Arc::clone).ok_or(Declined::OtpGone)?;
        if otp.amount != amount {
            return Err(Declined::AmountDiffers);
        }
        if otp.hash != self.hash || answer.declines(Declined::OtpWrong) {
            count_wrong_code(&[counted(&number)], view, now);
            let is_locked = is_closed(&[counted(&number)], view, now);
            return Err(if is_locked { Declined::OtpWrongAndLocked } else { Declined::OtpWrong });
        }
        // Whatever follows, this password has been used.
        view.otps.remove(key);
        answer.at(Declined::CeilingReached)?;
        answer.at(Declined::InsufficientFunds)?;
        answer.at(Declined::SystemError)
    }
}
