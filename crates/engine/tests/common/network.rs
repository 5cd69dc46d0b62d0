//! A payment network that tests speak for: what it does with an order is in the reference by which it knows it.

use std::collections::HashMap;
use std::future::{pending, ready};
use std::sync::Mutex;

use payments::{
    ChargeClass, ChargeCode, Inquired, NetworkRefusal, NetworkRequest, NetworkResponse, NetworkTerms, OrderId,
    OrderRefusal, PaymentNetwork, Responding, Route, Settlement, SubmissionTerms, Text, TransferIntent, Unanswered,
};

/// See the module.
#[derive(Debug, Default)]
pub struct TestNetwork {
    /// How often each order was submitted, and inquired.
    calls: Mutex<HashMap<OrderId, (u32, u32)>>,
}

const ROUTES: &[Route] = &[Route::Internal, Route::Paya, Route::Satna, Route::Card];

/// How an order is submitted that the network does this with: `done`, `refused`, `accepted`, `unknown`, `silent`, `panics`, `says:CODE`, the answer
/// to a charge, or `not-sent:N`, which is done at the Nth submission; and after `then done after`, so many milliseconds after which it is done.
pub fn terms(reference: &str, settlement: Settlement) -> SubmissionTerms {
    let network = NetworkTerms { reference: Text::from(reference), routes: ROUTES, settlement };
    SubmissionTerms { network, leased_until_ms: i64::MAX }
}

impl TestNetwork {
    pub fn calls(&self, order: OrderId) -> (u32, u32) {
        self.calls.lock().unwrap().get(&order).copied().unwrap_or_default()
    }

    /// Counts a call, and returns how many of its kind there were.
    fn count(&self, request: &NetworkRequest, kind: fn(&mut (u32, u32)) -> &mut u32) -> u32 {
        let mut calls = self.calls.lock().unwrap();
        let count = kind(calls.entry(request.order.id).or_default());
        *count += 1;
        *count
    }
}

fn charged(code: ChargeCode) -> NetworkResponse {
    match code.class() {
        ChargeClass::Succeeded => NetworkResponse::Done(None),
        ChargeClass::Failed => NetworkResponse::Refused(NetworkRefusal::Charge(code)),
        ChargeClass::Unknown => NetworkResponse::Unknown(Unanswered::Charge(code)),
    }
}

fn after_ms(reference: &str) -> Option<i64> {
    reference.split_once(" then done after ").map(|(_, after)| after.parse().unwrap())
}

impl PaymentNetwork for TestNetwork {
    fn terms(&self, _intent: &TransferIntent<'_>) -> Option<NetworkTerms> {
        None
    }

    fn submit<'a>(&'a self, request: &'a NetworkRequest) -> Responding<'a> {
        let count = self.count(request, |calls| &mut calls.0);
        let reference = &request.submission.reference;
        let word = reference.split(' ').next().unwrap();
        let response = match word {
            "done" => NetworkResponse::Done(None),
            "refused" => NetworkResponse::Refused(NetworkRefusal::Transfer(OrderRefusal::DestinationNotUsable)),
            "accepted" => NetworkResponse::Accepted,
            "unknown" => NetworkResponse::Unknown(Unanswered::NoAnswer),
            "silent" => return Box::pin(pending()),
            "panics" => panic!("a network that panics"),
            word if word.starts_with("says:") => charged(ChargeCode::named(&word[5..]).unwrap()),
            word => {
                let at: u32 = word.strip_prefix("not-sent:").unwrap().parse().unwrap();
                if count < at { NetworkResponse::NotSent } else { NetworkResponse::Done(None) }
            }
        };
        Box::pin(ready(response))
    }

    fn inquire<'a>(&'a self, request: &'a NetworkRequest) -> Responding<'a> {
        self.count(request, |calls| &mut calls.1);
        let passed_ms = request.now_ms - request.submission.at_ms;
        let is_done = after_ms(&request.submission.reference).is_some_and(|after_ms| after_ms <= passed_ms);
        let response =
            if is_done { NetworkResponse::Done(None) } else { NetworkResponse::Unknown(Unanswered::NoAnswer) };
        Box::pin(ready(response))
    }

    fn ask_again_ms(&self, reference: &str, inquired: Inquired) -> Option<i64> {
        after_ms(reference)
            .map(|after_ms| after_ms - inquired.passed_ms)
            .filter(|in_ms| *in_ms > 0 || inquired.times == 0)
    }
}
