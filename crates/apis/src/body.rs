//! Bodies with a limit.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, HeaderValue};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// Bytes of a request's body at most (finnotech.md 1.1).
pub const MAX_BODY: usize = 64 * 1024;

/// How long a body may take: callers that stall do not keep a handler.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why there is no body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BodyFault {
    /// More than [`MAX_BODY`].
    TooLarge,
    /// The caller broke off or stalled.
    Broken,
}

/// Reads a whole body.
///
/// # Errors
/// It is too large, by its own word or in fact, or it ends early.
pub async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, BodyFault> {
    let announced = headers.get(CONTENT_LENGTH).map(HeaderValue::to_str);
    if announced.and_then(Result::ok).and_then(|length| length.parse::<usize>().ok()).is_some_and(|n| n > MAX_BODY) {
        return Err(BodyFault::TooLarge);
    }
    match tokio::time::timeout(PATIENCE, Limited::new(body, MAX_BODY).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyFault::TooLarge),
        Ok(Err(_)) | Err(_) => Err(BodyFault::Broken),
    }
}
