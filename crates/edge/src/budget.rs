//! Rate limits for callers that are not authenticated: each of their requests writes a row, sends an SMS or compares a password.
//!
//! Requests are counted before any of that, by the caller's address and, where a name is given, by the name. Authenticated calls have other limits: a
//! shop's server makes all its calls from one address.

use std::net::IpAddr;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::rate_limiter::RateLimiter;

/// Requests of one address per minute: more than the payers of a shop behind one address of a mobile network make.
pub const VISITS_PER_MINUTE: u32 = 600;
/// Log-ins of one name per minute, from all addresses. A name is locked after fewer wrong passwords.
const LOG_INS_PER_MINUTE: u32 = 60;
/// Seconds after which a caller may try again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("60");

/// See the module.
#[derive(Debug)]
pub struct Budgets {
    visits: RateLimiter<IpAddr>,
    log_ins: RateLimiter,
}

impl Budgets {
    /// Limits each address to this many requests per minute.
    pub fn new(visits_per_minute: u32) -> Self {
        Self { visits: RateLimiter::new(visits_per_minute), log_ins: RateLimiter::new(LOG_INS_PER_MINUTE) }
    }

    /// Whether this address may make one more request; counts it.
    pub fn admits(&self, address: IpAddr) -> bool {
        self.visits.takes(&address)
    }

    /// Whether one more log-in of this name may begin from this address; counts it. The kind is users, bank users or operators.
    pub fn admits_log_in(&self, address: IpAddr, (kind, name): (&str, &str)) -> bool {
        self.admits(address) && self.admits_name(kind, name)
    }

    /// Whether one more log-in of this name may begin from any address; counts it.
    pub fn admits_name(&self, kind: &str, name: &str) -> bool {
        self.log_ins.takes(&format!("{kind}\n{name}"))
    }

    /// Resets all counts.
    pub fn clear(&self) {
        self.visits.clear();
        self.log_ins.clear();
    }
}

/// Turns a reply into 429 with `Retry-After`.
pub fn later(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    response
}
