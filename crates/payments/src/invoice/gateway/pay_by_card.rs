//! Paying the rest by card.

use std::sync::Arc;

use ledger::Rial;

use super::card_step::opened;
use super::step::{Step, measured};
use super::take::{By, take};
use super::typed_card::{OF_HOSTED, counted};
use crate::invoice::code::{count_wrong as count_wrong_code, is_closed};
use crate::payer_card::{Checks, account_key, issuer_operates, living_otp, spend_otp, use_otp};
use crate::view::{Denial, Keys, View};
use crate::{
    At, CARD_NETWORK, CallAddress, CardSlip, CardStepRefusal, Declined, Digest, GatewayCommand, GatewayRefusal,
    GatewaySession, Means, Measured, NetworkCard, NotInvoiced, Now, OtpKey, PayerVisit, TypedCard,
};

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
        let amount = shares.rest;
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
        issuer_operates(self.card.day, OF_HOSTED)?;
        let living = living_otp(view, &OtpKey::of_session(card.number, &step.session.hash), now);
        spend_otp(view, &card, living, (Some(self.hash), amount), OF_HOSTED, now)?;
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
    /// Compares the password of a card of another bank and uses it up; then what its network says of the payment. A wrong one is counted.
    fn authorize(
        &self,
        step: &Step<'_>,
        (number, network): (Digest, &NetworkCard),
        amount: Rial,
        view: &mut View,
        now: &Now,
    ) -> Result<(), Declined> {
        let (checks, counted) = (Checks::of_network(network.response), [counted(&number)]);
        self.card.check_network(&number, checks, view, now)?;
        issuer_operates(self.card.day, checks)?;
        let living = living_otp(view, &OtpKey::of_session(number, &step.session.hash), now);
        use_otp(view, living, (Some(self.hash), amount), checks, |view| {
            count_wrong_code(&counted, view, now);
            is_closed(&counted, view, now)
        })?;
        checks.reach(Declined::CeilingReached)?;
        checks.reach(Declined::InsufficientFunds)?;
        checks.reach(Declined::SystemError)
    }
}
