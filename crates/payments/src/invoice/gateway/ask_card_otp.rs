//! Asking for a one-time password of a card.

use ledger::Rial;

use super::card_step::{CardStepRefusal, noting, opened};
use super::step::Step;
use super::typed_card::counted;
use crate::invoice::code::{count_password, takes_password};
use crate::ops::message::write_code;
use crate::payer_card::{Checks, account_key, issuer_operates, living_otp, takes_otp, write_otp};
use crate::view::{Denial, Keys, View};
use crate::{
    At, Declined, Digest, GatewayCommand, GatewayRefusal, MessageId, NetworkCard, Now, OTP_LIFE_MS, Otp, OtpKey,
    OtpLimit, PayerVisit, Text, TypedCard,
};

/// Whether a password is sent although one that was sent before is still valid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OtpSending {
    /// A new password is sent. It replaces the one before.
    New,
    /// A new password is sent only if none is valid for this card, session and amount.
    UnlessValid,
}

/// Writes a one-time password for a card and a session, and the message that it is sent with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskCardOtp {
    /// The card as it was typed.
    pub card: TypedCard,
    /// What the network of other banks' cards says of the card, if it is not hosted here; `None`: only hosted cards can pay.
    pub network: Option<NetworkCard>,
    /// Keyed hash of the password and the card's number.
    pub hash: Digest,
    /// Most passwords that a card may be sent; `None`: no limit.
    pub limit: Option<OtpLimit>,
    /// Whether a password that is still valid is enough.
    pub sending: OtpSending,
}

/// The password with which a payer can pay.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CardOtp {
    /// A new one was written.
    Written(OtpWritten),
    /// The one that was sent before is still valid, and no other is sent.
    StillValid {
        /// When it expires, in milliseconds of Unix time.
        ends_at_ms: i64,
    },
}

/// A one-time password that was written, and whose SMS has to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OtpWritten {
    /// The message to send.
    pub message: MessageId,
    /// The number to send it to: `09` and nine digits.
    pub mobile: Text,
    /// The amount that the password pays, in rials.
    pub amount: Rial,
    /// When the password expires, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

impl GatewayCommand for AskCardOtp {
    type Done = CardOtp;
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
        at: At<'_>,
    ) -> Result<CardOtp, Denial<GatewayRefusal<CardStepRefusal>>> {
        let invoice = step.invoice.id;
        let result = self.ask(step, view, at);
        noting(result, invoice, view, at.now)
    }
}

impl AskCardOtp {
    fn ask(
        &self,
        step: Step<'_>,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<CardOtp, Denial<GatewayRefusal<CardStepRefusal>>> {
        let step = step.at_card(view, now)?;
        let amount = opened(&step, view, now)?.rest;
        if let Some((number, network)) = self.card.of_network(self.network.as_ref(), view) {
            return Ok(self.ask_network(&step, (number, network), amount, view, now)?);
        }
        let card = self.card.check(view, now)?;
        let key = OtpKey::of_session(card.number, &step.session.hash);
        if let Some(ends_at_ms) = self.still_valid(&key, (amount, &card.mobile), view, now) {
            return Ok(CardOtp::StillValid { ends_at_ms });
        }
        takes_otp(&card, self.limit, self.card.day, Checks::NATURAL, now)?;
        let (message, ends_at_ms) =
            write_otp(view, &card, (key, self.hash), amount, self.limit, step.invoice.id.0, now);
        Ok(CardOtp::Written(OtpWritten { message, mobile: Text::clone(&card.mobile), amount, ends_at_ms }))
    }

    /// When the password expires that makes a new one unnecessary; `None`: a new one is needed, or was asked for.
    fn still_valid(&self, key: &OtpKey, (amount, mobile): (Rial, &Text), view: &View, now: &Now) -> Option<i64> {
        match self.sending {
            OtpSending::New => None,
            OtpSending::UnlessValid => living_otp(view, key, now)
                .filter(|otp| otp.amount == amount && otp.mobile == *mobile)
                .map(|otp| otp.ends_at_ms),
        }
    }

    fn ask_network(
        &self,
        step: &Step<'_>,
        (number, network): (Digest, &NetworkCard),
        amount: Rial,
        view: &mut View,
        now: &Now,
    ) -> Result<CardOtp, Declined> {
        let (checks, counted) = (Checks::of_request(network.declined), counted(&number));
        self.card.check_network(&number, checks, view, now)?;
        let key = OtpKey::of_session(number, &step.session.hash);
        if let Some(ends_at_ms) = self.still_valid(&key, (amount, &network.mobile), view, now) {
            return Ok(CardOtp::StillValid { ends_at_ms });
        }
        let has_room = self.limit.is_none_or(|limit| takes_password(counted, limit, view, now));
        checks.require(Declined::TooManyOtps, has_room)?;
        issuer_operates(self.card.day, checks)?;
        if self.limit.is_some() {
            count_password(counted, view, now);
        }
        let ends_at_ms = now.at_ms.saturating_add(OTP_LIFE_MS);
        let mobile = Text::clone(&network.mobile);
        view.otps.put(key.clone(), Otp { key, hash: self.hash, amount, ends_at_ms, mobile: Text::clone(&mobile) });
        let message = write_code(view, &mobile, Some(step.invoice.id.0), now);
        Ok(CardOtp::Written(OtpWritten { message, mobile, amount, ends_at_ms }))
    }
}
