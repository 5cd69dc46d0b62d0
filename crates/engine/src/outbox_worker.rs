//! The outbox worker: sends messages to SMS providers and businesses, and records the results.
//!
//! A message with a text is sent by the process that has claimed its job, while the claim lasts. A message that carries a code is sent by the
//! process that made the code, from its memory, with retries while the code is valid. Results of attempts are recorded in batches, by the
//! writer. If a process dies between sending and recording, a message with a text is sent once more, and a code's message stays queued for ever.
//! Limits: the slots of [`crate::slots`], [`NOTES`] attempts in one command, [`TIMEOUT`] for one attempt.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use parking_lot::Mutex;
use payments::{
    Callback, CallbackAttempt, CallbackSender, Called, Channel, Delivery, Digest, Job, MAX_SEND_TRIES, Message,
    MessageId, MessageState, NotSent, Provenance, RecordDeliveries, SmsMessage, SmsSender, Text,
};
use store::Reader;
use tokio::sync::{mpsc, oneshot};
use tracing::warn;
use url::Url;

use crate::clock::Clock;
use crate::error::Error;
use crate::queue;
use crate::slots::{NoSlot, Slot, Slots};
use crate::under_way::UnderWay;

/// How many attempts are recorded in one command.
const NOTES: usize = 256;
/// How many results can wait to be recorded; beyond that, senders wait.
const WAITING: usize = 8_192;
/// Time-out of one attempt; well below the length of a claim, so that no other process claims the job meanwhile.
const TIMEOUT: Duration = Duration::from_secs(11);
/// How long a shutdown waits for attempts in flight.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);
/// First and longest back-off between two attempts to send a code.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(16));
/// Back-off before results that could not be recorded are tried again.
const NOTE_BACKOFF: Duration = Duration::from_millis(500);

enum Note {
    Delivery(Delivery),
    /// Replied to when all results before it are recorded.
    Written(oneshot::Sender<()>),
}

/// A message that carries a one-time code.
#[derive(Clone, Debug)]
pub struct CodeMessage {
    /// The message to send.
    pub message: SmsMessage,
    /// The purpose of the code. A newer code for the same subject replaces this one, and this one is not retried.
    pub subject: Digest,
    /// When the code expires, by the service's clock, in Unix milliseconds.
    pub ends_at_ms: i64,
}

/// What became of one try of a claimed message.
struct Tried {
    result: Result<(), NotSent>,
    /// The try, of a callback.
    attempt: Option<CallbackAttempt>,
}

impl Tried {
    /// A message that was not tried.
    fn gone() -> Self {
        Self { result: Err(NotSent::Never("there is nothing to send".to_owned())), attempt: None }
    }
}

/// The outbox worker; see the module.
#[derive(Debug)]
pub(crate) struct OutboxWorker {
    sender: Arc<dyn SmsSender>,
    callbacks: Arc<dyn CallbackSender>,
    clock: Clock,
    slots: Slots,
    notes: mpsc::Sender<Note>,
    /// The newest unsent message for each subject of a code.
    newest: Mutex<HashMap<Digest, MessageId>>,
    /// Attempts in flight.
    trying: UnderWay,
}

impl OutboxWorker {
    pub(crate) fn start(
        (sender, callbacks): (Arc<dyn SmsSender>, Arc<dyn CallbackSender>),
        clock: Clock,
        queue: mpsc::WeakSender<queue::WriterTask>,
    ) -> Arc<Self> {
        let (notes, written) = mpsc::channel(WAITING);
        tokio::spawn(write(written, queue));
        let (newest, trying) = (Mutex::default(), UnderWay::default());
        Arc::new(Self { sender, callbacks, clock, slots: Slots::default(), notes, newest, trying })
    }

    /// Starts to send a message that carries a code. Returns without waiting for the provider; further attempts run in a task while the code is
    /// valid.
    pub(crate) async fn send_code(self: &Arc<Self>, code: CodeMessage) {
        let worker = Arc::clone(self);
        self.newest.lock().insert(code.subject, code.message.id);
        let mut sending = Box::pin(async move {
            let tried = worker.try_code(&code).await;
            worker.forget(&code);
            worker.note(tried).await;
        });
        let first = poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await;
        if first.is_pending() {
            tokio::spawn(sending);
        }
    }

