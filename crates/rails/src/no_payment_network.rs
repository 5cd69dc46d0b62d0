//! The payment network of an installation that has none.
//!
//! It offers no terms, so no order is submitted to it: the ledger credits hosted banks itself, and money that leaves waits on nostro for the
//! cycle's file or the bank's own RTGS terminal. An inquiry for an order that was submitted to another network stays unanswered.

use std::future::ready;

use payments::{NetworkRequest, NetworkResponse, NetworkTerms, PaymentNetwork, Responding, TransferIntent, Unanswered};

/// The network without an external system; see the module.
#[derive(Clone, Copy, Debug)]
pub struct NoPaymentNetwork;

impl PaymentNetwork for NoPaymentNetwork {
    fn terms(&self, _intent: &TransferIntent<'_>) -> Option<NetworkTerms> {
        None
    }

    fn submit<'a>(&'a self, _request: &'a NetworkRequest) -> Responding<'a> {
        Box::pin(ready(NetworkResponse::NotSent))
    }

    fn inquire<'a>(&'a self, _request: &'a NetworkRequest) -> Responding<'a> {
        Box::pin(ready(NetworkResponse::Unknown(Unanswered::NoAnswer)))
    }
}
