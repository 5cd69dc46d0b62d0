//! Replies: `status`, `data`, `errors`, in this order (paystar.md 1).

use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::codes::Code;

/// The envelope of every reply.
#[derive(Debug, Serialize)]
pub struct Envelope<'a, T> {
    pub status: u8,
    pub data: T,
    pub errors: &'a [FieldError<'a>],
}

/// What is wrong, and with which field.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaystarFieldError)]
pub struct FieldError<'a> {
    /// The number of the refusal, as a text; 20 for an invalid field.
    #[serde(serialize_with = "as_text")]
    #[schema(value_type = String)]
    pub code: u8,
    /// The request's field that it is about, `body` if the body is no JSON object; empty if it is about none.
    pub field: &'a str,
    /// The text of the code; of code 20 a text that names the field.
    pub message: &'a str,
}

/// `data` of a refusal.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaystarRefused)]
pub struct Refused<'a> {
    /// Always `0`.
    #[serde(rename = "refID")]
    pub ref_id: &'a str,
    /// The code of the refusal, as a text. Of an order that is not paid: the code of its last payment, empty if there was none.
    #[serde(rename = "transactionStatus")]
    pub transaction_status: &'a str,
}

fn as_text<S: Serializer>(number: &u8, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(number)
}

/// An empty array: `data` of an OTP request's older form, and of every refused OTP request.
#[derive(Debug, Serialize)]
pub struct Nothing([(); 0]);

impl Nothing {
    pub const DATA: Self = Self([]);
}

/// `data` of an OTP request's newer form.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaystarOtpSent)]
pub struct OtpSent<'a> {
    /// The number of this request, which `payInvoiceId` takes with `ivr` 0.
    pub invoice_id: &'a str,
    /// The amount to pay, in rials.
    pub price: i64,
}

/// `data` of a payment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaystarPaid)]
pub struct Paid<'a> {
    /// The tracking number of the payment: 12 digits, unique.
    #[serde(rename = "refID")]
    pub ref_id: &'a str,
}

/// `data` of an inquiry of a paid order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaystarInquired)]
pub struct Inquired<'a> {
    /// The tracking number of the payment: 12 digits.
    #[serde(rename = "refID")]
    pub ref_id: &'a str,
    /// The amount that was paid, in rials.
    pub amount: i64,
    /// The merchant's number of the order, as it was sent.
    pub order_id: &'a str,
    /// The first six and the last four digits of the card, with `******` between them.
    pub pan: &'a str,
    /// The instant of the payment: RFC 3339, in UTC.
    pub paid_at: &'a str,
}

/// A successful reply.
pub fn done<T>(data: T) -> Envelope<'static, T> {
    Envelope { status: 1, data, errors: &[] }
}

/// A refused payment or inquiry; `transaction_status` is the code as a text, or empty.
pub fn refused<'a>(transaction_status: &'a str, errors: &'a [FieldError<'a>]) -> Envelope<'a, Refused<'a>> {
    Envelope { status: 0, data: Refused { ref_id: "0", transaction_status }, errors }
}

/// A refused OTP request.
pub fn refused_otp<'a>(errors: &'a [FieldError<'a>]) -> Envelope<'a, Nothing> {
    Envelope { status: 0, data: Nothing::DATA, errors }
}

/// The error entry for a code.
pub fn error_of(code: &Code) -> FieldError<'static> {
    FieldError { code: code.number, field: code.field, message: code.text }
}
