//! Ports to what is asked outside of a decision: networks, which take time and may not answer.

mod payment_network;

pub use payment_network::{
    INQUIRY_MS, NOT_FOUND_FINAL_MS, NetworkRefusal, NetworkRequest, NetworkResponse, NetworkTerms, PaymentNetwork,
    Responding, Settlement, TransferIntent, Unanswered,
};
