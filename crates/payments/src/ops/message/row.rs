//! The row of a message (table `message`).

use schema::{codes, table};

use crate::{PartyId, Text};

/// Pause after each failed try to send an SMS, in milliseconds; almost a day in total.
const SMS_PAUSES_MS: [i64; 5] = [60_000, 600_000, 3_600_000, 21_600_000, 60_000_000];
/// The same for callbacks: retries come 1 minute, 10 minutes, 1 hour, 6 hours and 24 hours after the first try (pod.md 5.4).
const CALL_PAUSES_MS: [i64; 5] = [60_000, 540_000, 3_000_000, 18_000_000, 64_800_000];

/// A message's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MessageId(pub i64);

/// The state of a message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MessageState {
    /// Still to be sent.
    Queued,
    /// The SMS provider, or the called address, has accepted it.
    Sent,
    /// Not sent, and not tried again.
    Dead,
}

/// The channel of a message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Channel {
    /// An SMS.
    Sms,
    /// A callback about an invoice of this business; the provenance of its address decides whether it is signed.
    Call(PartyId, Provenance),
}

impl Channel {
    /// Pauses after failed tries, in milliseconds.
    pub(super) fn backoffs_ms(self) -> &'static [i64] {
        match self {
            Self::Sms => &SMS_PAUSES_MS,
            Self::Call(..) => &CALL_PAUSES_MS,
        }
    }
}

/// Where a callback's address comes from (second-edition.md 4.4).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Provenance {
    /// From the business: given in a call with its token, or the address has one of its registered origins. The callback is signed.
    Business,
    /// From a link or a call that others can write. The callback is not signed: a signature would state that the business has asked for it.
    Other,
}

/// The address of a callback, which is called when an invoice is paid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallAddress {
    /// The address. Once the callback is written, its query contains the facts about the payment.
    pub address: Text,
    /// Where the address comes from.
    pub provenance: Provenance,
}

/// An outgoing message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// The message's number.
    pub id: MessageId,
    /// The channel.
    pub channel: Channel,
    /// SMS: the mobile number, `09` and nine digits. Callback: the whole address with its query.
    pub to: Text,
    /// The text; empty for a callback. `None`: the message carries a code, and its text is in memory only.
    pub text: Option<Text>,
    /// The state.
    pub state: MessageState,
    /// Number of tries.
    pub tries: i64,
    /// When it was written, in milliseconds of Unix time.
    pub at_ms: i64,
    /// When it was sent or became dead, in milliseconds of Unix time.
    pub ended_at_ms: Option<i64>,
    /// Why the last try failed, for the operator; empty: no try has failed, or the last one succeeded.
    pub error: Text,
    /// The number of the order or invoice that it is about; `None`: it is about none, or an earlier version has written it.
    pub about: Option<i64>,
}

codes!(MessageState = "message" { 1 => MessageState::Queued, 2 => MessageState::Sent, 3 => MessageState::Dead, });

table! {
    Message = "message",
    key |k: MessageId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, to_mobile: r.to, text: r.text, state: r.state, tries: r.tries, at_ms: r.at_ms,
        ended_at_ms: r.ended_at_ms, error: r.error, business: channel_cells(r.channel).0,
        signed: channel_cells(r.channel).1, about: r.about,
    },
    make Message {
        id, channel: channel(business, signed), to: to_mobile, text, state, tries, at_ms, ended_at_ms, error, about,
    }
}

codes!(Provenance = "message" { 0 => Provenance::Other, 1 => Provenance::Business, });

/// The two columns of a channel: the business that a callback is for (an SMS has none), and the provenance.
pub(super) fn channel_cells(channel: Channel) -> (Option<i64>, Provenance) {
    match channel {
        Channel::Sms => (None, Provenance::Other),
        Channel::Call(business, provenance) => (Some(business.0), provenance),
    }
}

/// The channel of the two columns.
pub(super) fn channel(business: Option<i64>, signed: Provenance) -> Channel {
    business.map_or(Channel::Sms, |business| Channel::Call(PartyId(business), signed))
}

/// The address column of a callback address; [`provenance`] is the other column.
pub(crate) fn address(call: &Option<CallAddress>) -> Option<Text> {
    call.as_ref().map(|call| Text::clone(&call.address))
}

/// The provenance column of a callback address.
pub(crate) fn provenance(call: &Option<CallAddress>) -> Provenance {
    call.as_ref().map_or(Provenance::Other, |call| call.provenance)
}

/// The callback address of the two columns; `None`: there is none.
pub(crate) fn call_address(address: Option<Text>, provenance: Provenance) -> Option<CallAddress> {
    address.map(|address| CallAddress { address, provenance })
}
