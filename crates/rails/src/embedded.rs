//! The network inside the house.
//!
//! Every order clears in the commit that accepts it: hosted banks are credited by the ledger itself, and what leaves waits on nostro for the
//! cycle's file or the bank's own RTGS screen. It is asked for nothing; of an order that was submitted to another network it knows nothing.

use std::future::ready;

use payments::{NetworkRequest, NetworkResponse, NetworkTerms, PaymentNetwork, Responding, TransferIntent, Unanswered};

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Embedded;

impl PaymentNetwork for Embedded {
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
