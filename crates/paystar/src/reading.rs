//! Reading the bodies of PayStar's services.
//!
//! Shape: [`ahead`] reads a body before the service does, for the layers around it, and attaches the result to the request. [`fields_of`] is called
//! by the service: it takes the attached result, or reads the body. Either way a body is parsed once.

use std::sync::Arc;

use axum::body::Body as Sent;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use edge::body;
use edge::refused::BodyFault;
use edge::strict::{Rule, Strict};
use payments::Rial;
use sandbox::{Facts, Faults};
use wire::field::Fault;
use wire::paystar::fields::{Body, Inquiry, OtpRequest, Pay};

use crate::App;
use crate::facts;
use crate::reply::{self, Form};

/// The reply to a request whose body could not be read.
pub fn unread(form: Form, fault: BodyFault) -> Response {
    match fault {
        BodyFault::TooLarge => reply::status(StatusCode::PAYLOAD_TOO_LARGE),
        BodyFault::Broken => reply::no_json(form),
    }
}

/// The fields of a service, and how they are read.
pub struct Fields<T> {
    /// The form of the service's refusals.
    form: Form,
    names: &'static [&'static str],
    read: fn(&Body<'_>) -> Result<T, Vec<Fault>>,
    facts: fn(&T) -> Facts,
}

/// Fields of a request for a one-time password.
pub const OTP: Fields<OtpRequest> = Fields {
    form: Form::Otp,
    names: &["amount", "pan", "order_id", "sequence"],
    read: |body| body.otp_request(),
    facts: facts::of_otp,
};
/// Fields of a payment.
pub const PAY: Fields<Pay> = Fields {
    form: Form::Payment,
    names: &["ivr", "pan", "pin", "amount", "order_id", "invoice_id", "merchant_cid", "sequence"],
    read: |body| body.pay(),
    facts: facts::of_payment,
};
/// Fields of an inquiry.
pub const INQUIRY: Fields<Inquiry> = Fields {
    form: Form::Payment,
    names: &["sequence", "order_id"],
    read: |body| body.inquiry(),
    facts: facts::of_inquiry,
};

/// In strict mode amounts are multiples of this, in rials.
const THOUSAND: i64 = 1_000;

/// The amount of a call; `None`: it is not an amount, or strict mode refuses it.
pub fn amount_of(app: &App, rials: Option<i64>) -> Option<Rial> {
    let rials = rials.filter(|rials| !app.strict.refuses(Rule::WholeThousands, || rials % THOUSAND != 0))?;
    Some(Rial::new(rials))
}

/// Why a body cannot be read.
#[derive(Clone)]
enum Unreadable {
    /// The body is not a JSON object.
    NoObject,
    /// Fields are missing or invalid.
    Faulty(Vec<Fault>),
}

impl Unreadable {
    fn response(&self, form: Form) -> Response {
        match self {
            Self::NoObject => reply::no_json(form),
            Self::Faulty(faults) => reply::faulty(form, faults),
        }
    }
}

/// Reads a body before its service does, and attaches the result to the request. `look` gets the fields if they are valid; if faults are armed, the
/// facts for them are attached as well.
///
/// # Errors
/// The body was too large or ended early.
pub async fn ahead<T: Clone + Send + Sync + 'static, L>(
    faults: Option<&Arc<Faults>>,
    fields: &Fields<T>,
    request: Request,
    look: impl FnOnce(&T) -> L,
) -> Result<(Request, Option<L>), BodyFault> {
    let (mut parts, body) = request.into_parts();
    let bytes = body::read(&parts, body).await?;
    let read = read(fields, &bytes);
    let asked = read.as_ref().ok();
    let looked = asked.map(look);
    if let Some(asked) = asked.filter(|_| faults.is_some_and(|faults| faults.concern(&parts.headers))) {
        parts.extensions.insert((fields.facts)(asked));
    }
    parts.extensions.insert(read);
    Ok((Request::from_parts(parts, Sent::from(bytes)), looked))
}

/// The fields of a request. Its `Content-Type` is ignored.
///
/// # Errors
/// The reply: the body is too large, not a JSON object or has invalid fields, or strict mode refuses an unknown field.
pub async fn fields_of<T: Clone + Send + Sync + 'static>(
    strict: Strict,
    fields: &Fields<T>,
    request: Request,
) -> Result<T, Response> {
    let (mut parts, body) = request.into_parts();
    let body = body::read(&parts, body).await.map_err(|fault| unread(fields.form, fault))?;
    if let Some(name) = strict.unknown_member(&body, fields.names) {
        return Err(reply::unreadable(fields.form, &name));
    }
    let read_ahead = parts.extensions.remove::<Result<T, Unreadable>>();
    read_ahead.unwrap_or_else(|| read(fields, &body)).map_err(|why| why.response(fields.form))
}

fn read<T>(fields: &Fields<T>, body: &[u8]) -> Result<T, Unreadable> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    // serde would read an array by position. A body that is not UTF-8 is not JSON.
    let text = std::str::from_utf8(body).ok().filter(|_| first == Some(&b'{'));
    let object = text.and_then(|text| serde_json::from_str::<Body<'_>>(text).ok());
    (fields.read)(&object.ok_or(Unreadable::NoObject)?).map_err(Unreadable::Faulty)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    static READ: AtomicUsize = AtomicUsize::new(0);

    const COUNTED: Fields<Inquiry> = Fields {
        read: |body| {
            READ.fetch_add(1, Ordering::Relaxed);
            body.inquiry()
        },
        ..INQUIRY
    };

    fn request(body: &str) -> Request {
        Request::new(Sent::from(body.to_owned()))
    }

    #[tokio::test]
    async fn a_body_is_read_once_however_many_look_at_the_call() {
        let body = r#"{"sequence":"mehr","order_id":"o-1"}"#;
        let look = |inquiry: &Inquiry| inquiry.order_id.clone();
        let (request, looked) = ahead(None, &COUNTED, request(body), look).await.unwrap();
        let inquiry = fields_of(Strict::default(), &COUNTED, request).await.unwrap();
        assert_eq!((looked.as_deref(), &*inquiry.order_id, READ.load(Ordering::Relaxed)), (Some("o-1"), "o-1", 1));
    }

    #[tokio::test]
    async fn what_is_unreadable_is_so_whether_it_was_read_before_or_not() {
        for body in
            ["", "[]", "{}", r#"{"sequence":"mehr"}"#, r#"{"sequence":"mehr","sequence":"mehr","order_id":"o"}"#]
        {
            let (read_before, looked) = ahead(None, &INQUIRY, request(body), |_| ()).await.unwrap();
            let mut replies = Vec::new();
            for request in [read_before, request(body)] {
                let response = fields_of(Strict::default(), &INQUIRY, request).await.unwrap_err();
                let status = response.status();
                replies.push((status, axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap()));
            }
            assert_eq!((looked, &replies[0]), (None, &replies[1]), "{body}");
            assert_eq!(replies[0].0, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        }
    }
}
