//! What shall leave the process: written in the commit of the fact that it tells, and sent afterwards.
//!
//! ```text
//! queued ──► sent
//!    │ ▲└──► dead     tried too often, or refused for good
//!    └─┘ tried again, later each time
//! ```
//! A message with a text has a job that sends it: whoever claims the job sends, under the job's lease.
//! A message that carries a code has no text here and no job: the process that made the code sends it from memory, and only that it
//! did, or could not, comes here. If that process dies, the message stays queued, and its code cannot be used by anybody.

use std::convert::Infallible;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use crate::audit::{AuditEntry, OperatorCommand};
use crate::view::{Denial, Keys, View};
use crate::{At, Command, Job, JobId, JobKind, Now, PartyId, Text};
use schema::{codes, table};

/// Times that a message is tried at most.
pub const SEND_TRIES: i64 = 6;
/// How long to wait after a try to send an SMS that failed, in milliseconds: all tries together take a day, nearly.
const SMS_PAUSES_MS: [i64; 5] = [60_000, 600_000, 3_600_000, 21_600_000, 60_000_000];
/// The same of calls to businesses: 1 minute, 10 minutes, 1 hour, 6 hours and 24 hours after the first (pod.md 5.4).
const CALL_PAUSES_MS: [i64; 5] = [60_000, 540_000, 3_000_000, 18_000_000, 64_800_000];

/// A message's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MessageId(pub i64);

/// How a message stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MessageState {
    /// It shall be sent.
    Queued,
    /// Whoever brings it has taken it.
    Sent,
    /// It will not be sent.
    Dead,
}

/// How a message leaves.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Channel {
    /// By SMS.
    Sms,
    /// By a call about an invoice of this business, to an address that came from there.
    Call(PartyId, Provenance),
}

impl Channel {
    fn pauses_ms(self) -> &'static [i64] {
        match self {
            Self::Sms => &SMS_PAUSES_MS,
            Self::Call(..) => &CALL_PAUSES_MS,
        }
    }
}

/// Who has given an address that is called (second-edition.md 4.4).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Provenance {
    /// The business: in a call with its token, or it is of one of its registered origins. Calls are signed.
    Business,
    /// A link or a call that others can write. Calls are not signed: the signature would say that the business has asked for them.
    Other,
}

/// An address that is called when an invoice is paid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallAddress {
    /// The address; of a call that is written, with all that it is told.
    pub address: Text,
    /// Who has given it.
    pub provenance: Provenance,
}

/// What shall leave the process.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// Its number.
    pub id: MessageId,
    /// How it leaves.
    pub channel: Channel,
    /// `09` and nine digits; of a call the whole address, with all that it says.
    pub to: Text,
    /// What it says, of a call nothing; `None`: it carries a code, and its text is nowhere but in memory.
    pub text: Option<Text>,
    /// How it stands.
    pub state: MessageState,
    /// How often it was tried.
    pub tries: i64,
    /// When it was written, in milliseconds of Unix time.
    pub at_ms: i64,
    /// When it was sent or given up, in milliseconds of Unix time.
    pub ended_at_ms: Option<i64>,
    /// Why the last try failed. For the operator.
    pub error: Text,
}

/// What is handed to a sender.
#[derive(Clone, PartialEq, Eq)]
pub struct SmsMessage {
    /// The message's number: the same for every try.
    pub id: MessageId,
    /// `09` and nine digits.
    pub to: Text,
    /// May carry a code: it goes to the receiver and nowhere else.
    pub text: Text,
}

impl Debug for SmsMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SmsMessage({})", self.id.0)
    }
}

/// An SMS that was not sent, and why. For the operator: nothing of the text is in it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotSent {
    /// It may go through later.
    #[error("{0}")]
    Later(String),
    /// It never will.
    #[error("{0}")]
    Never(String),
}

/// A call to a business: that a payment was made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Callback {
    /// The message's number: the same for every try.
    pub id: MessageId,
    /// What is called, with all that it is told.
    pub address: Text,
    /// The handle of the business.
    pub business: Text,
    /// What signs it, encrypted: during a rotation two secrets, the new one first; empty: nothing does.
    pub secrets: Vec<Vec<u8>>,
}

