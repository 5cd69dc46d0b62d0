//! Request bodies, read whole within limits of size and time.

use crate::refused::BodyFault;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use bytes::{Buf as _, Bytes, BytesMut};
use http_body_util::{BodyExt, Collected};

use crate::dialect::Dialect;
use crate::{head, intake};

/// Maximum length of a request body in bytes (finnotech.md 1.1).
pub const MAX_BODY: usize = 64 * 1024;

/// Bytes of an oversized body that are read and discarded: a client that is still sending does not read the response.
const DRAINED: usize = 4 * 1024 * 1024;

/// Time-out for reading a body: a stalled client does not occupy a handler.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The body of a request, which was read whole before any handler ran.
///
/// # Errors
/// The body was too large, by `Content-Length` or as counted, or it ended early.
pub async fn read(parts: &Parts, body: Body) -> Result<Bytes, BodyFault> {
    match parts.extensions.get::<BodyFault>() {
        Some(fault) => Err(*fault),
        None => body.collect().await.map(Collected::to_bytes).map_err(|_| BodyFault::Broken),
    }
}

/// The request with its body in memory, looked through, and marked with what is wrong with it ([`BodyFault`], [`Refused`](crate::refused::Refused)), or
/// with the [pairs](wire::pairs::Pairs) of its form.
pub async fn whole(dialect: &dyn Dialect, request: Request) -> Request {
    let (mut parts, body) = request.into_parts();
    if body.is_end_stream() {
        if let Err(refused) = intake::check(dialect, &parts, b"") {
            parts.extensions.insert(refused);
        }
        return Request::from_parts(parts, body);
    }
    match receive(&parts.headers, body).await {
        Ok(bytes) => {
            let bytes = match intake::form_of_parts(dialect, &mut parts, without_mark(bytes)) {
                Ok(bytes) => {
                    match intake::check(dialect, &parts, &bytes) {
                        Ok(Some(pairs)) => drop(parts.extensions.insert(pairs)),
                        Ok(None) => {}
                        Err(refused) => drop(parts.extensions.insert(refused)),
                    }
                    bytes
                }
                Err(refused) => {
                    parts.extensions.insert(refused);
                    Bytes::new()
                }
            };
            Request::from_parts(parts, Body::from(bytes))
        }
        Err(fault) => {
            parts.extensions.insert(fault);
            Request::from_parts(parts, Body::empty())
        }
    }
}

/// A body without its leading byte order mark, if it has one (second-edition.md 1.3).
fn without_mark(mut bytes: Bytes) -> Bytes {
    bytes.advance(bytes.len() - text::without_mark(&bytes).len());
    bytes
}

async fn receive(headers: &HeaderMap, body: Body) -> Result<Bytes, BodyFault> {
    let announced = headers.get(CONTENT_LENGTH).and_then(head::text);
    let announced = announced.and_then(|length| length.parse::<usize>().ok());
    let read = async {
        match announced {
            Some(..=MAX_BODY) => body.collect().await.map(Collected::to_bytes).map_err(|_| BodyFault::Broken),
            Some(DRAINED..) => Err(BodyFault::TooLarge),
            Some(_) | None => counted(body).await,
        }
    };
    tokio::time::timeout(TIMEOUT, read).await.unwrap_or(Err(BodyFault::Broken))
}

/// Reads a body of unknown length, or one announced as over the limit.
async fn counted(mut body: Body) -> Result<Bytes, BodyFault> {
    let (mut kept, mut length) = (BytesMut::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyFault::Broken)?.into_data() else { continue };
        length += data.len();
        match length {
            ..=MAX_BODY => kept.extend_from_slice(&data),
            DRAINED.. => break,
            _ => {}
        }
    }
    if length > MAX_BODY { Err(BodyFault::TooLarge) } else { Ok(kept.freeze()) }
}
