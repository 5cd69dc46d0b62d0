//! Ports to what decisions cannot call: networks, which take time and may not answer, and the security codes of cards; and a sandbox's probe.

mod card_network;
mod payment_network;
mod probe;
mod security_codes;

pub use card_network::{
    Authorizing, CardInMemory, CardNetwork, CardNetworkRequest, CardNetworkResponse, NetworkCard, RequestingOtp,
};
pub use payment_network::{
    INQUIRY_MS, Inquired, NOT_FOUND_FINAL_MS, NetworkRefusal, NetworkRequest, NetworkResponse, NetworkTerms,
    PaymentNetwork, Responding, TransferIntent, Unanswered,
};
pub use probe::Probe;
pub use security_codes::{SecurityCheck, SecurityCodes, ShownCard};
