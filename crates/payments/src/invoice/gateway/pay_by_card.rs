//! Paying by card what voucher and credit leave.
//!
//! A card that is hosted here pays in this commit. For a card of another bank this commit writes the payment with all that it holds, and the network
//! is asked afterwards ([`crate::ReportAuthorization`]). Its checks up to the password are made here; the card's bank makes the others.

use std::sync::Arc;

use ledger::Rial;

use super::attempt::{Beginning, begin};
use super::card_step::{CardStepRefusal, noting, opened, password_refused};
use super::shares::Shares;
use super::step::{Step, measured};
use super::take::{By, take};
use super::typed_card::counted;
use crate::invoice::code::{count_wrong as count_wrong_code, is_closed, left_of_day};
use crate::payer_card::{Checks, account_key, compare_otp, issuer_operates, living_otp, spend_otp, tries_left};
use crate::view::{Denial, Keys, View};
use crate::{
    At, AttemptTerms, CallAddress, CardAttempt, CardSlip, Declined, Digest, GatewayCommand, GatewayRefusal,
    GatewaySession, InvoiceRefusal, Job, Means, Measured, Now, OtpKey, PayerVisit, TypedCard,
};

/// Pays by card what voucher and credit leave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayByCard {
    /// The card as it was typed.
    pub card: TypedCard,
    /// Reference and lease for a card of another bank; `None`: only hosted cards can pay.
    pub network: Option<AttemptTerms>,
    /// Keyed hash of the one-time password and the card's number.
    pub hash: Digest,
    /// The numbers of the card payment, for the receipt and the invoice.
    pub slip: CardSlip,
    /// The call to the shop's address, with all its parameters.
    pub callback: Option<CallAddress>,
}

/// The result of a payment by card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CardPayment {
    /// The money was taken.
    Taken(Arc<GatewaySession>),
    /// The payment is written and the invoice waits for it. Its network has to be asked, under this claimed job.
    ToNetwork(Arc<CardAttempt>, Job),
}

impl GatewayCommand for PayByCard {
    type Done = CardPayment;
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
        at: At<'_>,
    ) -> Result<CardPayment, Denial<GatewayRefusal<CardStepRefusal>>> {
        let invoice = step.invoice.id;
        let result = self.pay(step, view, at);
        noting(result, invoice, view, at.now)
    }

    fn measure(&self, result: &Result<CardPayment, GatewayRefusal<CardStepRefusal>>) -> Option<Measured> {
        match result {
            Ok(CardPayment::Taken(session)) => measured(session),
            // The response of its network is measured.
            Ok(CardPayment::ToNetwork(..)) => None,
            Err(GatewayRefusal::Step(
                CardStepRefusal::Declined(_) | CardStepRefusal::Mistyped { .. } | CardStepRefusal::Insufficient,
            )) => Some(Measured::DECLINED),
            Err(_) => None,
        }
    }
}

impl PayByCard {
    fn pay(
        &self,
        step: Step<'_>,
        view: &mut View,
        At { now, rules, .. }: At<'_>,
    ) -> Result<CardPayment, Denial<GatewayRefusal<CardStepRefusal>>> {
        let step = step.at_card(view, now)?;
        let shares = opened(&step, view, now)?;
        let amount = shares.rest;
        if let Some((number, terms)) = self.card.of_network(self.network.as_ref(), view) {
            self.check(&step, number, amount, view, now)?;
            return Ok(self.begin(&step, shares, (number, terms), view, now)?);
        }
        let card = self.card.check(view, now)?;
        issuer_operates(self.card.day, Checks::NATURAL)?;
        let living = living_otp(view, &OtpKey::of_session(card.number, &step.session.hash), now);
        spend_otp(view, &card, living, (Some(self.hash), amount), Checks::NATURAL, now)
            .map_err(|why| password_refused(why, tries_left(view, &card.number)))?;
        // The hosted account has paid, so the network owes nothing. The invoice still counts as settled only with the other card money of the day.
        let owed = Some(crate::Rial::ZERO);
        let by = By { from: card.id, means: Means::Card(self.slip.clone()), owed };
        let taken = take(&step, (shares, by), self.callback.as_ref(), view, now, Some(rules));
        let session = taken.map_err(|why| match why {
            InvoiceRefusal::Insufficient => Declined::InsufficientFunds.into(),
            why => Denial::from(why),
        })?;
        let paid = card.with_payment(amount, view, now);
        view.payer_cards.put(card.number, paid);
        Ok(CardPayment::Taken(session))
    }

    /// Checks a card of another bank before its network is asked. A wrong password is counted. A right one stays until the bank has answered, because
    /// the bank may still say that it is wrong.
    fn check(
        &self,
        step: &Step<'_>,
        number: Digest,
        amount: Rial,
        view: &mut View,
        now: &Now,
    ) -> Result<(), CardStepRefusal> {
        let counted = [counted(&number)];
        self.card.check_network(&number, Checks::NATURAL, view, now)?;
        issuer_operates(self.card.day, Checks::NATURAL)?;
        let living = living_otp(view, &OtpKey::of_session(number, &step.session.hash), now);
        compare_otp(view, living, (Some(self.hash), amount), Checks::NATURAL, |view| {
            count_wrong_code(&counted, view, now);
            is_closed(&counted, view, now)
        })
        .map_err(|why| password_refused(why, left_of_day(counted[0], view, now)))?;
        Ok(())
    }

    fn begin(
        &self,
        step: &Step<'_>,
        shares: Shares,
        (card, terms): (Digest, &AttemptTerms),
        view: &mut View,
        now: &Now,
    ) -> Result<CardPayment, GatewayRefusal<CardStepRefusal>> {
        let beginning = Beginning { terms, card, slip: &self.slip, callback: self.callback.as_ref() };
        match begin(step, shares, &beginning, view, now) {
            Ok((attempt, job)) => Ok(CardPayment::ToNetwork(attempt, job)),
            Err(InvoiceRefusal::Insufficient) => Err(GatewayRefusal::Step(CardStepRefusal::Insufficient)),
            Err(why) => Err(why.into()),
        }
    }
}
