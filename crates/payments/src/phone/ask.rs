//! Requesting a one-time password (paystar.md 2).
//!
//! Shape: `AskPhoneOtp` + rows → an order, a request, a password's keyed hash, and a message that carries the password.
//! Absent: the password itself and the text of its SMS, which stay in the memory of the process that made them.

use std::sync::Arc;

use ledger::Rial;

use super::shared;
use crate::payer_card::{Checks, account_key, takes_otp, write_otp};
use crate::view::{Denial, Keys, View};
use crate::{
    AskedFor, At, BusinessDay, Command, Declined, Digest, MessageId, NamedPayer, Now, OtpKey, OtpLimit, PhoneOrder,
    PhoneOrderKey, PhoneOtpRequest, PhoneOtpRequestId, Probe, Text,
};

/// A request for a one-time password, with fields that could be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskPhoneOtp {
    /// The terminal's `sequence`.
    pub terminal: Text,
    /// The merchant's id of the order, as sent.
    pub order: Text,
    /// The amount; `None`: the request has no valid amount.
    pub amount: Option<Rial>,
    /// The card; `None`: the request has no card number.
    pub card: Option<NamedPayer>,
    /// Keyed hash of the card's number and the new password.
    pub hash: Digest,
    /// The most passwords that a card may be sent; `None`: any number.
    pub limit: Option<OtpLimit>,
    /// Whether the banks are closing their day.
    pub day: BusinessDay,
    /// The checks that a sandbox makes fail.
    pub probe: Probe,
}

/// A password to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// The request.
    pub request: PhoneOtpRequestId,
    /// The message that carries the password.
    pub message: MessageId,
    /// The receiver's mobile number: `09` and nine digits.
    pub mobile: Text,
    /// The name of the merchant that will be paid.
    pub merchant: Text,
    /// The amount of the payment.
    pub amount: Rial,
    /// When the password expires, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

impl AskPhoneOtp {
    fn otp_key(&self) -> Option<OtpKey> {
        Some(OtpKey { card: self.card.as_ref()?.number, order: self.key() })
    }

    fn key(&self) -> PhoneOrderKey {
        PhoneOrderKey::of(Text::clone(&self.terminal), &self.order)
    }
}

impl Command for AskPhoneOtp {
    type Done = Arc<Asked>;
    type Refusal = Declined;
    const NAME: &'static str = "AskPhoneOtp";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.terminals.push(Text::clone(&self.terminal));
        keys.phone_orders.push(self.key());
        keys.payer_cards.extend(self.card.as_ref().map(|card| card.number));
        keys.otps.extend(self.otp_key());
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        account_key(view, self.card.as_ref().map(|card| &card.number), keys);
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<Arc<Asked>, Denial<Declined>> {
        Ok(Arc::new(self.ask(view, at.now)?))
    }
}

impl AskPhoneOtp {
    fn ask(&self, view: &mut View, now: &Now) -> Result<Asked, Declined> {
        let checks = Checks::of_probe(self.probe);
        let terminal = shared::terminal(view, &self.terminal, checks)?;
        let amount = checks.found(Declined::AmountInvalid, self.amount)?;
        let order_key = self.key();
        let known = shared::order(view, &order_key, now);
        let card = shared::card(view, known.as_deref(), self.card.as_ref(), checks, now)?;
        takes_otp(&card, self.limit, self.day, checks, now)?;
        let (number, key) = (card.number, OtpKey { card: card.number, order: order_key.clone() });
        let id = shared::number(view, &order_key);
        let request = PhoneOtpRequestId(view.ids.take());
        let order = PhoneOrder {
            key: order_key.clone(),
            sent: shared::sent(known.as_deref(), &self.order),
            id,
            asked: Some(AskedFor { card: number, amount, at_ms: now.at_ms }),
            tried: known.and_then(|order| order.tried.clone()),
            at_ms: now.at_ms,
        };
        view.phone_orders.put(order_key.clone(), order);
        let at_ms = now.at_ms;
        let row = PhoneOtpRequest { id: request, order: order_key, order_id: id, card: number, amount, at_ms };
        view.otp_requests.put(request, row);
        let (message, ends_at_ms) = write_otp(view, &card, (key, self.hash), amount, self.limit, id.0, now);
        let (mobile, merchant) = (Text::clone(&card.mobile), Text::clone(&terminal.merchant));
        Ok(Asked { request, message, mobile, merchant, amount, ends_at_ms })
    }
}
