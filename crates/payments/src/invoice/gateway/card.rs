//! The card step: number, security code and expiry, then a one-time password (pod.md 5.3).

use std::sync::Arc;

use super::take::{By, Shares, shares, take};
use super::{CARD_MINIMUM, GatewayDone, GatewaySession, NotAtGateway, Step};
use crate::card_payment::{count_wrong, issuer_there, spend_otp, takes_otp, usable, write_otp};
use crate::invoice::{CardSlip, Means, NotInvoiced};
use crate::view::{Keys, View};
use crate::{CallAddress, Declined, Digest, IssuerAnswer, NamedPayer, Now, OtpKey, OtpLimit, PayerCard, Rules, Text};

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
}

impl TypedCard {
    pub(super) fn number(&self) -> Option<&Digest> {
        self.named.as_ref().map(|named| &named.number)
    }

    pub(super) fn keys(&self, session: &Digest, keys: &mut Keys) {
        keys.payer_cards.extend(self.number());
        keys.otps.extend(self.number().map(|card| OtpKey::of_session(*card, session)));
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
        let card = self.card.check(view, now)?;
        takes_otp(&card, self.limit, self.card.issuer, now)?;
        let key = OtpKey::of_session(card.number, &step.session.hash);
        let (message, ends_at_ms) = write_otp(view, &card, (key, self.hash), amount, self.limit, now);
        Ok(GatewayDone::OtpWritten { message, mobile: Text::clone(&card.mobile), amount, ends_at_ms })
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
        let card = self.card.check(view, now)?;
        issuer_there(issuer)?;
        issuer.at(Declined::OtpGone)?;
        let key = OtpKey::of_session(card.number, &step.session.hash);
        spend_otp(view, &card, (key, self.hash), amount, issuer, now)?;
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
}