/// The port to whoever calls businesses. Calling twice must do no harm: they ask what became of the invoice.
pub trait CallbackSender: Send + Sync + Debug {
    /// Calls once.
    fn call(&self, callback: Callback) -> Sending<'_>;
}

/// A sending in progress.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), NotSent>> + Send + 'a>>;

/// The port to whoever brings SMS to people. Sending twice must do no harm beyond a second SMS.
pub trait SmsSender: Send + Sync + Debug {
    /// Sends one.
    fn send(&self, message: SmsMessage) -> Sending<'_>;

    /// Whether anybody is there to send.
    fn is_there(&self) -> bool {
        true
    }

    /// What a sandbox keeps in memory instead of sending it, newest first.
    fn inbox(&self) -> Vec<SmsMessage> {
        Vec::new()
    }

    /// Forgets that.
    fn clear(&self) {}
}

/// Writes a message that carries a code. Its number is what the text is sent under.
pub(crate) fn write_code(view: &mut View, to: &Text, now: &Now) -> MessageId {
    write(view, Channel::Sms, to, None, now)
}

/// Writes an SMS that carries no code, to be sent at once.
pub(crate) fn write_sms(view: &mut View, to: &Text, text: &Text, now: &Now) -> MessageId {
    let id = write(view, Channel::Sms, to, Some(Text::clone(text)), now);
    arm(view, id, now.at_ms);
    id
}

/// Writes a call to a business, to be made at once.
pub(crate) fn write_call(view: &mut View, business: PartyId, call: &CallAddress, now: &Now) {
    let channel = Channel::Call(business, call.provenance);
    let id = write(view, channel, &call.address, Some(Text::from("")), now);
    arm(view, id, now.at_ms);
}

fn write(view: &mut View, channel: Channel, to: &Text, text: Option<Text>, now: &Now) -> MessageId {
    let id = MessageId(view.ids.take());
    let (to, error) = (Text::clone(to), Text::from(""));
    let (state, at_ms) = (MessageState::Queued, now.at_ms);
    view.messages.put(id, Message { id, channel, to, text, state, tries: 0, at_ms, ended_at_ms: None, error });
    id
}

fn arm(view: &mut View, message: MessageId, due_at_ms: i64) {
    let id = JobId(view.ids.take());
    view.jobs.put(id, Job::new(id, due_at_ms, JobKind::Send(message)));
}

/// Writes a message, to be sent at once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WriteMessage {
    /// `09` and nine digits.
    pub to: Text,
    /// What it says. No code.
    pub text: Text,
}

impl Command for WriteMessage {
    type Done = MessageId;
    type Refusal = Infallible;
    const NAME: &'static str = "WriteMessage";

    fn keys(&self, _at: At<'_>, _keys: &mut Keys) {}

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<MessageId, Denial<Infallible>> {
        Ok(write_sms(view, &self.to, &self.text, now))
    }
}

impl OperatorCommand for WriteMessage {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("sms", &self.to, "")
    }
}

/// Why a message is not sent again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResendRefusal {
    /// There is no such message.
    MessageUnknown,
    /// The message was not given up, or carried a code, which is kept nowhere.
    NothingToResend,
}

/// Sends a message that was given up once more. One that carried a code has no text to send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ResendMessage {
    /// Which.
    pub id: MessageId,
}

impl Command for ResendMessage {
    type Done = MessageId;
    type Refusal = ResendRefusal;
    const NAME: &'static str = "ResendMessage";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.messages.push(self.id);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<MessageId, Denial<ResendRefusal>> {
        let message = view.messages.get(&self.id).ok_or(ResendRefusal::MessageUnknown)?;
        if message.state != MessageState::Dead || message.text.is_none() {
            return Err(ResendRefusal::NothingToResend.into());
        }
        let again = Message { state: MessageState::Queued, tries: 0, ended_at_ms: None, ..Message::clone(message) };
        view.messages.put(self.id, again);
        arm(view, self.id, now.at_ms);
        Ok(self.id)
    }
}

impl OperatorCommand for ResendMessage {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("resend", &self.id.0.to_string(), "")
    }
}

