//! Paying an order by card and one-time password (paystar.md 3).
//!
//! Shape: `PayByPhone` + rows → one transfer, card → merchant, and the order, paid; or the order with the reason why it was declined.
//! Order of the checks: terminal, request, amount, order, card, banks and issuer, password, ceilings, money. Wrong tries are counted in the
//! decision, on the card's row, so concurrent guesses get no more tries than sequential ones.

use std::sync::Arc;

use ledger::{Rial, Step};

use super::shared;
use crate::booking::apply;
use crate::payer_card::{Checks, account_key, declined_by, issuer_operates, living_otp, spend_otp};
use crate::view::{Denial, Keys, View};
use crate::{
    At, BusinessDay, Command, Declined, Digest, Measured, NamedPayer, Now, OrderId, OtpKey, PhoneEnd, PhoneOrder,
    PhoneOrderId, PhoneOrderKey, PhoneOtpRequest, PhoneOtpRequestId, PhonePayment, Probe, Terminal, Text,
};

/// How a request says what it pays.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Payee {
    /// An order by the merchant's id as sent, and an amount; `None`: the request has no valid amount.
    Order(Text, Option<Rial>),
    /// The request for a password with this number, if it is valid; otherwise the latest one of the order with this id.
    Request(Option<PhoneOtpRequestId>, Text),
}

/// A payment, with fields that could be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayByPhone {
    /// The terminal's `sequence`.
    pub terminal: Text,
    /// What is paid.
    pub payee: Payee,
    /// The card; `None`: the request has no card number.
    pub card: Option<NamedPayer>,
    /// Keyed hash of the card's number and the password; `None`: the input cannot be a password.
    pub hash: Option<Digest>,
    /// The payer's mobile number: `+989` and nine digits; empty: not known.
    pub payer: Text,
    /// Whether the banks are closing their day.
    pub day: BusinessDay,
    /// The checks that a sandbox makes fail.
    pub probe: Probe,
}

/// The order and amount that a request names.
struct Found {
    key: PhoneOrderKey,
    amount: Option<Rial>,
    /// The card of the request for a password, if the payment refers to one: only that card may pay.
    asked: Option<Digest>,
}

impl PayByPhone {
    fn checks(&self) -> Checks {
        Checks::of_probe(self.probe)
    }

    fn key(&self, order: &Text) -> PhoneOrderKey {
        PhoneOrderKey::of(Text::clone(&self.terminal), order)
    }

    fn otp_key(&self, order: PhoneOrderKey) -> Option<OtpKey> {
        Some(OtpKey { card: self.card.as_ref()?.number, order })
    }

    /// The request with this number, if it is of this terminal.
    fn request(&self, view: &View, number: Option<PhoneOtpRequestId>) -> Option<Arc<PhoneOtpRequest>> {
        let request = view.otp_requests.get(&number?)?;
        (request.order.terminal == self.terminal).then(|| Arc::clone(request))
    }

    fn find(&self, view: &View, now: &Now) -> Option<Found> {
        match &self.payee {
            Payee::Order(order, amount) => Some(Found { key: self.key(order), amount: *amount, asked: None }),
            Payee::Request(number, order) => {
                let named = self.request(view, *number).filter(|request| {
                    shared::order(view, &request.order, now).is_some_and(|order| request.is_remembered(&order, now))
                });
                if let Some(request) = named {
                    let (key, amount) = (request.order.clone(), Some(request.amount));
                    return Some(Found { key, amount, asked: Some(request.card) });
                }
                let newest = shared::order(view, &self.key(order), now)?;
                let asked = newest.asked.filter(|asked| newest.payment().is_some() || asked.is_remembered(now))?;
                Some(Found { key: newest.key.clone(), amount: Some(asked.amount), asked: Some(asked.card) })
            }
        }
    }

