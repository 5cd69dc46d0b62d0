//! The ports to providers that send SMS, and to what calls businesses.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use crate::{MessageId, Text};

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
    fn is_configured(&self) -> bool {
        true
    }

    /// What a sandbox keeps in memory instead of sending it, newest first.
    fn inbox(&self) -> Vec<SmsMessage> {
        Vec::new()
    }

    /// Forgets that.
    fn clear(&self) {}
}
