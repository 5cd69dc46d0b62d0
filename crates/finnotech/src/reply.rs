//! Replies in the envelope of finnotech.md 1.3.

use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;
use wire::finnotech::envelope::{ErrorBody, Failed, Success};
use wire::finnotech::errors::{self, Failure};

use edge::large::Reservation;
use edge::observe::Cause;
pub use edge::reply::json;
use edge::reply::large;

/// The header that marks the stored reply to a repeated request.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replay");

/// A `DONE` reply.
pub fn done<T: Serialize>(track_id: &str, result: T) -> Response {
    let body = Success { track_id: Some(track_id), result: Some(result), status: "DONE", response_code: None };
    json(StatusCode::OK, &body)
}

/// A `DONE` reply that contains the rows of a list, with their reserved memory.
pub fn done_list<T: Serialize>(track_id: Option<&str>, reservation: Reservation, result: T) -> Response {
    large(reservation, &Success { track_id, result: Some(result), status: "DONE", response_code: None })
}

/// A `FAILED` reply; replies to token calls have no trackId.
pub fn failed(track_id: Option<&str>, failure: &Failure) -> Response {
    let error = ErrorBody { code: failure.code, message: &failure.message };
    let body = Failed { track_id, status: "FAILED", response_code: failure.response_code, error };
    let status = StatusCode::from_u16(failure.http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    json(status, &body)
}

/// An internal error: the caller gets `internal error` or `server is busy`, the operator gets the cause.
pub fn broken(track_id: Option<&str>, error: &engine::Error) -> Response {
    let failure = if error.is_passing() { &errors::BUSY } else { &errors::INTERNAL };
    let mut response = failed(track_id, failure);
    response.extensions_mut().insert(Cause(error.to_string()));
    response
}

/// Marks a reply as a stored one (finnotech.md 1.5).
pub fn replayed(mut response: Response) -> Response {
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    #[test]
    fn a_full_queue_is_503_with_retry_after_and_a_failed_store_is_500_whose_cause_only_the_operator_sees() {
        // finnotech.md 1.6: after "server is busy" nothing was done; after "internal error" the caller must inquire.
        for (error, status, message, retry) in [
            (engine::Error::Busy, 503, "server is busy", true),
            (engine::Error::Stopping, 503, "server is busy", true),
            (engine::Error::Unavailable("the database is away".to_owned()), 503, "server is busy", true),
            (store::Error::Unavailable("the database is away".to_owned()).into(), 503, "server is busy", true),
            (store::Error::Failed.into(), 500, "internal error", false),
            (engine::Error::Unknown, 500, "internal error", false),
        ] {
            let response = broken(Some("t-1"), &error);
            assert_eq!(response.status().as_u16(), status, "{error}");
            assert_eq!(response.headers().contains_key(header::RETRY_AFTER), retry, "{error}");
            assert_eq!(response.extensions().get::<Cause>().map(|Cause(text)| text.clone()), Some(error.to_string()));
            let failure = if retry { &errors::BUSY } else { &errors::INTERNAL };
            assert_eq!((failure.http, &*failure.message), (status, message));
        }
    }
}
