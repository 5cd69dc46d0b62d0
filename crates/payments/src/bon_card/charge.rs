//! Charging a bon card from a deposit, through the client's float card.
//!
//! Shape: `ChargeCard` + rows → an order and its two legs, deposit → float card → bon card; with a card network, a hold and a submission instead.
//! Order of refusals (finnotech.md 1.4 and 3.6): duplicate, source, grant's limits, window. Then the order is written, and later checks fail it with
//! a code: prefix, card, approval, state, float card, client's limits, money. With [`ChargeRefusals::Codes`] the amount and the window are the first
//! of the checks that fail the order.

use std::sync::Arc;

use ledger::{AccountId, Rial, Step};

use super::totals::{count, keys_of, passed};
use crate::booking::{apply, hold_of, hold_steps, takes_credits};
use crate::transfer::{grant_limits, ref_code};
use crate::view::{Denial, Keys, View};
use crate::{
    AccountNumber, At, Bank, Card, CardKind, ChargeCode, Client, Command, Deposit, DepositKey, Digest, FirstAnswer,
    Grant, Job, Measured, NotAccepted, Now, Order, OrderId, OrderKey, OrderState, Route, Service, SubmissionTerms,
    Submitted, Text,
};

/// A card as a request names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedCard {
    /// Keyed hash of the card's number.
    pub number: Digest,
    /// The last four digits of the number.
    pub last_four: Text,
    /// Whether the number begins like those of bon cards.
    pub has_bon_prefix: bool,
}

/// How a charge is refused for its amount, its hour or its trackId (second-edition.md 2.7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ChargeRefusals {
    /// The gateway refuses the request; no order is written.
    #[default]
    Gateway,
    /// The bank refuses with a code; the order is written as failed.
    Codes,
}

/// A request to charge a card, with well-shaped fields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChargeCard {
    /// The client and its trackId.
    pub key: OrderKey,
    /// The grant of the request.
    pub grant: Arc<Grant>,
    /// The source deposit, if the path has a well-shaped number.
    pub source: Option<AccountNumber>,
    /// The amount; more than zero, or zero if [`ChargeCard::amount_refused`] refuses what was sent.
    pub amount: Rial,
    /// The bank's refusal of the amount; only with [`ChargeRefusals::Codes`].
    pub amount_refused: Option<ChargeCode>,
    /// How a charge outside of the hours is refused.
    pub refusals: ChargeRefusals,
    /// The card to charge.
    pub card: NamedCard,
    /// The terms of its submission to a network; `None`: the order clears in this house.
    pub submission: Option<SubmissionTerms>,
    /// Hash of the request's folded fields.
    pub request_hash: [u8; 16],
}

impl ChargeCard {
    fn source_key(&self) -> Option<DepositKey> {
        Some(self.source.as_ref()?.key(self.grant.bank?))
    }
}

impl Command for ChargeCard {
    type Done = Submitted;
    type Refusal = NotAccepted;
    const NAME: &'static str = "ChargeCard";

    fn keys(&self, At { now, .. }: At<'_>, keys: &mut Keys) {
        keys.orders.push(self.key.clone());
        keys.clients.push(self.key.client.clone());
        keys.deposits.extend(self.source_key());
        keys.cards.push(self.card.number);
        keys.grant_months.extend(grant_limits::month(&self.grant, now));
    }

    fn more_keys(&self, view: &View, At { now, .. }: At<'_>, keys: &mut Keys) {
        let source = self.source_key().and_then(|key| view.deposits.get(&key)).map(|deposit| deposit.id);
        let card = view.cards.get(&self.card.number).map(|card| card.id);
        let float = view.clients.get(&self.key.client).and_then(|client| client.float);
        keys.accounts.extend([source, card, float].into_iter().flatten());
        if let (Some(source), Some(card)) = (source, card) {
            keys.charge_totals.extend(keys_of(&self.key.client, card, source, now));
        }
    }

