//! Adapters to external systems: the payment networks, SMS providers, and merchants.
//!
//! Shape: implementations of the ports in `payments`. Absent: the store, and decisions about responses.

mod bills;
mod callbacks;
mod card_network;
mod ccti;
mod embedded;
mod http;
mod names;
mod reach;
mod security_codes;
mod sms;
mod template;
mod xml;

pub use bills::HttpBills;
pub use callbacks::{HttpCallbacks, Signer};
pub use card_network::NoCardNetwork;
pub use ccti::Ccti;
pub use embedded::Embedded;
pub use http::NoClient;
pub use names::Names;
pub use reach::Reach;
pub use security_codes::{HostedSecurityCodes, SecurityCode};
pub use sms::{HttpSms, HttpSmsSettings, Inbox, NoSms};
