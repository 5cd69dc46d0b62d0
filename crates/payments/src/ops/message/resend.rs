//! Sending a message again.

use crate::ops::job::schedule;
use crate::view::{Denial, Keys, View};
use crate::{
    At, AuditEntry, CallbackAttempts, Channel, Command, Job, JobId, JobKind, Message, MessageId, MessageState, Now,
    OperatorCommand,
};

/// Why a message is not sent again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResendRefusal {
    /// There is no such message.
    MessageUnknown,
    /// An SMS that is not dead, or that carried a code, whose text is not stored.
    NothingToResend,
}

/// Sends a message again, with all its tries: a dead SMS with a stored text, or a callback in any state.
///
/// It stays the same message, under its number, by which a business recognises a callback that it has already accepted (Standard Webhooks). A callback
/// that waits for its next try is tried now, and has all its tries again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ResendMessage {
    /// The message's number.
    pub id: MessageId,
    /// The job that sends a queued callback, as it was read; `None`: there is none.
    pub job: Option<JobId>,
}

impl Command for ResendMessage {
    type Done = MessageId;
    type Refusal = ResendRefusal;
    const NAME: &'static str = "ResendMessage";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.messages.push(self.id);
        keys.callback_attempts.push(self.id);
        keys.jobs.extend(self.job);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<MessageId, Denial<ResendRefusal>> {
        let message = view.messages.get(&self.id).ok_or(ResendRefusal::MessageUnknown)?;
        match (message.channel, message.state) {
            (Channel::Sms, MessageState::Dead) if message.text.is_some() => {}
            (Channel::Sms, MessageState::Queued | MessageState::Sent | MessageState::Dead) => {
                return Err(ResendRefusal::NothingToResend.into());
            }
            (Channel::Call(..), MessageState::Queued) => {
                self.bring_forward(&Message::clone(message), view, now);
                return Ok(self.id);
            }
            (Channel::Call(..), MessageState::Sent | MessageState::Dead) => {}
        }
        let again = Message { state: MessageState::Queued, tries: 0, ended_at_ms: None, ..Message::clone(message) };
        view.messages.put(self.id, again);
        schedule(view, now.at_ms, JobKind::Send(self.id));
        Ok(self.id)
    }
}

impl ResendMessage {
    /// Makes the next try due now, and the first of a new series. A try that is under way goes on, and a job that has ended since it was read stays as it is.
    fn bring_forward(&self, message: &Message, view: &mut View, now: &Now) {
        let job = self.job.and_then(|id| view.jobs.get(&id)).map(|job| **job);
        let Some(job) = job.filter(|job| job.kind == JobKind::Send(self.id) && job.due_at_ms > now.at_ms) else {
            return;
        };
        view.jobs.put(job.id, Job { due_at_ms: now.at_ms, ..job });
        view.messages.put(self.id, Message { tries: 0, ..message.clone() });
        if let Some(known) = view.callback_attempts.get(&self.id) {
            let known = CallbackAttempts { next_try_at_ms: None, ..CallbackAttempts::clone(known) };
            view.callback_attempts.put(self.id, known);
        }
    }
}

impl OperatorCommand for ResendMessage {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("resend", &self.id.0.to_string(), "")
    }
}
