//! PayStar's services (paystar.md 2, 3, 5).

use serde_json::{Value, json};
use wire::paystar::replies::{FieldError, Inquired, OtpSent, Paid, Refused};

use super::operation::Kind::{Integer, Text};
use super::operation::{Field, Operation, about, component, named, object, one_of, optional, required};

const SEQUENCE: Field = required(
    "sequence",
    Text,
    "The id of the merchant's telephone gateway (its terminal), from PayStar's panel. It names the merchant: the call has no other credential.",
);
const PAN: Field = required("pan", Text, "The payer's card number, 16 digits.");
const OTP: [Field; 4] = [
    required(
        "amount",
        Integer,
        "The amount to pay, in whole rials, 1 to 10^15; in strict mode a multiple of 1,000. Another number is code 13.",
    ),
    PAN,
    required(
        "order_id",
        Text,
        "The merchant's number of the order, 1 to 50 characters. An order is paid once; after that the reply is code 94.",
    ),
    SEQUENCE,
];
const PAY: [Field; 8] = [
    required(
        "ivr",
        Integer,
        "`1`: a payment by telephone, for the order in `order_id` and `amount`. `0`: a payment on the merchant's web pages, for the order that `invoice_id` names.",
    ),
    PAN,
    required(
        "pin",
        Text,
        "The one-time password that the card's holder got by SMS: 5 digits. It is valid for 120 seconds and one payment, of this card, order and amount.",
    ),
    optional(
        "amount",
        Integer,
        "With `ivr` 1, required: the amount in rials for which the password was requested; another one is code 13. With `ivr` 0 ignored.",
    ),
    optional(
        "order_id",
        Text,
        "With `ivr` 1, required: the merchant's number of the order, as in the request for the password. With `ivr` 0 ignored.",
    ),
    optional(
        "invoice_id",
        Text,
        "With `ivr` 0, required: `invoice_id` in the reply of `sendOtpForInvoice`, or the `order_id` of a request for a password; of several the newest counts. With `ivr` 1 ignored.",
    ),
    required(
        "merchant_cid",
        Text,
        "The payer's mobile number, not the merchant's: `09` and nine digits, also with `+98`, `0098` or `98` in the place of the 0. It need not be that of the card's holder.",
    ),
    SEQUENCE,
];
const INQUIRY: [Field; 2] =
    [SEQUENCE, required("order_id", Text, "The merchant's number of the order that is inquired.")];

/// The schema of a reply with this `data`.
fn reply(data: Value) -> Value {
    let errors = json!({"type": "array", "items": named("PaystarFieldError")});
    let status = json!({"type": "integer", "format": "int32"});
    object(
        [
            ("status", about(status, "1: done. 0: refused, see `errors`; of an inquiry also: the order is not paid.")),
            ("data", data),
            (
                "errors",
                about(errors, "Of a refusal: an entry for each invalid field, or one for the code. Else empty."),
            ),
        ],
        &[],
    )
}

/// `data` that has nothing in it.
fn nothing() -> Value {
    json!({"type": "array", "items": {}})
}

pub(super) fn operations() -> Vec<Operation> {
    let service =
        |path: &str, id: &str, summary| Operation::new("post", format!("/api/ivr/{path}"), id, "paystar", summary);
    let refused = || named("PaystarRefused");
    let paid = || one_of([("of a payment", named("PaystarPaid")), ("of a refusal", refused())]);
    let sent = [("of a password that is sent", named("PaystarOtpSent")), ("of a refusal", nothing())];
    let known =
        [("of a paid order", named("PaystarInquired")), ("of an order that is not paid, and of a refusal", refused())];
    vec![
        service("bpm/otp-v2", "sendOtp", "Sends a one-time password to the card's holder.")
            .json("PaystarOtpRequest", &OTP)
            .replies(reply(about(nothing(), "Always an empty list."))),
        service("otp-v2", "sendOtpForInvoice", "The same; the reply has a number to pay by.")
            .json("PaystarOtpRequest", &OTP)
            .replies(reply(about(one_of(sent), "The request for a password; of a refusal an empty list."))),
        service("bpm/pay", "pay", "Pays an order with a card and its one-time password.")
            .json("PaystarPayRequest", &PAY)
            .replies(reply(about(paid(), "The payment, or its refusal."))),
        service("pay", "payInvoiceId", "The same.")
            .json("PaystarPayRequest", &PAY)
            .replies(reply(about(paid(), "The payment, or its refusal."))),
        service("bpm/inquiry", "inquire", "What became of an order.")
            .json("PaystarInquiryRequest", &INQUIRY)
            .replies(reply(about(one_of(known), "The payment of the order, or that there is none."))),
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
    let data =
        [("of a payment and of an inquiry", named("PaystarRefused")), ("of a request for a password", nothing())];
    all.push(("PaystarRefusal".to_owned(), reply(about(one_of(data), "The refusal."))));
    all
}
