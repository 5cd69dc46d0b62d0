//! Asking for a one-time password.

use ledger::Rial;

use super::card_step::opened;
use super::step::Step;
use super::typed_card::counted;
use crate::invoice::code::{count_password, takes_password};
use crate::ops::message::write_code;
use crate::payer_card::{Checks, account_key, issuer_operates, takes_otp, write_otp};
use crate::view::{Denial, Keys, View};
use crate::{
    At, CardStepRefusal, Declined, Digest, GatewayCommand, GatewayRefusal, MessageId, NetworkCard, Now, OTP_LIFE_MS,
    Otp, OtpKey, OtpLimit, PayerVisit, Text, TypedCard,
};

/// Asks for a one-time password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskCardOtp {
    /// The card.
    pub card: TypedCard,
    /// What the network of other banks' cards says of it, should it be none that is hosted here; `None`: such a card cannot pay.
    pub network: Option<NetworkCard>,
    /// Keyed hash of the password that will be sent, with the card's number.
    pub hash: Digest,
    /// How many passwords a card may be sent; `None`: any number.
    pub limit: Option<OtpLimit>,
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
        if let Some((number, network)) = self.card.of_network(self.network.as_ref(), view) {
            return Ok(self.ask_network(&step, (number, network), amount, view, now)?);
        }
        let card = self.card.check(view, now)?;
        takes_otp(&card, self.limit, self.card.day, Checks::NATURAL, now)?;
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
        let (checks, counted) = (Checks::of_request(network.declined), counted(&number));
        self.card.check_network(&number, checks, view, now)?;
        let has_room = self.limit.is_none_or(|limit| takes_password(counted, limit, view, now));
        checks.require(Declined::TooManyOtps, has_room)?;
        issuer_operates(self.card.day, checks)?;
        if self.limit.is_some() {
            count_password(counted, view, now);
        }
        let key = OtpKey::of_session(number, &step.session.hash);
        let ends_at_ms = now.at_ms.saturating_add(OTP_LIFE_MS);
        let mobile = Text::clone(&network.mobile);
        view.otps.put(key.clone(), Otp { key, hash: self.hash, amount, ends_at_ms, mobile: Text::clone(&mobile) });
        Ok(OtpWritten { message: write_code(view, &mobile, now), mobile, amount, ends_at_ms })
    }
}
