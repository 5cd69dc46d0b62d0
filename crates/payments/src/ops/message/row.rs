//! The row of a message.

use schema::{codes, table};

use crate::{PartyId, Text};

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
    pub(super) fn pauses_ms(self) -> &'static [i64] {
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

/// Of a call the business that is called; an SMS has none.
pub(super) fn channel_cells(channel: Channel) -> (Option<i64>, Provenance) {
    match channel {
        Channel::Sms => (None, Provenance::Other),
        Channel::Call(business, provenance) => (Some(business.0), provenance),
    }
}

pub(super) fn channel(business: Option<i64>, signed: Provenance) -> Channel {
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
