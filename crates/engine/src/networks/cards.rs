//! Asking the network of other banks' cards: for a password, for the money of a payment, and what became of one.
//!
//! Shape: a claimed job → a call of the port → [`ReportAuthorization`]. The card's data come with the payment that a page has just written, and go with
//! the task that authorizes it: they are in no row. A process that claims the job later has none, and inquires (invariants 5, 6 and 10).

use std::sync::Arc;

use payments::{
    AttemptTerms, CardAttempt, CardAttemptId, CardInMemory, CardNetwork, CardNetworkRequest, CardNetworkResponse,
    Declined, Inquired, Job, NetworkCall, NetworkCard, ReportAuthorization, Text,
};

use super::calls::{Callers, Calls, Subject, count};
use crate::claimed::log_end;

/// See the module.
#[derive(Debug)]
pub(super) struct Cards {
    pub(super) network: Arc<dyn CardNetwork>,
    pub(super) calls: Arc<Calls>,
    callers: Callers<CardAttemptId, Arc<CardAttempt>>,
}

/// What to do about a payment.
enum Ask {
    Authorize(CardInMemory),
    Inquire,
    /// An operator was quicker: the network is not asked at all.
    Nothing,
}

fn about(attempt: CardAttemptId) -> Subject {
    Subject { kind: "card payment", id: attempt.0 }
}

impl Cards {
    pub(super) fn new(network: Arc<dyn CardNetwork>, calls: Arc<Calls>) -> Arc<Self> {
        Arc::new(Self { network, calls, callers: Callers::default() })
    }

    pub(super) fn terms(&self, reference: Text) -> AttemptTerms {
        AttemptTerms { reference, leased_until_ms: self.calls.leased_until_ms() }
    }

    pub(super) async fn request_otp(&self, number: &str) -> Option<NetworkCard> {
        let (network, number) = (Arc::clone(&self.network), zeroize::Zeroizing::new(number.to_owned()));
        let asked = async move { network.request_otp(&number).await };
        let about = Subject { kind: "card password", id: 0 };
        let unanswered = || Some(NetworkCard { mobile: Text::from(""), declined: Some(Declined::IssuerDown) });
        self.calls.call_without_job(about, asked).await.unwrap_or_else(unanswered)
    }

    pub(super) async fn authorize(
        self: &Arc<Self>,
        attempt: Arc<CardAttempt>,
        job: Job,
        card: CardInMemory,
    ) -> Arc<CardAttempt> {
        let id = attempt.id;
        self.callers.answered(id, attempt, || self.run(job, id, Some(card))).await
    }

    /// Does what a claimed job asks for, with the card's data, if this process has them.
    pub(super) fn run(self: &Arc<Self>, job: Job, id: CardAttemptId, card: Option<CardInMemory>) {
        let cards = Arc::clone(self);
        self.calls.spawn(async move {
            let read = cards.calls.read(&job, about(id), |reader| async move { reader.card_attempt(id).await });
            if let Some(attempt) = read.await {
                let request = CardNetworkRequest { attempt: Arc::new(attempt), now_ms: cards.calls.now_ms() };
                cards.ask(job, request, card).await;
            }
        });
    }

    /// Calls the network and reports what it said.
    async fn ask(&self, job: Job, request: CardNetworkRequest, card: Option<CardInMemory>) {
        let attempt = Arc::clone(&request.attempt);
        let passed_ms = request.now_ms - attempt.asked_at_ms;
        let ask = match card.filter(|_| job.fence == 1) {
            Some(_) if !attempt.state.is_undecided() => Ask::Nothing,
            Some(card) => Ask::Authorize(card),
            None => Ask::Inquire,
        };
        let call = match &ask {
            Ask::Authorize(_) => NetworkCall::Submit,
            Ask::Inquire | Ask::Nothing => NetworkCall::Inquire,
        };
        let Some(response) = self.call(&job, ask, request).await else { return };
        let times = attempt.inquiries + i64::from(call == NetworkCall::Inquire);
        let report = ReportAuthorization {
            job,
            attempt: attempt.id,
            call,
            response,
            ask_again_ms: self.network.ask_again_ms(&attempt.reference, Inquired { times, passed_ms }),
            not_found_final_ms: self.network.not_found_final_ms(),
        };
        let Some(reported) = self.calls.report(about(attempt.id), report).await else { return };
        log_end(&reported.end);
        if let (Some(reply), Some(attempt)) = (self.callers.take(&attempt.id), reported.attempt) {
            // A payer that is gone finds out by the session.
            drop(reply.send(attempt));
        }
    }

    async fn call(&self, job: &Job, ask: Ask, request: CardNetworkRequest) -> Option<CardNetworkResponse> {
        let (network, about) = (Arc::clone(&self.network), about(request.attempt.id));
        let name = match &ask {
            Ask::Authorize(_) => "authorize",
            Ask::Inquire => "inquire_card",
            Ask::Nothing => return Some(CardNetworkResponse::Unknown),
        };
        let asked = async move {
            match ask {
                Ask::Authorize(card) => network.authorize(&card, &request).await,
                Ask::Inquire => network.inquire(&request).await,
                Ask::Nothing => CardNetworkResponse::Unknown,
            }
        };
        let response = self.calls.call(job, about, asked, CardNetworkResponse::Unknown).await?;
        count(name, outcome_name(&response));
        Some(response)
    }
}

fn outcome_name(response: &CardNetworkResponse) -> &'static str {
    match response {
        CardNetworkResponse::NotSent => "not_sent",
        CardNetworkResponse::Declined(_) => "declined",
        CardNetworkResponse::Approved(_) => "approved",
        CardNetworkResponse::Unknown => "unknown",
    }
}
