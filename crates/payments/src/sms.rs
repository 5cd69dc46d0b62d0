//! The port to whoever sends SMS.

use std::fmt::Debug;

use jiff::Timestamp;

/// An SMS.
#[derive(Clone, PartialEq, Eq)]
pub struct SmsMessage {
    /// `09` and nine digits.
    pub to: String,
    /// May carry a code: it goes to the receiver and nowhere else.
    pub text: String,
    /// When it was sent, by the service's clock.
    pub at: Timestamp,
}

impl Debug for SmsMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SmsMessage")
    }
}

/// An SMS that cannot be sent.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the SMS cannot be sent: {0}")]
pub struct NotSent(pub &'static str);

/// Sends SMS.
pub trait SmsSender: Send + Sync + Debug {
    /// Sends one.
    ///
    /// # Errors
    /// Nobody is there to send it.
    fn send(&self, message: SmsMessage) -> Result<(), NotSent>;

    /// Those that a sandbox keeps in memory instead of sending them, newest first.
    fn inbox(&self) -> Vec<SmsMessage>;

    /// Forgets them.
    fn clear(&self);
}
