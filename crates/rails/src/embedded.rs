//! The network and the issuer inside the house.
//!
//! Every order clears in the commit that accepts it: hosted banks are credited by the ledger itself, and what leaves waits on nostro for the
//! cycle's file or the bank's own RTGS screen. It is asked for nothing; of an order that was submitted to another network it knows nothing.

use std::fmt::Debug;
use std::future::ready;

use payments::{
    Authorization, Issuer, IssuerAnswer, NetworkRequest, NetworkResponse, NetworkTerms, PaymentNetwork, Responding,
    SecurityCheck, ShownCard, TransferIntent, Unanswered,
};

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

/// The security code of a card, by its number and last month (Jalali `YYYYMM`).
pub type SecurityCode = Box<dyn Fn(&str, i64) -> String + Send + Sync>;

/// The issuer inside the house: the cards' accounts are in the ledger itself, so it has nothing to add to what that says. It knows the cards'
/// security codes, which are kept nowhere.
pub struct EmbeddedIssuer {
    security_code: SecurityCode,
}

impl EmbeddedIssuer {
    /// An issuer whose cards have these security codes.
    pub fn new(security_code: SecurityCode) -> Self {
        Self { security_code }
    }
}

impl Debug for EmbeddedIssuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmbeddedIssuer")
    }
}

impl Issuer for EmbeddedIssuer {
    fn authorize(&self, _request: &Authorization<'_>) -> IssuerAnswer {
        IssuerAnswer::APPROVES
    }

    fn security_code(&self, number: &str, expires: i64) -> Option<String> {
        Some((self.security_code)(number, expires))
    }

    fn check(&self, card: &ShownCard<'_>) -> SecurityCheck {
        let (right, typed) = ((self.security_code)(card.number, card.expires), card.security_code);
        // As long for every guess.
        let differ = right.bytes().zip(typed.bytes()).fold(0, |differ, (one, other)| differ | (one ^ other));
        if right.len() == typed.len() && differ == 0 { SecurityCheck::Right } else { SecurityCheck::Wrong }
    }
}
