//! What the dialect is set to, and what it keeps in memory.

use edge::random::{NoRandomness, bits};

use super::ott::Otts;
use super::reference::References;

/// Settings of the dialect (pod.md).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PodSettings {
    /// The tax on invoices that say none, in millionths.
    pub tax_rate_micro: i64,
    /// Who may bring SMS.
    pub sms_inbound: SmsInbound,
    /// What their fields are called.
    pub sms_fields: SmsFields,
}

/// Who may bring SMS of payers.
#[derive(Clone, PartialEq, Eq)]
pub enum SmsInbound {
    /// Anybody: it is a sandbox.
    Open,
    /// Whoever has this secret.
    With(String),
    /// Nobody.
    Closed,
}

impl std::fmt::Debug for SmsInbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SmsInbound")
    }
}

/// What the dialect keeps in memory.
#[derive(Debug)]
pub struct PodState {
    pub(super) settings: PodSettings,
    pub(super) otts: Otts,
    pub(super) references: References,
}

impl PodState {
    /// What a process begins with: it counts on from anywhere.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn new(settings: PodSettings) -> Result<Self, NoRandomness> {
        let start = bits()?;
        Ok(Self { settings, otts: Otts::from(start), references: References::of(start) })
    }
}

/// What the fields of an SMS are called by those who bring it: each provider has its own names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SmsFields {
    /// The sender's mobile number.
    pub from: String,
    /// The text.
    pub text: String,
}
