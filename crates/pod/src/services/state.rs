//! The settings of the POD dialect, and its state in memory.

use edge::random::{NoRandomness, bits};

use super::ott::Otts;
use super::reference::References;

/// Settings of the POD dialect (pod.md).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PodSettings {
    /// Default tax rate of invoices, in millionths.
    pub tax_rate_micro: i64,
    /// Access to the webhook for SMS.
    pub sms_inbound: SmsInbound,
    /// Names of the webhook's fields.
    pub sms_fields: SmsFields,
}

/// Access to the webhook for payers' SMS.
#[derive(Clone, PartialEq, Eq)]
pub enum SmsInbound {
    /// Open to all: for a sandbox.
    Open,
    /// Only with this secret.
    With(String),
    /// Closed.
    Closed,
}

impl std::fmt::Debug for SmsInbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SmsInbound")
    }
}

/// The settings and the state in memory of the POD dialect.
#[derive(Debug)]
pub struct PodState {
    pub(super) settings: PodSettings,
    pub(super) otts: Otts,
    pub(super) references: References,
}

impl PodState {
    /// The state of a new process: its counters start at a random value.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn new(settings: PodSettings) -> Result<Self, NoRandomness> {
        let start = bits()?;
        Ok(Self { settings, otts: Otts::from(start), references: References::of(start) })
    }
}

/// The names of an SMS's fields in the webhook: each provider has its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SmsFields {
    /// The sender's mobile number.
    pub from: String,
    /// The text.
    pub text: String,
}
