//! Writing messages in the commit of the fact that they report.

use std::convert::Infallible;

use crate::ops::job::schedule;
use crate::view::{Denial, Keys, View};
use crate::{
    At, AuditEntry, CallAddress, Channel, Command, JobKind, Message, MessageId, MessageState, Now, OperatorCommand,
    PartyId, Text,
};

/// What a message is about: the number of an order or invoice; `None`: of none.
type About = Option<i64>;

/// Writes an SMS that carries a code, without text and job. The caller sends the text from memory under the returned number.
pub(crate) fn write_code(view: &mut View, to: &Text, about: About, now: &Now) -> MessageId {
    write(view, (Channel::Sms, about), to, None, now)
}

/// Writes an SMS without a code, and the job that sends it, due now.
pub(crate) fn write_sms(view: &mut View, to: &Text, text: &Text, about: About, now: &Now) -> MessageId {
    let id = write(view, (Channel::Sms, about), to, Some(Text::clone(text)), now);
    schedule(view, now.at_ms, JobKind::Send(id));
    id
}

/// Writes a callback to a business about an invoice, by its number, and the job that sends it, due now.
pub(crate) fn write_call(view: &mut View, business: PartyId, invoice: i64, call: &CallAddress, now: &Now) {
    let channel = Channel::Call(business, call.provenance);
    let id = write(view, (channel, Some(invoice)), &call.address, Some(Text::from("")), now);
    schedule(view, now.at_ms, JobKind::Send(id));
}

fn write(view: &mut View, (channel, about): (Channel, About), to: &Text, text: Option<Text>, now: &Now) -> MessageId {
    let id = MessageId(view.ids.take());
    let (to, error) = (Text::clone(to), Text::from(""));
    let (state, at_ms) = (MessageState::Queued, now.at_ms);
    view.messages.put(id, Message { id, channel, to, text, state, tries: 0, at_ms, ended_at_ms: None, error, about });
    id
}

/// Writes an SMS without a code, to be sent now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WriteMessage {
    /// `09` and nine digits.
    pub to: Text,
    /// The text; it must not contain a code.
    pub text: Text,
}

impl Command for WriteMessage {
    type Done = MessageId;
    type Refusal = Infallible;
    const NAME: &'static str = "WriteMessage";

    fn keys(&self, _at: At<'_>, _keys: &mut Keys) {}

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<MessageId, Denial<Infallible>> {
        Ok(write_sms(view, &self.to, &self.text, None, now))
    }
}

impl OperatorCommand for WriteMessage {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("sms", &self.to, "")
    }
}
