//! Asking payment networks, outside of any transaction: submitting orders, and inquiring what became of them.
//!
//! Shape: a claimed job → a call of the port → [`ReportSubmission`]. An order is submitted by the first claim of its job only. Whoever claims that
//! job later does not know whether the first one got through, and inquires (invariants 5 and 6).
//! Limits: [`CALLS`] calls at a time, each [`CALL_TIMEOUT`]; a caller waits [`FIRST_ANSWER_TIMEOUT`] for the answer to its submission.
//! Absent: what a response means, which the report decides.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use payments::{
    Job, JobKind, JobTaken, NetworkCall, NetworkRequest, NetworkResponse, NetworkTerms, Order, OrderCaller, OrderId,
    PaymentNetwork, ReportSubmission, Submission, SubmissionReported, SubmissionTerms, TransferIntent, Unanswered,
};
use store::Reader;
use tokio::sync::{Notify, Semaphore, mpsc, oneshot};
use tracing::{error, warn};

use crate::clock::Clock;
use crate::error::Error;
use crate::jobs::{LEASE, log_end};
use crate::queue;
use crate::under_way::UnderWay;

/// Calls to networks at a time: what a network takes from one client.
const CALLS: usize = 64;
/// How long a call may take; well below a claim's length, so that no other process takes over meanwhile.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the caller of an order waits for the answer to its submission before it is answered PENDING: shorter than clients' own time limits.
const FIRST_ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause before a report, or a read, that could not be done is tried again.
const BACKOFF: Duration = Duration::from_millis(200);
/// How long a stop waits for calls that are under way: as long as a call may take.
const SHUTDOWN_TIMEOUT: Duration = CALL_TIMEOUT;

/// See the module.
#[derive(Debug)]
pub(crate) struct Networks {
    network: Arc<dyn PaymentNetwork>,
    clock: Clock,
    queue: mpsc::WeakSender<queue::Job>,
    reader: Reader,
    calls: Semaphore,
    /// Callers that wait for the first answer to their orders.
    waiting: Mutex<HashMap<OrderId, oneshot::Sender<Arc<Order>>>>,
    under_way: UnderWay,
    /// Told when a job has been reported.
    reported: Arc<Notify>,
}

/// A claimed job, and what it is about.
struct Claimed {
    job: Job,
    request: NetworkRequest,
}

impl Networks {
    pub(crate) fn new(
        network: Arc<dyn PaymentNetwork>,
        clock: Clock,
        queue: mpsc::WeakSender<queue::Job>,
        reader: Reader,
        reported: Arc<Notify>,
    ) -> Arc<Self> {
        let (calls, waiting, under_way) = (Semaphore::new(CALLS), Mutex::default(), UnderWay::default());
        Arc::new(Self { network, clock, queue, reader, calls, waiting, under_way, reported })
    }

    /// How an order would be submitted by this process; `None`: it clears in this house.
    pub(crate) fn terms(&self, intent: &TransferIntent<'_>) -> Option<SubmissionTerms> {
        self.network.terms(intent).map(|network| self.leased(network))
    }

    /// These terms, with the claim of this process.
    pub(crate) fn leased(&self, network: NetworkTerms) -> SubmissionTerms {
        let lease_ms = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
        SubmissionTerms { network, leased_until_ms: self.clock.system_ms().saturating_add(lease_ms) }
    }

    /// Submits an order that was just written with this job. Returns the order when its first answer is known, or as it was written.
    pub(crate) async fn submit(self: &Arc<Self>, order: Arc<Order>, job: Job) -> Arc<Order> {
        let (reply, mut answer) = oneshot::channel();
        self.waiting.lock().insert(order.id, reply);
        self.run(job);
        match tokio::time::timeout(FIRST_ANSWER_TIMEOUT, &mut answer).await {
            Ok(answered) => answered.unwrap_or(order),
            // Whoever takes the sender has the order's first answer in hand.
            Err(_) if self.waiting.lock().remove(&order.id).is_some() => order,
            Err(_) => answer.await.unwrap_or(order),
        }
    }

    /// Does what a claimed job asks for.
    pub(crate) fn run(self: &Arc<Self>, job: Job) {
        let (networks, piece) = (Arc::clone(self), self.under_way.begin());
        tokio::spawn(async move {
            if let Some(claimed) = networks.claimed(job).await {
                networks.ask(claimed).await;
            }
            drop(piece);
            networks.reported.notify_one();
        });
    }

    /// Whether a claimed job is not reported yet.
    pub(crate) fn is_busy(&self) -> bool {
        self.under_way.is_any()
    }

    /// Returns when calls that are under way have been reported, should they not take too long.
    pub(crate) async fn finished(&self) {
        self.under_way.finished_within(SHUTDOWN_TIMEOUT).await;
    }

