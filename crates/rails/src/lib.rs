//! Adapters to external systems: the payment networks, SMS providers, and merchants.
//!
//! Shape: implementations of the ports in `payments`, and the HTTP client for all outgoing requests. Absent: the store, and decisions about responses.

mod alerts;
mod bills;
mod callbacks;
mod ccti;
mod dns;
mod http;
mod no_card_network;
mod no_payment_network;
mod reach;
mod security_codes;
mod sms;
mod template;
mod xml;

pub use alerts::{AlertSigner, HttpAlerts, NoWebhook};
pub use bills::HttpBills;
pub use callbacks::{Answers, HttpCallbacks, Signer};
pub use ccti::Ccti;
pub use dns::DnsResolver;
pub use http::{NoClient, collector_client};
// What production uses.
pub use no_card_network::NoCardNetwork as ProductionCardNetwork;
pub use no_payment_network::NoPaymentNetwork as ProductionPaymentNetwork;
pub use reach::Reach;
pub use security_codes::{HostedSecurityCodes, SecurityCode};
pub use sms::{HttpSms, HttpSmsSettings, Inbox, NoSms};