/// What became of a try.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tried {
    /// Of which message.
    pub id: MessageId,
    /// The job that sent it, as it was claimed; `None`: it was sent from memory.
    pub job: Option<Job>,
    /// How often it was tried.
    pub tries: i64,
    /// Whether it was sent.
    pub result: Result<(), NotSent>,
}

/// Notes what became of tries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoteTries {
    /// Of which messages.
    pub tries: Vec<Tried>,
}

impl Command for NoteTries {
    type Done = ();
    type Refusal = Infallible;
    const NAME: &'static str = "NoteTries";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.messages.extend(self.tries.iter().map(|tried| tried.id));
        keys.jobs.extend(self.tries.iter().filter_map(|tried| tried.job.map(|job| job.id)));
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<(), Denial<Infallible>> {
        self.tries.iter().for_each(|tried| note(tried, view, at.now));
        Ok(())
    }
}

fn note(tried: &Tried, view: &mut View, now: &Now) {
    if let Some(claimed) = tried.job {
        // Another process has taken over, or the message went with a reset.
        if view.jobs.get(&claimed.id).is_none_or(|job| job.fence != claimed.fence) {
            return;
        }
    }
    let Some(message) = view.messages.get(&tried.id).map(|message| Message::clone(message)) else {
        if let Some(claimed) = tried.job {
            view.jobs.remove(claimed.id);
        }
        return;
    };
    let tries = message.tries.saturating_add(tried.tries);
    let error = tried.result.as_ref().err().map_or_else(|| Text::from(""), |error| Text::from(error.to_string()));
    let pause = usize::try_from(tries - 1).ok().and_then(|at| message.channel.pauses_ms().get(at));
    match (&tried.result, tried.job, pause) {
        (Err(NotSent::Later(_)), Some(job), Some(pause)) if tries < SEND_TRIES => {
            let due_at_ms = now.at_ms.saturating_add(*pause);
            view.jobs.put(job.id, Job { due_at_ms, leased_until_ms: 0, ..job });
            view.messages.put(tried.id, Message { tries, error, ..message });
        }
        (result, job, _) => {
            if let Some(job) = job {
                view.jobs.remove(job.id);
            }
            let state = if result.is_ok() { MessageState::Sent } else { MessageState::Dead };
            view.messages.put(tried.id, Message { state, tries, error, ended_at_ms: Some(now.at_ms), ..message });
        }
    }
}

codes!(MessageState = "message" { 1 => MessageState::Queued, 2 => MessageState::Sent, 3 => MessageState::Dead, });

table! {
    Message = "message",
    key |k: MessageId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, to_mobile: r.to, text: r.text, state: r.state, tries: r.tries, at_ms: r.at_ms,
        ended_at_ms: r.ended_at_ms, error: r.error, business: channel_cells(r.channel).0,
        signed: channel_cells(r.channel).1,
    },
    make Message {
        id, channel: channel(business, signed), to: to_mobile, text, state, tries, at_ms, ended_at_ms, error,
    }
}

codes!(Provenance = "message" { 0 => Provenance::Other, 1 => Provenance::Business, });

/// Of a call the business that is called, and who has given the address; an SMS has none.
fn channel_cells(channel: Channel) -> (Option<i64>, Provenance) {
    match channel {
        Channel::Sms => (None, Provenance::Other),
        Channel::Call(business, provenance) => (Some(business.0), provenance),
    }
}

fn channel(business: Option<i64>, signed: Provenance) -> Channel {
    business.map_or(Channel::Sms, |business| Channel::Call(PartyId(business), signed))
}

/// The two columns of an address that is called.
pub(crate) fn address(call: &Option<CallAddress>) -> Option<Text> {
    call.as_ref().map(|call| Text::clone(&call.address))
}

pub(crate) fn provenance(call: &Option<CallAddress>) -> Provenance {
    call.as_ref().map_or(Provenance::Other, |call| call.provenance)
}

pub(crate) fn call_address(address: Option<Text>, provenance: Provenance) -> Option<CallAddress> {
    address.map(|address| CallAddress { address, provenance })
}