    fn pay(
        &self,
        terminal: &Terminal,
        found: &Found,
        order: Option<&PhoneOrder>,
        id: PhoneOrderId,
        view: &mut View,
        now: &Now,
    ) -> Result<PhoneEnd, Declined> {
        let checks = self.checks();
        let amount = checks.found(Declined::AmountInvalid, found.amount)?;
        let card = shared::card(view, order, self.card.as_ref(), checks, now)?;
        issuer_operates(self.day, checks)?;
        let key = OtpKey { card: card.number, order: found.key.clone() };
        let mine = found.asked.is_none_or(|asked| asked == card.number);
        let living = living_otp(view, &key, now).filter(|_| mine);
        spend_otp(view, &card, living, (self.hash, amount), checks, now)?;
        let step = Step::Post { debit: card.id, credit: terminal.account, amount };
        let transfer = apply(view, &[step], now, OrderId(id.0)).map_err(declined_by)?[0];
        let paid = card.with_payment(amount, view, now);
        view.payer_cards.put(card.number, paid);
        Ok(PhoneEnd::Paid(card.id, transfer))
    }
}

impl Command for PayByPhone {
    type Done = Arc<PhoneOrder>;
    type Refusal = Declined;
    const NAME: &'static str = "PayByPhone";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.terminals.push(Text::clone(&self.terminal));
        keys.payer_cards.extend(self.card.as_ref().map(|card| card.number));
        match &self.payee {
            Payee::Order(order, _) => {
                keys.otps.extend(self.otp_key(self.key(order)));
                keys.phone_orders.push(self.key(order));
            }
            Payee::Request(number, order) => {
                keys.otp_requests.extend(*number);
                keys.phone_orders.push(self.key(order));
            }
        }
    }

    fn more_keys(&self, view: &View, at: At<'_>, keys: &mut Keys) {
        account_key(view, self.card.as_ref().map(|card| &card.number), keys);
        keys.accounts.extend(view.terminals.get(&self.terminal).map(|terminal| terminal.account));
        if let Payee::Request(number, order) = &self.payee {
            // Whether a request is still valid depends on its order, so the orders and passwords of both candidates are loaded.
            let named = self.request(view, *number).map(|request| request.order.clone());
            let newest = shared::order(view, &self.key(order), at.now).map(|order| order.key.clone());
            for key in [named, newest].into_iter().flatten() {
                keys.otps.extend(self.otp_key(key.clone()));
                keys.phone_orders.push(key);
            }
        }
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<Arc<PhoneOrder>, Denial<Declined>> {
        let now = at.now;
        let checks = self.checks();
        let terminal = shared::terminal(view, &self.terminal, checks)?;
        let found = checks.found(Declined::RequestUnknown, self.find(view, now))?;
        let known = shared::order(view, &found.key, now);
        let id = shared::number(view, &found.key);
        let (end, why) = match self.pay(&terminal, &found, known.as_deref(), id, view, now) {
            Ok(end) => (end, None),
            Err(why) => (PhoneEnd::Declined(why), Some(why)),
        };
        // A paid order does not change.
        if known.as_ref().is_some_and(|order| order.payment().is_some()) {
            return Err(why.map_or(Denial::Refused(Declined::OrderPaid), Denial::Declined));
        }
        let tried = PhonePayment {
            mask: self.card.as_ref().map_or_else(|| Text::from(""), |card| Text::clone(&card.mask)),
            payer: Text::clone(&self.payer),
            amount: found.amount,
            at_ms: now.at_ms,
            end,
            refunded: Rial::ZERO,
        };
        let (Payee::Order(order, _) | Payee::Request(_, order)) = &self.payee;
        let sent = shared::sent(known.as_deref(), order);
        let asked = known.and_then(|order| order.asked);
        let order = PhoneOrder { key: found.key, sent, id, asked, tried: Some(tried), at_ms: now.at_ms };
        let order = Arc::new(order);
        view.phone_orders.put(order.key.clone(), Arc::clone(&order));
        why.map_or(Ok(order), |why| Err(Denial::Declined(why)))
    }

    fn measure(&self, result: &Result<Arc<PhoneOrder>, Declined>) -> Option<Measured> {
        match result {
            Ok(order) => order.payment().and_then(|payment| Some(Measured::done(payment.amount?))),
            // The order is paid already, and that payment was counted.
            Err(Declined::OrderPaid) => None,
            Err(_) => Some(Measured::DECLINED),
        }
    }
}
