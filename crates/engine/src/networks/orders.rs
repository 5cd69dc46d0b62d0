//! Submitting orders to payment networks, and inquiring what became of them.
//!
//! Shape: a claimed job → a call of the port → [`ReportSubmission`]. An order is submitted by the first claim of its job only. A process that claims that
//! job later does not know whether the first one got through, and inquires (invariants 5 and 6).

use std::sync::Arc;

use payments::{
    Inquired, Job, JobKind, NetworkCall, NetworkRequest, NetworkResponse, NetworkTerms, Order, OrderCaller, OrderId,
    PaymentNetwork, ReportSubmission, SubmissionTerms, TransferIntent, Unanswered,
};

use super::calls::{Callers, Calls, Subject, count};
use crate::claimed::log_end;

/// See the module.
#[derive(Debug)]
pub(super) struct Orders {
    network: Arc<dyn PaymentNetwork>,
    pub(super) calls: Arc<Calls>,
    callers: Callers<OrderId, Arc<Order>>,
}

fn about(order: OrderId) -> Subject {
    Subject { kind: "order", id: order.0 }
}

impl Orders {
    pub(super) fn new(network: Arc<dyn PaymentNetwork>, calls: Arc<Calls>) -> Arc<Self> {
        Arc::new(Self { network, calls, callers: Callers::default() })
    }

    pub(super) fn terms(&self, intent: &TransferIntent<'_>) -> Option<SubmissionTerms> {
        self.network.terms(intent).map(|network| self.leased(network))
    }

    pub(super) fn leased(&self, network: NetworkTerms) -> SubmissionTerms {
        SubmissionTerms { network, leased_until_ms: self.calls.leased_until_ms() }
    }

    pub(super) async fn submit(self: &Arc<Self>, order: Arc<Order>, job: Job) -> Arc<Order> {
        let id = order.id;
        self.callers.answered(id, order, || self.run(job, id)).await
    }

    /// Does what a claimed job asks for.
    pub(super) fn run(self: &Arc<Self>, job: Job, id: OrderId) {
        let orders = Arc::clone(self);
        self.calls.spawn(async move {
            let read = orders.calls.read(&job, about(id), |reader| async move {
                let (order, submission) = (reader.order_numbered(id).await?, reader.submission(id).await?);
                Ok(order.zip(submission))
            });
            if let Some((order, submission)) = read.await {
                let now_ms = orders.calls.now_ms();
                let request = NetworkRequest { order: Arc::new(order), submission: Arc::new(submission), now_ms };
                orders.ask(job, request).await;
            }
        });
    }

    /// Calls the network and reports what it said.
    async fn ask(&self, job: Job, request: NetworkRequest) {
        let is_first = matches!(job.kind, JobKind::SubmitOrder(_)) && job.fence == 1;
        let (order, reference) = (request.order.id, request.submission.reference.to_string());
        let (call, response) = if is_first && !request.order.state.is_undecided() {
            // An operator was quicker: the network is not asked at all.
            (NetworkCall::Inquire, NetworkResponse::Unknown(Unanswered::NoAnswer))
        } else {
            let call = if is_first { NetworkCall::Submit } else { NetworkCall::Inquire };
            let (inquiries, passed_ms) = (request.submission.inquiries, request.now_ms - request.submission.at_ms);
            let Some(response) = self.call(&job, call, request).await else { return };
            let inquired = Inquired { times: inquiries + i64::from(call == NetworkCall::Inquire), passed_ms };
            let ask_again_ms = self.network.ask_again_ms(&reference, inquired);
            return self.report_on(job, order, call, response, ask_again_ms).await;
        };
        self.report_on(job, order, call, response, None).await;
    }

    async fn call(&self, job: &Job, call: NetworkCall, request: NetworkRequest) -> Option<NetworkResponse> {
        let (network, about) = (Arc::clone(&self.network), about(request.order.id));
        let asked = async move {
            match call {
                NetworkCall::Submit => network.submit(&request).await,
                NetworkCall::Inquire => network.inquire(&request).await,
            }
        };
        let unknown = NetworkResponse::Unknown(Unanswered::NoAnswer);
        let response = self.calls.call(job, about, asked, unknown).await?;
        count(call_name(call), outcome_name(&response));
        Some(response)
    }

    async fn report_on(
        &self,
        job: Job,
        order: OrderId,
        call: NetworkCall,
        response: NetworkResponse,
        ask_again_ms: Option<i64>,
    ) {
        // What was certainly not sent is submitted again in a moment: its caller waits on.
        let reply = match response {
            NetworkResponse::NotSent => None,
            _ => self.callers.take(&order),
        };
        let caller = if reply.is_some() { OrderCaller::Waits } else { OrderCaller::Answered };
        let not_found_final_ms = self.network.not_found_final_ms();
        let report = ReportSubmission { job, order, call, response, caller, ask_again_ms, not_found_final_ms };
        let Some(reported) = self.calls.report(about(order), report).await else { return };
        log_end(&reported.end);
        if let (Some(reply), Some(order)) = (reply, reported.order) {
            // A caller that is gone finds its order by its trackId.
            drop(reply.send(order));
        }
    }
}

fn call_name(call: NetworkCall) -> &'static str {
    match call {
        NetworkCall::Submit => "submit",
        NetworkCall::Inquire => "inquire",
    }
}

fn outcome_name(response: &NetworkResponse) -> &'static str {
    match response {
        NetworkResponse::NotSent => "not_sent",
        NetworkResponse::Refused(_) => "refused",
        NetworkResponse::Accepted => "accepted",
        NetworkResponse::Done(_) => "done",
        NetworkResponse::Unknown(_) => "unknown",
    }
}
