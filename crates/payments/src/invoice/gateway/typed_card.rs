//! A card as a payer types it, and the check whether it may pay.

use std::sync::Arc;

use super::card_step::{CardSecret, CardStepRefusal};
use crate::invoice::code::is_closed;
use crate::payer_card::{Checks, count_wrong, tries_left, usable};
use crate::view::{Keys, View};
use crate::{BusinessDay, Counted, Declined, Digest, NamedPayer, Now, OtpKey, PayerCard, SecurityCheck};

/// A card as a payer types it. The security code was compared before and is not here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypedCard {
    /// The card's number; `None`: what was typed is not a card number.
    pub named: Option<NamedPayer>,
    /// The card's last valid month, Jalali `YYYYMM`; `None`: what was typed is not a month.
    pub expires: Option<i64>,
    /// The result of the comparison of its security code.
    pub security: SecurityCheck,
    /// Whether the banks are in their daily closing.
    pub day: BusinessDay,
}

impl TypedCard {
    /// Keyed hash of the card's number, if a card's number was typed.
    pub(super) fn number(&self) -> Option<&Digest> {
        self.named.as_ref().map(|named| &named.number)
    }

    /// Names the rows of the card: its record, its one-time password in a session, and its counts.
    pub(super) fn keys(&self, session: &Digest, keys: &mut Keys) {
        keys.payer_cards.extend(self.number());
        keys.otps.extend(self.number().map(|card| OtpKey::of_session(*card, session)));
        keys.code_counts.extend(self.number().map(counted));
    }

    /// Number and network data of a card of another bank; `None`: the card is hosted here, or there are no network data and it cannot pay.
    pub(super) fn of_network<N>(&self, network: Option<N>, view: &View) -> Option<(Digest, N)> {
        let number = self.number().filter(|number| view.payer_cards.get(*number).is_none())?;
        Some((*number, network?))
    }

    /// Checks whether a card of another bank may pay. Only its bank can compare its printed data.
    pub(super) fn check_network(
        &self,
        number: &Digest,
        checks: Checks,
        view: &View,
        now: &Now,
    ) -> Result<(), Declined> {
        let expires = checks.found(Declined::CardUnknown, self.expires)?;
        checks.reach(Declined::CardAccountUnusable)?;
        checks.require(Declined::CardExpired, now.date.year_month() <= expires)?;
        checks.reach(Declined::CardInactive)?;
        checks.reach(Declined::CardRestricted)?;
        checks.reach(Declined::CardNotPermitted)?;
        checks.require(Declined::CardLocked, !is_closed(&[counted(number)], view, now))
    }

    /// The hosted card, if it may pay and all its data were typed right. Wrong data count as a wrong try.
    pub(super) fn check(&self, view: &mut View, now: &Now) -> Result<Arc<PayerCard>, CardStepRefusal> {
        let card = usable(view, self.number(), Checks::NATURAL, now)?;
        // The security code depends on the expiry: with a wrong expiry it says nothing.
        let what = match self.security {
            _ if self.expires != Some(card.expires) => CardSecret::Expiry,
            SecurityCheck::Wrong => CardSecret::SecurityCode,
            SecurityCheck::Right => return Ok(card),
        };
        count_wrong(view, &card, now);
        Err(CardStepRefusal::Mistyped { what, left: tries_left(view, &card.number) })
    }
}

/// The counter of the passwords of a card of another bank: 63 bits of the hash of its number.
pub(super) fn counted(number: &Digest) -> Counted {
    let [first, second, third, fourth, fifth, sixth, seventh, eighth, ..] = number.0;
    let bits = i64::from_be_bytes([first, second, third, fourth, fifth, sixth, seventh, eighth]);
    Counted::Card(bits & i64::MAX)
}
