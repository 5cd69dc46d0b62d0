//! Spans of requests, for a collector of traces.
//!
//! Shape: [`crate::observe`] calls [`Spans::begin`] when a request has arrived and [`Spans::end`] with the facts of its log line. A server without a
//! collector uses [`NoSpans`], which compiles to nothing.
//! Absent: collectors and protocols. Paths, queries and bodies: an implementation does not get them, and of the headers it uses `traceparent` only.

use std::time::Duration;

use axum::http::HeaderMap;

/// What a span says about a request.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The request's number: in hexadecimal its `X-Request-Id`.
    pub number: u64,
    /// The method as it was sent. A caller can send a method that HTTP does not have.
    pub method: &'a str,
    /// The route's pattern; `None`: no route matched.
    pub route: Option<&'a str>,
    /// The name of the dialect.
    pub dialect: &'static str,
    /// The status of the response.
    pub status: u16,
    /// The time from the request's head to its response.
    pub elapsed: Duration,
}

/// Makes a span for each request.
pub trait Spans: Clone + Send + Sync + 'static {
    /// What is kept of a request until its response.
    type Begun: Send;

    /// Reads which trace the request belongs to.
    fn begin(&self, headers: &HeaderMap) -> Self::Begun;

    /// Makes the span of a request. It must not wait.
    fn end(&self, begun: Self::Begun, facts: &Facts<'_>);
}

/// No spans.
#[derive(Clone, Debug)]
pub struct NoSpans;

impl Spans for NoSpans {
    type Begun = ();

    #[inline]
    fn begin(&self, _headers: &HeaderMap) {}

    #[inline]
    fn end(&self, (): (), _facts: &Facts<'_>) {}
}
