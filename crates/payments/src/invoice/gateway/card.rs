//! The card step: number, security code and expiry, then a one-time password (pod.md 5.3).

use std::sync::Arc;

use ledger::Rial;

use super::take::{By, Shares, shares, take};
use crate::invoice::code_count::{count_password, count_wrong as count_wrong_code, is_closed};
use crate::invoice::gateway::{CARD_MINIMUM, Step, measured};
use crate::outgoing::write_code;
use crate::payer_card::{account_key, count_wrong, issuer_there, spend_otp, takes_otp, usable, write_otp};
use crate::view::{Denial, Keys, View};
use crate::{
    At, CARD_NETWORK, CallAddress, CardSlip, Counted, Declined, Digest, GatewayCommand, GatewayRefusal, GatewaySession,
    IssuerAnswer, Means, Measured, MessageId, NamedPayer, NetworkCard, NotInvoiced, Now, OTP_LIFE_MS, Otp, OtpKey,
    OtpLimit, PayerCard, PayerVisit, Text, VoucherGone,
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
fn opened(step: &Step<'_>, view: &View, now: &Now) -> Result<Shares, GatewayRefusal<CardStepRefusal>> {
    step.in_card_step(view, now)?;
    let shares = shares(step, view)?;
    if shares.rest < CARD_MINIMUM { Err(NotInvoiced::BelowCardMinimum.into()) } else { Ok(shares) }
}

/// A one-time password that was written, and whose SMS is still to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OtpWritten {
    /// The message.
    pub message: MessageId,
    /// Whom it goes to: `09` and nine digits.
    pub mobile: Text,
    /// How much it pays.
    pub amount: Rial,
    /// When it ends, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

/// Why a step with a card is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CardStepRefusal {
    /// The voucher does not pay any more.
    Voucher,
    /// Credit does not have the money.
    Insufficient,
    /// The card is declined. What that changes is written.
    Declined(Declined),
}

impl From<VoucherGone> for CardStepRefusal {
    fn from(_: VoucherGone) -> Self {
        Self::Voucher
    }
}

impl From<Declined> for Denial<GatewayRefusal<CardStepRefusal>> {
    fn from(why: Declined) -> Self {
        // Its tries are counted.
        Self::Declined(GatewayRefusal::Step(CardStepRefusal::Declined(why)))
    }
}

impl GatewayCommand for AskCardOtp {
    type Done = OtpWritten;
    type Refusal = CardStepRefusal;
    const NAME: &'static str = "AskCardOtp";

    fn keys(&self, visit: &PayerVisit, keys: &mut Keys) {
        self.card.keys(&visit.session, keys);
    }

    fn more_keys(&self, _visit: &PayerVisit, view: &View, keys: &mut Keys) {
        account_key(view, self.card.number(), keys);
    }

    fn decide(
        &self,
        step: Step<'_>,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<OtpWritten, Denial<GatewayRefusal<CardStepRefusal>>> {
        let step = step.at_card(view, now)?;
        let amount = opened(&step, view, now)?.rest;
        if let Some((number, network)) = self.card.of_network(view) {
            return Ok(self.ask_network(&step, (number, network), amount, view, now)?);
        }
        let card = self.card.check(view, now)?;
        takes_otp(&card, self.limit, self.card.issuer, now)?;
        let key = OtpKey::of_session(card.number, &step.session.hash);
        let (message, ends_at_ms) = write_otp(view, &card, (key, self.hash), amount, self.limit, now);
        Ok(OtpWritten { message, mobile: Text::clone(&card.mobile), amount, ends_at_ms })
    }
}

impl AskCardOtp {
    fn ask_network(
        &self,
        step: &Step<'_>,
        (number, network): (Digest, &NetworkCard),
        amount: Rial,
        view: &mut View,
        now: &Now,
    ) -> Result<OtpWritten, Declined> {
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
        Ok(OtpWritten { message: write_code(view, &mobile, now), mobile, amount, ends_at_ms })
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

impl GatewayCommand for PayByCard {
    type Done = Arc<GatewaySession>;
    type Refusal = CardStepRefusal;
    const NAME: &'static str = "PayByCard";

    fn keys(&self, visit: &PayerVisit, keys: &mut Keys) {
        self.card.keys(&visit.session, keys);
    }

    fn more_keys(&self, _visit: &PayerVisit, view: &View, keys: &mut Keys) {
        account_key(view, self.card.number(), keys);
    }

    fn decide(
        &self,
        step: Step<'_>,
        view: &mut View,
        At { now, rules }: At<'_>,
    ) -> Result<Arc<GatewaySession>, Denial<GatewayRefusal<CardStepRefusal>>> {
        let step = step.at_card(view, now)?;
        let shares = opened(&step, view, now)?;
        let (amount, issuer) = (shares.rest, self.card.issuer);
        if let Some((number, network)) = self.card.of_network(view) {
            self.authorize(&step, (number, network), amount, view, now)?;
            // The network owes it until its settlement.
            let by = By { from: CARD_NETWORK, means: Means::Card(self.slip.clone()), owed: Some(amount) };
            let taken = take(&step, (shares, by), self.callback.as_ref(), view, now, Some(rules));
            return Ok(taken.map_err(|why| match why {
                NotInvoiced::Insufficient => GatewayRefusal::Step(CardStepRefusal::Insufficient),
                why => why.into(),
            })?);
        }
        let card = self.card.check(view, now)?;
        issuer_there(issuer)?;
        issuer.at(Declined::OtpGone)?;
        let key = OtpKey::of_session(card.number, &step.session.hash);
        spend_otp(view, &card, (key, Some(self.hash)), amount, issuer, now)?;
        // Its money is here: the network has nothing of it to settle, but the day of its settlement is the same.
        let owed = Some(crate::Rial::ZERO);
        let by = By { from: card.id, means: Means::Card(self.slip.clone()), owed };
        let taken = take(&step, (shares, by), self.callback.as_ref(), view, now, Some(rules));
        let session = taken.map_err(|why| match why {
            NotInvoiced::Insufficient => Declined::InsufficientFunds.into(),
            why => Denial::from(why),
        })?;
        let paid = card.with_payment(amount, view, now);
        view.payer_cards.put(card.number, paid);
        Ok(session)
    }

    fn measure(&self, result: &Result<Arc<GatewaySession>, GatewayRefusal<CardStepRefusal>>) -> Option<Measured> {
        match result {
            Ok(session) => measured(session),
            Err(GatewayRefusal::Step(CardStepRefusal::Declined(_) | CardStepRefusal::Insufficient)) => {
                Some(Measured::DECLINED)
            }
            Err(_) => None,
        }
    }
}

impl PayByCard {
    /// Compares the password of a card of another bank and uses it up; then what its issuer says of the payment. A wrong one is counted.
    fn authorize(
        &self,
        step: &Step<'_>,
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
