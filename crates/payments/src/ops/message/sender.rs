//! The ports of the outbox: to the SMS provider, and to the sender of callbacks.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use crate::{MessageId, Text};

/// An SMS for the provider.
#[derive(Clone, PartialEq, Eq)]
pub struct SmsMessage {
    /// The message's number: the same for every try.
    pub id: MessageId,
    /// `09` and nine digits.
    pub to: Text,
    /// The text. It may contain a code, so it must not be logged; `Debug` omits it.
    pub text: Text,
    /// The code in the text, if it carries one. It must not be logged either.
    pub code: Option<Text>,
}

impl Debug for SmsMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SmsMessage({})", self.id.0)
    }
}

/// Why an SMS or a callback was not sent, for the operator. It contains no part of the text.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotSent {
    /// A later try may succeed.
    #[error("{0}")]
    Later(String),
    /// No try can succeed.
    #[error("{0}")]
    Never(String),
    /// It was not tried, and is due again after this many milliseconds of the service's clock.
    #[error("it is sent later")]
    Postponed(i64),
}

/// A callback to a business about a payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Callback {
    /// The message's number: the same for every try.
    pub id: MessageId,
    /// The address to call, with the facts about the payment in its query.
    pub address: Text,
    /// The handle of the business.
    pub business: Text,
    /// The encrypted secrets that sign the callback: two during a rotation, the new one first; empty: it is not signed.
    pub secrets: Vec<Vec<u8>>,
}

/// What became of one try of a callback.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Called {
    /// Whether the business has accepted it.
    pub result: Result<(), NotSent>,
    /// The status of the answer; `None`: there was none.
    pub status: Option<u16>,
    /// The beginning of the answer's body, if it may be kept and is not empty.
    pub answer: Option<Text>,
}

impl Called {
    /// A callback that got no answer.
    pub fn unanswered(error: NotSent) -> Self {
        Self { result: Err(error), status: None, answer: None }
    }
}

/// The port that sends callbacks. A callback may be sent twice: businesses then inquire the state of the invoice.
pub trait CallbackSender: Send + Sync + Debug {
    /// Sends a callback once.
    fn call(&self, callback: Callback) -> Calling<'_>;
}

/// A try of a callback, in progress.
pub type Calling<'a> = Pin<Box<dyn Future<Output = Called> + Send + 'a>>;

/// A try to send an SMS, in progress.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), NotSent>> + Send + 'a>>;

/// The port to the SMS provider. Sending a message twice must have no effect beyond a second SMS.
pub trait SmsSender: Send + Sync + Debug {
    /// Sends an SMS once.
    fn send(&self, message: SmsMessage) -> Sending<'_>;

    /// Whether a provider is configured.
    fn is_configured(&self) -> bool {
        true
    }

    /// The messages that a sandbox keeps in memory instead of sending them, newest first.
    fn inbox(&self) -> Vec<SmsMessage> {
        Vec::new()
    }

    /// Clears the inbox.
    fn clear(&self) {}
}
