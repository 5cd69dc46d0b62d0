//! What PayStar's services read of their bodies.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use edge::body;
use edge::refused::BodyFault;
use edge::strict::Rule;
use payments::Rial;
use wire::field::Fault;
use wire::paystar::fields::{Body, Inquiry, OtpRequest, Pay};

use crate::App;
use crate::reply::{self, Form};

pub fn unread(form: Form, fault: BodyFault) -> Response {
    match fault {
        BodyFault::TooLarge => reply::status(StatusCode::PAYLOAD_TOO_LARGE),
        BodyFault::Broken => reply::no_json(form),
    }
}

/// What a service reads of its bodies.
pub struct Fields<T> {
    /// The form of its refusals.
    pub form: Form,
    names: &'static [&'static str],
    read: fn(&Body<'_>) -> Result<T, Vec<Fault>>,
}

pub const OTP: Fields<OtpRequest> =
    Fields { form: Form::Otp, names: &["amount", "pan", "order_id", "sequence"], read: |body| body.otp_request() };
pub const PAY: Fields<Pay> = Fields {
    form: Form::Payment,
    names: &["ivr", "pan", "pin", "amount", "order_id", "invoice_id", "merchant_cid", "sequence"],
    read: |body| body.pay(),
};
pub const INQUIRY: Fields<Inquiry> =
    Fields { form: Form::Payment, names: &["sequence", "order_id"], read: |body| body.inquiry() };

/// What amounts are multiples of in strict mode, in rials.
const THOUSAND: i64 = 1_000;

/// The amount of a call; `None`: what was sent is none, or none that strict mode takes.
pub fn amount_of(app: &App, rials: Option<i64>) -> Option<Rial> {
    let rials = rials.filter(|rials| !app.strict.refuses(Rule::WholeThousands, || rials % THOUSAND != 0))?;
    Some(Rial::new(rials))
}

/// The fields of a request, whatever their type is said to be.
pub async fn fields_of<T>(app: &App, fields: &Fields<T>, request: Request) -> Result<T, Response> {
    let (parts, body) = request.into_parts();
    let body = body::read(&parts, body).await.map_err(|fault| unread(fields.form, fault))?;
    match app.strict.unknown_member(&body, fields.names) {
        Some(name) => Err(reply::unreadable(fields.form, &name)),
        None => read(fields, &body),
    }
}

pub fn read<T>(Fields { form, read, .. }: &Fields<T>, body: &[u8]) -> Result<T, Response> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    // Arrays would be read by position; what is no text anywhere is no JSON.
    let text = std::str::from_utf8(body).ok().filter(|_| first == Some(&b'{'));
    let object = text.and_then(|text| serde_json::from_str::<Body<'_>>(text).ok());
    read(&object.ok_or_else(|| reply::no_json(*form))?).map_err(|faults| reply::faulty(*form, &faults))
}
