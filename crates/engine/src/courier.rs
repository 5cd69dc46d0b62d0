//! Sending what shall leave the process, and noting what became of it.
//!
//! A message with a text is sent by whoever has claimed its job, while the claim lasts. A message that carries a code is sent by the
//! process that made the code, from its memory, again and again while the code lives. What became of tries is noted in bulk, by the
//! writer: a process that dies between sending and noting sends once more, or leaves a code's message queued for ever.
//! Limits: the places of [`crate::places`], [`NOTES`] noted in one command, [`PATIENCE`] for one try.

use std::collections::HashMap;
use std::future::{Future as _, poll_fn};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use parking_lot::Mutex;
use payments::{
    Callback, CallbackSender, Channel, Digest, Job, Message, MessageId, MessageState, NotSent, NoteTries, Provenance,
    SEND_TRIES, Sending, SmsMessage, SmsSender, Text, Tried,
};
use store::Reader;
use tokio::sync::{mpsc, oneshot};
use tracing::warn;
use url::Url;

use crate::clock::Clock;
use crate::error::Error;
use crate::places::{NoPlace, Place, Places};
use crate::queue;
use crate::under_way::UnderWay;

/// Tries noted in one command.
const NOTES: usize = 256;
/// Notes that wait: beyond that whoever sends waits, too.
const WAITING: usize = 8_192;
/// How long one try may take; well below a claim's length, so that nobody else takes over meanwhile.
const PATIENCE: Duration = Duration::from_secs(11);
/// How long a stop waits for tries that are under way.
const GRACE: Duration = Duration::from_secs(5);
/// First and longest pause between two tries to send a code.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(16));
/// Pause before notes that could not be written are tried again.
const NOTE_PAUSE: Duration = Duration::from_millis(500);

enum Note {
    Tried(Tried),
    /// Answered when all notes before it are written.
    Written(oneshot::Sender<()>),
}

/// A message that carries a code.
#[derive(Clone, Debug)]
pub struct CodeMessage {
    /// What is sent.
    pub message: SmsMessage,
    /// What the code is for: a newer code for the same takes the place of this one, and this one is not tried again.
    pub subject: Digest,
    /// When the code ends, by the service's clock, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Courier {
    sender: Arc<dyn SmsSender>,
    callbacks: Arc<dyn CallbackSender>,
    clock: Clock,
    places: Places,
    notes: mpsc::Sender<Note>,
    /// The newest message of each code that is not sent yet.
    newest: Mutex<HashMap<Digest, MessageId>>,
    /// Tries under way.
    trying: UnderWay,
}

impl Courier {
    pub(crate) fn start(
        (sender, callbacks): (Arc<dyn SmsSender>, Arc<dyn CallbackSender>),
        clock: Clock,
        queue: mpsc::WeakSender<queue::Job>,
    ) -> Arc<Self> {
        let (notes, written) = mpsc::channel(WAITING);
        tokio::spawn(write(written, queue));
        let (newest, trying) = (Mutex::default(), UnderWay::default());
        Arc::new(Self { sender, callbacks, clock, places: Places::default(), notes, newest, trying })
    }

    /// Sends a message that carries a code, while the code lives. Returns at once: when it was sent, or when sending takes longer.
    pub(crate) async fn send_code(self: &Arc<Self>, code: CodeMessage) {
        let courier = Arc::clone(self);
        self.newest.lock().insert(code.subject, code.message.id);
        let mut carried = Box::pin(async move {
            let tried = courier.try_code(&code).await;
            courier.forget(&code);
            courier.note(tried).await;
        });
        let first = poll_fn(|context| Poll::Ready(carried.as_mut().poll(context))).await;
        if first.is_pending() {
            tokio::spawn(carried);
        }
    }

    fn forget(&self, code: &CodeMessage) {
        let mut newest = self.newest.lock();
        if newest.get(&code.subject) == Some(&code.message.id) {
            newest.remove(&code.subject);
        }
    }

