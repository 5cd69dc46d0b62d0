//! PayStar's replies (paystar.md 1).

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use payments::Declined;
use serde::Serialize;
use wire::field::Fault;
use wire::paystar::codes::{self, Code};
use wire::paystar::fields::{BODY_INVALID, invalid, message};
use wire::paystar::replies::{self, FieldError};

use ::codes::paystar::code_of;
use edge::observe::Cause;
use edge::reply::json;

/// The form of a refusal (second-edition 3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// For an OTP request: `data` is empty.
    Otp,
    /// For a payment or an inquiry: `data` has the code.
    Payment,
}

/// Why a call failed.
#[derive(Debug)]
pub enum Failed {
    /// The call is refused; nothing was posted.
    Refused(Code),
    /// The machine failed.
    Broken(engine::Error),
}

impl From<Declined> for Failed {
    fn from(why: Declined) -> Self {
        Self::Refused(code_of(why))
    }
}

impl From<engine::Error> for Failed {
    fn from(error: engine::Error) -> Self {
        Self::Broken(error)
    }
}

impl Failed {
    /// The reply. An outcome that may be unknown is not reported as a failure: it is a status without a body.
    pub fn response(self, form: Form) -> Response {
        match self {
            // This code is used for unreadable requests only.
            Self::Refused(codes::INVALID_RESPONSE) => no_json(form),
            Self::Refused(code) => refused(form, &code),
            Self::Broken(error) => {
                let mut response = if error.is_passing() { busy(form) } else { unknown() };
                response.extensions_mut().insert(Cause(error.to_string()));
                response
            }
        }
    }
}

/// The reply to a call that succeeded.
pub fn done<T: Serialize>(data: T) -> Response {
    json(StatusCode::OK, &replies::done(data))
}

/// The reply to a call that was refused with this code.
pub fn refused(form: Form, code: &Code) -> Response {
    refused_with(form, StatusCode::OK, code, &[replies::error_of(code)])
}

/// The reply to an inquiry of an order that is not paid: the code of its last decline, if there is one.
pub fn not_paid(code: Option<Code>) -> Response {
    let status = code.map(|code| code.number.to_string()).unwrap_or_default();
    json(StatusCode::OK, &replies::refused(&status, &[]))
}

/// The reply if nothing was done and a retry may succeed, for example because the queue is full.
fn busy(form: Form) -> Response {
    let code = codes::SYSTEM_ERROR;
    refused_with(form, StatusCode::SERVICE_UNAVAILABLE, &code, &[replies::error_of(&code)])
}

/// The reply if the outcome must be inquired.
fn unknown() -> Response {
    status(StatusCode::GATEWAY_TIMEOUT)
}

/// The reply to a body that is not a JSON object.
pub fn no_json(form: Form) -> Response {
    let (field, message) = BODY_INVALID;
    unprocessable(form, &[(field, message.to_owned())])
}

/// The reply to fields that are missing or invalid.
pub fn faulty(form: Form, faults: &[Fault]) -> Response {
    let texts: Vec<(&str, String)> = faults.iter().map(|fault| message(*fault)).collect();
    unprocessable(form, &texts)
}

/// The reply to one field that cannot be read.
pub fn unreadable(form: Form, field: &str) -> Response {
    unprocessable(form, &[(field, invalid(field))])
}

fn unprocessable(form: Form, texts: &[(&str, String)]) -> Response {
    let code = codes::INVALID_RESPONSE;
    let errors = texts.iter().map(|(field, message)| FieldError { code: code.number, field, message });
    let errors: Vec<FieldError<'_>> = errors.collect();
    refused_with(form, StatusCode::UNPROCESSABLE_ENTITY, &code, &errors)
}

/// The reply to a path, method or body that is not served.
pub fn unserved(form: Form, status: StatusCode) -> Response {
    refused_with(form, status, &codes::INVALID_RESPONSE, &[replies::error_of(&codes::INVALID_RESPONSE)])
}

/// A status without a body.
pub fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn refused_with(form: Form, status: StatusCode, code: &Code, errors: &[FieldError<'_>]) -> Response {
    match form {
        Form::Otp => json(status, &replies::refused_otp(errors)),
        Form::Payment => json(status, &replies::refused(&code.number.to_string(), errors)),
    }
}