    fn decide(&self, view: &mut View, At { now, rules, .. }: At<'_>) -> Result<Submitted, Denial<NotAccepted>> {
        if let Some(order) = view.orders.get(&self.key) {
            return Ok(Submitted::Duplicate(Arc::clone(order)));
        }
        let source = self.check_source(view).ok_or(NotAccepted::SourceNotUsable)?;
        grant_limits::check(&self.grant, self.amount, view, now)?;
        let is_closed = rules.charge_is_closed(source.key.bank, now);
        if is_closed && self.refusals == ChargeRefusals::Gateway {
            return Err(NotAccepted::ServiceClosed.into());
        }
        // Step 18: the order is written and the trackId is used.
        let id = OrderId(view.ids.take());
        let card = view.cards.get(&self.card.number).map(Arc::clone);
        let mut order = Order {
            id,
            key: self.key.clone(),
            grant: self.grant.id,
            user: Some(Text::from(self.grant.user.as_str())),
            service: Service::ChargeCard,
            route: Route::Card,
            first: FirstAnswer::Done,
            state: OrderState::Refused,
            bank: source.key.bank,
            source: source.id,
            source_number: source.number.clone(),
            source_first_name: source.first_name.clone(),
            source_last_name: source.last_name.clone(),
            destination: card.as_ref().map(|card| card.id),
            through: None,
            destination_number: Text::clone(&self.card.last_four),
            destination_first_name: Text::from(""),
            destination_last_name: Text::from(""),
            amount: self.amount,
            fee: Rial::ZERO,
            cycle: None,
            left_out_of: None,
            description: Text::from(""),
            payment_number: Text::from(""),
            at_ms: now.at_ms,
            inquiry_sequence: 0,
            ref_code: ref_code(now, id.0),
            request_hash: self.request_hash,
        };
        let refused = self.amount_refused.or(is_closed.then_some(ChargeCode::OUT_OF_HOURS));
        let accepted = match refused {
            None => self.accept(&mut order, card.as_deref(), view, now),
            Some(code) => Err(code),
        };
        match accepted {
            Ok(_) => grant_limits::count(&self.grant, view, now),
            Err(code) => order = Order { first: FirstAnswer::Charge(code), ..order },
        }
        let order = Arc::new(order);
        view.orders.put(self.key.clone(), Arc::clone(&order));
        Ok(match accepted {
            Ok(Some(job)) => Submitted::ToNetwork(order, job),
            Ok(None) | Err(_) => Submitted::Ordered(order),
        })
    }

    fn measure(&self, result: &Result<Submitted, NotAccepted>) -> Option<Measured> {
        Submitted::measure(result)
    }
}

impl ChargeCard {
    /// Step 12: the deposit is in the grant, approved for the client, open for debits, and at bank 062.
    fn check_source(&self, view: &View) -> Option<Arc<Deposit>> {
        let source = view.deposits.get(&self.source_key()?)?;
        let granted = self.grant.deposits.contains(&source.id) && source.is_approved_for(&self.key.client);
        let open = view.books.account(source.id).is_some_and(|account| account.status.takes_debits());
        (granted && open && source.key.bank == Bank::AYANDEH).then(|| Arc::clone(source))
    }

    /// Steps a to h of finnotech.md 3.6. Returns the job of the submission, if the order is submitted to a network.
    fn accept(
        &self,
        order: &mut Order,
        card: Option<&Card>,
        view: &mut View,
        now: &Now,
    ) -> Result<Option<Job>, ChargeCode> {
        if !self.card.has_bon_prefix {
            return Err(ChargeCode::NOT_A_BON_CARD);
        }
        let card = card.filter(|card| card.kind == CardKind::Bon).ok_or(ChargeCode::UNKNOWN_CARD)?;
        if !card.is_approved_for(&order.key.client) {
            return Err(ChargeCode::NOT_APPROVED);
        }
        if !card.active || !takes_credits(view, card.id) {
            return Err(ChargeCode::INACTIVE_CARD);
        }
        let client = view.clients.get(&order.key.client).map(Arc::clone);
        let (float, limits) = float_of(client.as_deref(), view).ok_or(ChargeCode::NO_FLOAT_CARD)?;
        let totals = keys_of(&order.key.client, card.id, order.source, now);
        if let Some(code) = passed(view, &totals, &limits, order.amount) {
            return Err(code);
        }
        if view.books.account(order.source).is_none_or(|account| account.available() < order.amount) {
            return Err(ChargeCode::INSUFFICIENT);
        }
        order.through = Some(float);
        // A refusal of the ledger here, such as an overflow, has no code of its own: the charge is not done.
        let failed = |_| ChargeCode::NOT_DONE;
        let job = match SubmissionTerms::of_route(self.submission.as_ref(), Route::Card) {
            Some(terms) => {
                let steps = hold_steps(order.source, float, order.amount, Rial::ZERO);
                let hold = hold_of(&apply(view, &steps, now, order.id).map_err(failed)?, Rial::ZERO);
                (order.first, order.state) =
                    (FirstAnswer::Charge(ChargeCode::STATUS_UNKNOWN), OrderState::Unknown(hold));
                Some(terms.write(order.id, view, now))
            }
            None => {
                let legs = [
                    Step::Post { debit: order.source, credit: float, amount: order.amount },
                    Step::Post { debit: float, credit: card.id, amount: order.amount },
                ];
                order.state = OrderState::Booked(apply(view, &legs, now, order.id).map_err(failed)?[0]);
                None
            }
        };
        count(view, totals, order.amount);
        Ok(job)
    }
}

/// The client's float card, if it has one that takes credits, and the client's limits.
fn float_of(client: Option<&Client>, view: &View) -> Option<(AccountId, crate::ChargeLimits)> {
    let client = client?;
    let float = client.float.filter(|float| takes_credits(view, *float))?;
    Some((float, client.charge_limits))
}