    fn forget(&self, code: &CodeMessage) {
        let mut newest = self.newest.lock();
        if newest.get(&code.subject) == Some(&code.message.id) {
            newest.remove(&code.subject);
        }
    }

    async fn try_code(&self, code: &CodeMessage) -> Delivery {
        let id = code.message.id;
        let (mut backoff, mut tries) = (BACKOFF.0, 0);
        loop {
            tries += 1;
            let result = self.send(code.message.clone()).await;
            if !matches!(result, Err(NotSent::Later(_))) || tries == MAX_SEND_TRIES {
                return Delivery { id, job: None, tries, result, attempt: None };
            }
            tokio::time::sleep(backoff).await;
            backoff = (backoff * 2).min(BACKOFF.1);
            if self.clock.now_ms() >= code.ends_at_ms || self.newest.lock().get(&code.subject) != Some(&id) {
                return Delivery { id, job: None, tries, result, attempt: None };
            }
        }
    }

    /// Sends the message of a claimed job in a task of its own, and records the result.
    pub(crate) fn run(self: &Arc<Self>, job: Job, message: MessageId, reader: Reader) {
        let worker = Arc::clone(self);
        tokio::spawn(async move {
            if let Some(Tried { result, attempt }) = worker.try_claimed(job, message, &reader).await {
                worker.note(Delivery { id: message, job: Some(job), tries: 1, result, attempt }).await;
            }
        });
    }

    /// Tries to send the message of a claimed job; `None`: nothing was sent, and the job is claimed again when its claim expires.
    async fn try_claimed(&self, job: Job, id: MessageId, reader: &Reader) -> Option<Tried> {
        let found = match reader.message(id).await {
            Ok(found) => found.filter(|message| message.state == MessageState::Queued),
            Err(error) => {
                warn!(%error, message = id.0, "a message could not be read");
                return None;
            }
        };
        let Some(message) = found else { return Some(Tried::gone()) };
        let Some(text) = message.text.clone() else { return Some(Tried::gone()) };
        let slot = match self.slot(&message).await {
            Ok(slot) => slot,
            // The claim expires, and the job is claimed again.
            Err(NoSlot::Full) => return None,
            Err(NoSlot::LeftAlone) => {
                metrics::counter!("daric_callbacks_total", "outcome" => "left_alone").increment(1);
                let why = "the host did not answer lately, and gets no calls for a moment";
                let called = Called::unanswered(NotSent::Later(why.to_owned()));
                return Some(self.attempted(called, self.clock.now_ms(), self.clock.count_ms()));
            }
        };
        let left_ms = job.leased_until_ms.saturating_sub(self.clock.system_ms());
        let enough = u128::try_from(left_ms).is_ok_and(|left| left > TIMEOUT.as_millis());
        if !enough {
            return None;
        }
        let tried = self.try_message(message, text, reader).await;
        if let Some(tried) = &tried {
            slot.release(tried.result.is_ok());
        }
        tried
    }

    async fn slot(&self, message: &Message) -> Result<Slot, NoSlot> {
        match message.channel {
            Channel::Sms => self.slots.sms().await,
            Channel::Call(business, provenance) => {
                let host = Url::parse(&message.to).ok().and_then(|url| {
                    let host = url.host_str()?;
                    Some(format!("{host}:{}", url.port_or_known_default().unwrap_or_default()))
                });
                self.slots.call(business, &host.unwrap_or_default(), provenance).await
            }
        }
    }

    async fn try_message(&self, message: Message, text: Text, reader: &Reader) -> Option<Tried> {
        let id = message.id;
        match message.channel {
            Channel::Sms => {
                let result = self.send(SmsMessage { id, to: message.to, text, code: None }).await;
                Some(Tried { result, attempt: None })
            }
            Channel::Call(business, provenance) => {
                let party = match reader.party(business).await {
                    Ok(party) => party,
                    Err(error) => {
                        warn!(%error, message = id.0, "a business could not be read");
                        return None;
                    }
                };
                let Some(party) = party else { return Some(Tried::gone()) };
                let secrets = match (provenance, party.business()) {
                    (Provenance::Business, Some(business)) => business.webhook_secrets(self.clock.now_ms()),
                    (Provenance::Business, None) | (Provenance::Other, _) => Vec::new(),
                };
                Some(self.call(Callback { id, address: message.to, business: party.name, secrets }).await)
            }
        }
    }

