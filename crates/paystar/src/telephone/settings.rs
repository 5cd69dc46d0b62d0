//! How calls are answered.

use std::sync::Arc;

use payments::BillSource;

use super::sounds::Sounds;

/// Settings of the telephone.
#[derive(Clone, Debug)]
pub struct TelephoneSettings {
    /// The terminal of calls that name none.
    pub sequence: Option<String>,
    /// Knows what callers shall pay whose calls do not say it.
    pub bills: Option<Arc<dyn BillSource>>,
    /// What callers hear.
    pub sounds: Sounds,
    /// Whether a call that has come to its end is hung up, or goes on in the dialplan.
    pub hang_up: bool,
}
