//! Asking networks, outside of any transaction: payment networks ([`orders`]) and the network of other banks' cards ([`cards`]).
//!
//! Limits are those of [`calls`]. Absent: what a response means, which the report of each kind decides.

mod calls;
mod cards;
mod orders;

use std::sync::Arc;

use payments::{
    AttemptTerms, CardAttempt, CardInMemory, CardNetwork, Job, JobKind, NetworkCard, NetworkTerms, Order,
    PaymentNetwork, SubmissionTerms, Text, TransferIntent,
};
use store::Reader;
use tokio::sync::{Notify, mpsc};

use crate::clock::Clock;
use crate::queue;
use calls::Calls;
use cards::Cards;
use orders::Orders;

/// See the module.
#[derive(Debug)]
pub(crate) struct Networks {
    orders: Arc<Orders>,
    cards: Arc<Cards>,
}

impl Networks {
    pub(crate) fn new(
        (network, cards): (Arc<dyn PaymentNetwork>, Arc<dyn CardNetwork>),
        clock: &Clock,
        queue: &mpsc::WeakSender<queue::WriterTask>,
        reader: &Reader,
        reported: &Arc<Notify>,
    ) -> Arc<Self> {
        let calls = || Calls::new(clock.clone(), queue.clone(), reader.clone(), Arc::clone(reported));
        Arc::new(Self { orders: Orders::new(network, calls()), cards: Cards::new(cards, calls()) })
    }

    /// How an order would be submitted by this process; `None`: it clears in this house.
    pub(crate) fn terms(&self, intent: &TransferIntent<'_>) -> Option<SubmissionTerms> {
        self.orders.terms(intent)
    }

    /// These terms, with the claim of this process.
    pub(crate) fn leased(&self, network: NetworkTerms) -> SubmissionTerms {
        self.orders.leased(network)
    }

    /// Submits an order that was just written with this job. Returns the order when its first answer is known, or as it was written.
    pub(crate) async fn submit(&self, order: Arc<Order>, job: Job) -> Arc<Order> {
        self.orders.submit(order, job).await
    }

    /// The network of other banks' cards.
    pub(crate) fn card_network(&self) -> &Arc<dyn CardNetwork> {
        &self.cards.network
    }

    /// How a payment by a card of another bank would be known to its network, with the claim of this process.
    pub(crate) fn attempt_terms(&self, reference: Text) -> AttemptTerms {
        self.cards.terms(reference)
    }

    /// What the network says of a card whose payer asks for a password; without an answer its bank cannot be reached.
    pub(crate) async fn request_otp(&self, number: &str) -> Option<NetworkCard> {
        self.cards.request_otp(number).await
    }

    /// Asks for the money of a payment that was just written with this job. Returns the payment when the network has answered, or as it was written.
    pub(crate) async fn authorize(&self, attempt: Arc<CardAttempt>, job: Job, card: CardInMemory) -> Arc<CardAttempt> {
        self.cards.authorize(attempt, job, card).await
    }

    /// Does what a claimed job asks for, if it asks a network.
    pub(crate) fn run(&self, job: Job) {
        match job.kind {
            JobKind::SubmitOrder(order) | JobKind::InquireOrder(order) => self.orders.run(job, order),
            JobKind::CardAttempt(attempt) => self.cards.run(job, attempt, None),
            JobKind::ExpireHold(_)
            | JobKind::CloseCycle(_)
            | JobKind::SettleCycle(_)
            | JobKind::Send(_)
            | JobKind::Invoice(..)
            | JobKind::SettleCardReceivable(_) => {}
        }
    }

    /// Whether a claimed job is not reported yet.
    pub(crate) fn is_busy(&self) -> bool {
        self.orders.calls.is_busy() || self.cards.calls.is_busy()
    }

    /// Returns when calls that are under way have been reported, should they not take too long.
    pub(crate) async fn finished(&self) {
        tokio::join!(self.orders.calls.finished(), self.cards.calls.finished());
    }
}
