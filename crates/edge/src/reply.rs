//! Responses, for all dialects.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use crate::large::Reservation;
use crate::observe::Cause;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
/// `Cache-Control` of responses that may be cached publicly for a minute; all others have `no-store`.
pub const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=60");
/// Initial capacity of a response, enough for most.
const REPLY_BYTES: usize = 768;
/// Seconds after which a caller may retry when the server is busy.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// A response in JSON; with status 503 it has `Retry-After`.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    written(status, body, Body::from)
}

/// A response that contains the rows of a list, with their reserved memory.
pub fn large(reservation: Reservation, body: &impl Serialize) -> Response {
    written(StatusCode::OK, body, |bytes| reservation.body(bytes))
}

fn written(status: StatusCode, body: &impl Serialize, into_body: impl FnOnce(Vec<u8>) -> Body) -> Response {
    let mut bytes = Vec::with_capacity(REPLY_BYTES);
    let mut response = match serde_json::to_writer(&mut bytes, body) {
        Ok(()) => Response::new(into_body(bytes)),
        // Wire types always serialise. Should one fail, the caller has to inquire the outcome.
        Err(error) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response.extensions_mut().insert(Cause(error.to_string()));
            return response;
        }
    };
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    response
}

/// A number with a comma between groups of three digits.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(1 + digits.len() + digits.len() / 3);
    if number < 0 {
        text.push('-');
    }
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_a_comma_before_each_three_digits() {
        for (number, expected) in [
            (0, "0"),
            (1, "1"),
            (999, "999"),
            (1_000, "1,000"),
            (1_000_000_000_000_000, "1,000,000,000,000,000"),
            (-5, "-5"),
            (-999, "-999"),
            (-1_000, "-1,000"),
            (-110_672, "-110,672"),
            (-1_110_672, "-1,110,672"),
            (i64::MIN, "-9,223,372,036,854,775,808"),
        ] {
            assert_eq!(grouped(number), expected);
        }
    }
}
