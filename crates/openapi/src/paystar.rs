//! PayStar's services (paystar.md 2, 3, 5).

use serde_json::{Value, json};
use wire::paystar::replies::{FieldError, Inquired, OtpSent, Paid, Refused};

use super::operation::Kind::{Integer, Text};
use super::operation::{Operation, component, named, object, optional, required};

/// The schema of a reply whose `data` has one of these schemas.
fn reply(mut data: Vec<Value>) -> Value {
    let errors = json!({"type": "array", "items": named("PaystarFieldError")});
    let data = if data.len() == 1 { data.remove(0) } else { json!({"anyOf": data}) };
    object([("status", json!({"type": "integer", "format": "int32"})), ("data", data), ("errors", errors)], &[])
}

pub(super) fn operations() -> Vec<Operation> {
    let service =
        |path: &str, id: &str, summary| Operation::new("post", format!("/api/ivr/{path}"), id, "paystar", summary);
    let (nothing, refused) = (json!({"type": "array", "items": {}}), named("PaystarRefused"));
    let otp =
        [required("amount", Integer), required("pan", Text), required("order_id", Text), required("sequence", Text)];
    let pay = [
        required("ivr", Integer),
        required("pan", Text),
        required("pin", Text),
        optional("amount", Integer),
        optional("order_id", Text),
        optional("invoice_id", Text),
        required("merchant_cid", Text),
        required("sequence", Text),
    ];
    let inquiry = [required("sequence", Text), required("order_id", Text)];
    vec![
        service("bpm/otp-v2", "sendOtp", "Sends a one-time password to the card's holder.")
            .json("PaystarOtpRequest", &otp)
            .replies(reply(vec![nothing.clone()])),
        service("otp-v2", "sendOtpForInvoice", "The same; the reply has a number to pay by.")
            .json("PaystarOtpRequest", &otp)
            .replies(reply(vec![named("PaystarOtpSent"), nothing])),
        service("bpm/pay", "pay", "Pays an order with a card and its one-time password.")
            .json("PaystarPayRequest", &pay)
            .replies(reply(vec![named("PaystarPaid"), refused.clone()])),
        service("pay", "payInvoiceId", "The same.")
            .json("PaystarPayRequest", &pay)
            .replies(reply(vec![named("PaystarPaid"), refused.clone()])),
        service("bpm/inquiry", "inquire", "What became of an order.")
            .json("PaystarInquiryRequest", &inquiry)
            .replies(reply(vec![named("PaystarInquired"), refused])),
    ]
}

pub(super) fn components() -> Vec<(String, Value)> {
    let types = [
        component::<FieldError<'static>>(),
        component::<Refused<'static>>(),
        component::<OtpSent<'static>>(),
        component::<Paid<'static>>(),
        component::<Inquired<'static>>(),
    ];
    let mut all = types.concat();
    let nothing = json!({"type": "array", "items": {}});
    all.push(("PaystarRefusal".to_owned(), reply(vec![named("PaystarRefused"), nothing])));
    all
}