    async fn try_code(&self, code: &CodeMessage) -> Tried {
        let id = code.message.id;
        let (mut pause, mut tries) = (PAUSE.0, 0);
        loop {
            tries += 1;
            let result = self.send(code.message.clone()).await;
            if !matches!(result, Err(NotSent::Later(_))) || tries == SEND_TRIES {
                return Tried { id, job: None, tries, result };
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
            if self.clock.now_ms() >= code.ends_at_ms || self.newest.lock().get(&code.subject) != Some(&id) {
                return Tried { id, job: None, tries, result };
            }
        }
    }

    /// Sends the message of a claimed job.
    pub(crate) fn run(self: &Arc<Self>, job: Job, message: MessageId, reader: Reader) {
        let courier = Arc::clone(self);
        tokio::spawn(async move {
            if let Some(result) = courier.try_claimed(job, message, &reader).await {
                courier.note(Tried { id: message, job: Some(job), tries: 1, result }).await;
            }
        });
    }

    /// `None`: the claim is left to run out.
    async fn try_claimed(&self, job: Job, id: MessageId, reader: &Reader) -> Option<Result<(), NotSent>> {
        let found = match reader.message(id).await {
            Ok(found) => found.filter(|message| message.state == MessageState::Queued),
            Err(error) => {
                warn!(%error, message = id.0, "a message could not be read");
                return None;
            }
        };
        let Some(message) = found else { return Some(Err(gone())) };
        let Some(text) = message.text.clone() else { return Some(Err(gone())) };
        let place = match self.place(&message).await {
            Ok(place) => place,
            // Its claim runs out, and it is claimed again.
            Err(NoPlace::Full) => return None,
            Err(NoPlace::LeftAlone) => {
                metrics::counter!("daric_callbacks_total", "outcome" => "left_alone").increment(1);
                let why = "the host did not answer lately, and is left alone for a moment";
                return Some(Err(NotSent::Later(why.to_owned())));
            }
        };
        let left_ms = job.leased_until_ms.saturating_sub(self.clock.system_ms());
        let enough = u128::try_from(left_ms).is_ok_and(|left| left > PATIENCE.as_millis());
        if !enough {
            return None;
        }
        let tried = self.try_message(message, text, reader).await;
        if let Some(result) = &tried {
            place.give_back(result.is_ok());
        }
        tried
    }

    async fn place(&self, message: &Message) -> Result<Place, NoPlace> {
        match message.channel {
            Channel::Sms => self.places.sms().await,
            Channel::Call(business, provenance) => {
                let host = Url::parse(&message.to).ok().and_then(|url| {
                    let host = url.host_str()?;
                    Some(format!("{host}:{}", url.port_or_known_default().unwrap_or_default()))
                });
                self.places.call(business, &host.unwrap_or_default(), provenance).await
            }
        }
    }

    async fn try_message(&self, message: Message, text: Text, reader: &Reader) -> Option<Result<(), NotSent>> {
        let id = message.id;
        match message.channel {
            Channel::Sms => Some(self.send(SmsMessage { id, to: message.to, text }).await),
            Channel::Call(business, provenance) => {
                let party = match reader.party(business).await {
                    Ok(party) => party,
                    Err(error) => {
                        warn!(%error, message = id.0, "a business could not be read");
                        return None;
                    }
                };
                let Some(party) = party else { return Some(Err(gone())) };
                let secrets = match (provenance, party.business()) {
                    (Provenance::Business, Some(business)) => business.webhook_secrets(self.clock.now_ms()),
                    (Provenance::Business, None) | (Provenance::Other, _) => Vec::new(),
                };
                Some(self.call(Callback { id, address: message.to, business: party.name, secrets }).await)
            }
        }
    }

    async fn call(&self, callback: Callback) -> Result<(), NotSent> {
        let id = callback.id;
        self.try_within(self.callbacks.call(callback), "daric_callbacks_total", id).await
    }

    async fn send(&self, message: SmsMessage) -> Result<(), NotSent> {
        let id = message.id;
        self.try_within(self.sender.send(message), "daric_sms_total", id).await
    }

    /// Tries for as long as a try may take, and counts what became of it.
    async fn try_within(&self, sending: Sending<'_>, counter: &'static str, id: MessageId) -> Result<(), NotSent> {
        let _trying = self.trying.begin();
        let sent = tokio::time::timeout(PATIENCE, sending).await;
        let result = sent.unwrap_or_else(|_| Err(NotSent::Later("there was no answer in time".to_owned())));
        let outcome = if result.is_ok() { "sent" } else { "failed" };
        metrics::counter!(counter, "outcome" => outcome).increment(1);
        if let Err(error) = &result {
            warn!(message = id.0, %error, "a message was not sent");
        }
        result
    }

    async fn note(&self, tried: Tried) {
        // The channel closes with the engine.
        let _ = self.notes.send(Note::Tried(tried)).await;
    }

    /// Returns when everything that was sent before is noted, and what is being sent, should it not take too long.
    pub(crate) async fn written(&self) {
        self.trying.finished_within(GRACE).await;
        let (reply, written) = oneshot::channel();
        if self.notes.send(Note::Written(reply)).await.is_ok() {
            let _ = written.await;
        }
    }
}

fn gone() -> NotSent {
    NotSent::Never("there is nothing to send".to_owned())
}

/// Writes notes until the engine is gone.
async fn write(mut notes: mpsc::Receiver<Note>, queue: mpsc::WeakSender<queue::Job>) {
    let mut gathered = Vec::new();
    while notes.recv_many(&mut gathered, NOTES).await > 0 {
        let (mut tries, mut waiting) = (Vec::new(), Vec::new());
        for note in gathered.drain(..) {
            match note {
                Note::Tried(tried) => tries.push(tried),
                Note::Written(reply) => waiting.push(reply),
            }
        }
        while !tries.is_empty() {
            let Some(queue) = queue.upgrade() else { return };
            let command = NoteTries { tries: tries.clone() };
            match queue::run(&queue, command).await {
                Ok(_) => break,
                Err(error) if error.is_passing() && !matches!(error, Error::Stopping) => {
                    drop(queue);
                    tokio::time::sleep(NOTE_PAUSE).await;
                }
                Err(error) => {
                    warn!(%error, messages = tries.len(), "what became of messages could not be noted");
                    break;
                }
            }
        }
        for reply in waiting {
            let _ = reply.send(());
        }
    }
}
