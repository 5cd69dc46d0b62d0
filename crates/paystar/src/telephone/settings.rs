//! Settings of payments by telephone.

use std::sync::Arc;

use payments::BillSource;

use super::sounds::Sounds;

/// Settings of payments by telephone.
#[derive(Clone, Debug)]
pub struct TelephoneSettings {
    /// The terminal of calls that do not name one.
    pub sequence: Option<String>,
    /// The source of bills for calls that do not name an order and an amount.
    pub bills: Option<Arc<dyn BillSource>>,
    /// The sounds that callers hear.
    pub sounds: Sounds,
    /// Whether a call is hung up at its end; if not, it continues in the dialplan.
    pub hang_up: bool,
}
