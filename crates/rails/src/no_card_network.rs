//! The network of other banks' cards of an installation that has none.

use std::future::ready;

use payments::{Authorizing, CardInMemory, CardNetwork, CardNetworkRequest, CardNetworkResponse, RequestingOtp};

/// No card of another bank pays.
#[derive(Debug)]
pub struct NoCardNetwork;

impl CardNetwork for NoCardNetwork {
    fn is_configured(&self) -> bool {
        false
    }

    fn request_otp<'a>(&'a self, _number: &'a str) -> RequestingOtp<'a> {
        Box::pin(ready(None))
    }

    fn authorize<'a>(&'a self, _card: &'a CardInMemory, _request: &'a CardNetworkRequest) -> Authorizing<'a> {
        Box::pin(ready(CardNetworkResponse::NotSent))
    }

    /// What another network was asked for cannot be known here.
    fn inquire<'a>(&'a self, _request: &'a CardNetworkRequest) -> Authorizing<'a> {
        Box::pin(ready(CardNetworkResponse::Unknown))
    }
}