    async fn call(&self, callback: Callback) -> Tried {
        let (id, at_ms, began_ms) = (callback.id, self.clock.now_ms(), self.clock.count_ms());
        let called = self.try_within(self.callbacks.call(callback)).await;
        let called = called.unwrap_or_else(Called::unanswered);
        count(&called.result, "daric_callbacks_total", id);
        self.attempted(called, at_ms, began_ms)
    }

    /// A try of a callback that began at an instant of the service's clock, and at a count of the monotonic one.
    fn attempted(&self, Called { result, status, answer }: Called, at_ms: i64, began_ms: i64) -> Tried {
        let error = result.as_ref().err().map(|error| Text::from(error.to_string()));
        let duration_ms = self.clock.count_ms().saturating_sub(began_ms);
        let attempt = Some(CallbackAttempt { at_ms, status, error, duration_ms, answer });
        Tried { result, attempt }
    }

    async fn send(&self, message: SmsMessage) -> Result<(), NotSent> {
        let id = message.id;
        let result = self.try_within(self.sender.send(message)).await.unwrap_or_else(Err);
        count(&result, "daric_sms_total", id);
        result
    }

    /// Waits for an attempt with a time-out.
    async fn try_within<T>(&self, trying: impl Future<Output = T>) -> Result<T, NotSent> {
        let _trying = self.trying.begin();
        let tried = tokio::time::timeout(TIMEOUT, trying).await;
        tried.map_err(|_| NotSent::Later("there was no answer in time".to_owned()))
    }

    async fn note(&self, tried: Delivery) {
        // The channel closes when the engine ends.
        let _ = self.notes.send(Note::Delivery(tried)).await;
    }

    /// Returns when attempts in flight have ended or [`SHUTDOWN_TIMEOUT`] is over, and all results so far are recorded.
    pub(crate) async fn written(&self) {
        self.trying.finished_within(SHUTDOWN_TIMEOUT).await;
        let (reply, written) = oneshot::channel();
        if self.notes.send(Note::Written(reply)).await.is_ok() {
            let _ = written.await;
        }
    }
}

/// Counts the result of an attempt.
fn count(result: &Result<(), NotSent>, counter: &'static str, id: MessageId) {
    let outcome = match result {
        Ok(()) => "sent",
        Err(NotSent::Later(_) | NotSent::Never(_)) => "failed",
        Err(NotSent::Postponed(_)) => "postponed",
    };
    metrics::counter!(counter, "outcome" => outcome).increment(1);
    if let Err(error @ (NotSent::Later(_) | NotSent::Never(_))) = result {
        warn!(message = id.0, %error, "a message was not sent");
    }
}

/// Records results until the engine ends.
async fn write(mut notes: mpsc::Receiver<Note>, queue: mpsc::WeakSender<queue::WriterTask>) {
    let mut gathered = Vec::new();
    while notes.recv_many(&mut gathered, NOTES).await > 0 {
        let (mut deliveries, mut waiting) = (Vec::new(), Vec::new());
        for note in gathered.drain(..) {
            match note {
                Note::Delivery(delivery) => deliveries.push(delivery),
                Note::Written(reply) => waiting.push(reply),
            }
        }
        while !deliveries.is_empty() {
            let Some(queue) = queue.upgrade() else { return };
            let command = RecordDeliveries { deliveries: deliveries.clone() };
            match queue::run(&queue, command).await {
                Ok(_) => break,
                Err(error) if error.is_passing() && !matches!(error, Error::Stopping) => {
                    drop(queue);
                    tokio::time::sleep(NOTE_BACKOFF).await;
                }
                Err(error) => {
                    warn!(%error, messages = deliveries.len(), "results of messages could not be recorded");
                    break;
                }
            }
        }
        for reply in waiting {
            let _ = reply.send(());
        }
    }
}
