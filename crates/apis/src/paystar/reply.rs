//! Replies in the form of paystar.md 1.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use payments::Declined;
use serde::Serialize;
use wire::field::Fault;
use wire::paystar::codes::{self, Code};
use wire::paystar::fields::{BODY_INVALID, invalid, message};
use wire::paystar::replies::{self, FieldError};

use super::codes::code_of;
use crate::observe::Cause;
use crate::reply::json;

/// Why a call did not do what its caller wanted.
#[derive(Debug)]
pub enum Failed {
    /// It is refused; nothing was posted.
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
    /// As a reply. What Daric does not know itself is not called a failure: it has no body.
    pub fn response(self) -> Response {
        match self {
            // It is said of forms only.
            Self::Refused(codes::INVALID_RESPONSE) => no_json(),
            Self::Refused(code) => refused(&code),
            Self::Broken(error) => {
                let mut response = if error.is_passing() { busy() } else { unknown() };
                response.extensions_mut().insert(Cause(error.to_string()));
                response
            }
        }
    }
}

/// A reply that says that it is done.
pub fn done<T: Serialize>(data: T) -> Response {
    json(StatusCode::OK, &replies::done(data))
}

/// A reply that says no.
pub fn refused(code: &Code) -> Response {
    refused_with(StatusCode::OK, code, &[replies::error_of(code)])
}

/// The same, of a known order that is not paid: its last code, if there is one.
pub fn not_paid(code: Option<Code>) -> Response {
    let status = code.map(|code| code.number.to_string()).unwrap_or_default();
    json(StatusCode::OK, &replies::refused(&status, &[]))
}

/// Nothing was done: the queue is full.
pub fn busy() -> Response {
    let code = codes::SYSTEM_ERROR;
    refused_with(StatusCode::SERVICE_UNAVAILABLE, &code, &[replies::error_of(&code)])
}

/// What was done must be inquired.
pub fn unknown() -> Response {
    status(StatusCode::GATEWAY_TIMEOUT)
}

/// The body is no JSON object.
pub fn no_json() -> Response {
    let (field, message) = BODY_INVALID;
    refused_with(StatusCode::UNPROCESSABLE_ENTITY, &codes::INVALID_RESPONSE, &[FieldError { field, message }])
}

/// Fields that are missing or cannot be read.
pub fn faulty(faults: &[Fault]) -> Response {
    let texts: Vec<(&str, String)> = faults.iter().map(|fault| message(*fault)).collect();
    let errors: Vec<FieldError<'_>> = texts.iter().map(|(field, message)| FieldError { field, message }).collect();
    refused_with(StatusCode::UNPROCESSABLE_ENTITY, &codes::INVALID_RESPONSE, &errors)
}

/// A field that holds no text.
pub fn unreadable(field: &str) -> Response {
    let message = invalid(field);
    refused_with(StatusCode::UNPROCESSABLE_ENTITY, &codes::INVALID_RESPONSE, &[FieldError { field, message: &message }])
}

/// A status without a body.
pub fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn refused_with(status: StatusCode, code: &Code, errors: &[FieldError<'_>]) -> Response {
    json(status, &replies::refused(&code.number.to_string(), errors))
}
