//! Sending a dead message again.

use crate::ops::job::schedule;
use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Command, JobKind, Message, MessageId, MessageState, OperatorCommand};

/// Why a message is not sent again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResendRefusal {
    /// There is no such message.
    MessageUnknown,
    /// The message is not dead, or it carried a code, whose text is not stored.
    NothingToResend,
}

/// Queues a dead message again, with all its tries. A message that carried a code has no text and cannot be sent again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ResendMessage {
    /// The message's number.
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
        schedule(view, now.at_ms, JobKind::Send(self.id));
        Ok(self.id)
    }
}

impl OperatorCommand for ResendMessage {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("resend", &self.id.0.to_string(), "")
    }
}
