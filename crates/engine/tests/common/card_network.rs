//! A network of other banks' cards that tests speak for, and a card that it knows.

use std::collections::HashMap;
use std::future::{pending, ready};
use std::sync::Mutex;

use payments::{
    Authorizing, CardAttempt, CardInMemory, CardNetwork, CardNetworkRequest, CardNetworkResponse, Declined, Inquired,
    NetworkCard, RequestingOtp, Text,
};

/// The number of the only card that is authorized.
pub const NUMBER: &str = "6274120000001234";

/// The card of [`NUMBER`], as its payer has typed it.
pub fn card() -> CardInMemory {
    let text = |text: &str| zeroize::Zeroizing::new(text.to_owned());
    CardInMemory { number: text(NUMBER), security_code: text("987"), expires: 140_906, password: text("1") }
}

/// See the module. What it does with a payment is the first word of its reference, `approved`, `declined`, `otp-wrong`, `not-sent`, `unknown`, `silent`
/// or `panics`; and after `then done after`, so many milliseconds after which it is done.
#[derive(Debug, Default)]
pub struct TestCards {
    /// How often each payment was authorized, and inquired.
    calls: Mutex<HashMap<Text, (u32, u32)>>,
}

impl TestCards {
    pub fn calls(&self, attempt: &CardAttempt) -> (u32, u32) {
        self.calls.lock().unwrap().get(&attempt.reference).copied().unwrap_or_default()
    }

    fn count(&self, request: &CardNetworkRequest, kind: fn(&mut (u32, u32)) -> &mut u32) {
        let mut calls = self.calls.lock().unwrap();
        *kind(calls.entry(Text::clone(&request.attempt.reference)).or_default()) += 1;
    }
}

fn after_ms(reference: &str) -> Option<i64> {
    reference.split_once(" then done after ").map(|(_, after)| after.parse().unwrap())
}

fn approved() -> CardNetworkResponse {
    CardNetworkResponse::Approved(Text::from("net-1"))
}

impl CardNetwork for TestCards {
    fn is_configured(&self) -> bool {
        true
    }

    fn request_otp<'a>(&'a self, number: &'a str) -> RequestingOtp<'a> {
        assert_ne!(number, "panics");
        Box::pin(ready(Some(NetworkCard { mobile: Text::from("09120000000"), declined: None })))
    }

    fn authorize<'a>(&'a self, card: &'a CardInMemory, request: &'a CardNetworkRequest) -> Authorizing<'a> {
        assert_eq!(*card.number, NUMBER);
        self.count(request, |calls| &mut calls.0);
        let response = match request.attempt.reference.split(' ').next().unwrap() {
            "approved" => approved(),
            "declined" => CardNetworkResponse::Declined(Declined::InsufficientFunds),
            "otp-wrong" => CardNetworkResponse::Declined(Declined::OtpWrong),
            "not-sent" => CardNetworkResponse::NotSent,
            "unknown" => CardNetworkResponse::Unknown,
            "silent" => return Box::pin(pending()),
            word => panic!("a network that {word}"),
        };
        Box::pin(ready(response))
    }

    fn inquire<'a>(&'a self, request: &'a CardNetworkRequest) -> Authorizing<'a> {
        self.count(request, |calls| &mut calls.1);
        let passed_ms = request.now_ms - request.attempt.asked_at_ms;
        let is_done = after_ms(&request.attempt.reference).is_some_and(|after_ms| after_ms <= passed_ms);
        Box::pin(ready(if is_done { approved() } else { CardNetworkResponse::Unknown }))
    }

    fn ask_again_ms(&self, reference: &str, inquired: Inquired) -> Option<i64> {
        after_ms(reference)
            .map(|after_ms| after_ms - inquired.passed_ms)
            .filter(|in_ms| *in_ms > 0 || inquired.times == 0)
    }
}