    /// Whether a call can be made and reported before another process may claim the job.
    fn has_time(&self, job: &Job) -> bool {
        let left_ms = job.leased_until_ms.saturating_sub(self.clock.system_ms());
        u128::try_from(left_ms).is_ok_and(|left| left > CALL_TIMEOUT.as_millis())
    }

    /// Reads what a claimed job is about. `None`: its claim is left to run out.
    async fn claimed(&self, job: Job) -> Option<Claimed> {
        let (JobKind::SubmitOrder(id) | JobKind::InquireOrder(id)) = job.kind else { return None };
        while self.has_time(&job) {
            match self.read(id).await {
                Ok(Some((order, submission))) => {
                    let now_ms = self.clock.now_ms();
                    let request = NetworkRequest { order: Arc::new(order), submission: Arc::new(submission), now_ms };
                    return Some(Claimed { job, request });
                }
                Ok(None) => {
                    error!(order = id.0, "an order or its submission is missing");
                    return None;
                }
                Err(error) => {
                    warn!(%error, order = id.0, "an order could not be read for its network");
                    tokio::time::sleep(BACKOFF).await;
                }
            }
        }
        None
    }

    async fn read(&self, id: OrderId) -> Result<Option<(Order, Submission)>, store::Error> {
        let (order, submission) = (self.reader.order_numbered(id).await?, self.reader.submission(id).await?);
        Ok(order.zip(submission))
    }

    /// Calls the network and reports what it said.
    async fn ask(self: &Arc<Self>, Claimed { job, request }: Claimed) {
        let is_first = matches!(job.kind, JobKind::SubmitOrder(_)) && job.fence == 1;
        let (order, reference) = (request.order.id, request.submission.reference.to_string());
        let (call, response) = if is_first && !request.order.state.is_undecided() {
            // An operator was quicker: the network is not asked at all.
            (NetworkCall::Inquire, NetworkResponse::Unknown(Unanswered::NoAnswer))
        } else {
            let call = if is_first { NetworkCall::Submit } else { NetworkCall::Inquire };
            let inquiries = request.submission.inquiries;
            let Some(response) = self.call(&job, call, request).await else { return };
            let asked = inquiries + i64::from(call == NetworkCall::Inquire);
            return self.report_on(job, order, call, response, self.network.ask_again_ms(&reference, asked)).await;
        };
        self.report_on(job, order, call, response, None).await;
    }

    /// `None`: there was no room for the call while the claim held.
    async fn call(self: &Arc<Self>, job: &Job, call: NetworkCall, request: NetworkRequest) -> Option<NetworkResponse> {
        let permit = tokio::time::timeout(CALL_TIMEOUT, self.calls.acquire()).await;
        if !matches!(permit, Ok(Ok(_))) || !self.has_time(job) {
            return None;
        }
        let order = request.order.id;
        let network = Arc::clone(&self.network);
        // In a task of its own: a panic in an implementation is no answer.
        let asked = tokio::spawn(async move {
            match call {
                NetworkCall::Submit => network.submit(&request).await,
                NetworkCall::Inquire => network.inquire(&request).await,
            }
        });
        let response = match tokio::time::timeout(CALL_TIMEOUT, asked).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                error!(%error, order = order.0, ?call, "a call to a network panicked: its outcome is unknown");
                NetworkResponse::Unknown(Unanswered::NoAnswer)
            }
            Err(_) => {
                warn!(order = order.0, ?call, "a network did not answer in time");
                NetworkResponse::Unknown(Unanswered::NoAnswer)
            }
        };
        let (call, outcome) = (call_name(call), outcome_name(&response));
        metrics::counter!("daric_network_calls_total", "call" => call, "outcome" => outcome).increment(1);
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
            _ => self.waiting.lock().remove(&order).filter(|reply| !reply.is_closed()),
        };
        let caller = if reply.is_some() { OrderCaller::Waits } else { OrderCaller::Answered };
        let not_found_final_ms = self.network.not_found_final_ms();
        let report = ReportSubmission { job, order, call, response, caller, ask_again_ms, not_found_final_ms };
        let Some(reported) = self.report(report).await else { return };
        log_end(&reported.end);
        if let (Some(reply), Some(order)) = (reply, reported.order) {
            // A caller that is gone finds its order by its trackId.
            drop(reply.send(order));
        }
    }

    /// `None`: it could not be reported, or another process has the job. Whoever claims it next inquires.
    async fn report(&self, report: ReportSubmission) -> Option<SubmissionReported> {
        loop {
            let queue = self.queue.upgrade()?;
            match queue::run(&queue, report.clone()).await {
                Ok(Ok(reported)) => return Some(reported),
                Ok(Err(JobTaken)) => {
                    warn!(order = report.order.0, "another process has claimed an order's submission");
                    return None;
                }
                Err(error) if error.is_passing() && !matches!(error, Error::Stopping) => {
                    drop(queue);
                    tokio::time::sleep(BACKOFF).await;
                }
                Err(error) => {
                    warn!(%error, order = report.order.0, "what a network said could not be noted");
                    return None;
                }
            }
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
