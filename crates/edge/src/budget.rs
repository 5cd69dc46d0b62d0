//! What callers may begin who have not shown who they are: each of it writes a row, sends an SMS or compares a password.
//!
//! Counted before any of that, by the address that the caller comes from and, where a name is given, by the name. Calls that show who
//! makes them have limits of their own: a shop's server makes all its calls from one address.

use std::net::IpAddr;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::pace::Pace;

/// What one address may begin in a minute: more than the payers of a shop behind one address of a mobile network do.
pub const VISITS_PER_MINUTE: u32 = 600;
/// Log-ins of one name in a minute, wherever they come from: a name is locked after fewer wrong ones.
const LOG_INS_PER_MINUTE: u32 = 60;
/// Seconds after which a caller may try again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("60");

/// See the module.
#[derive(Debug)]
pub struct Budgets {
    visits: Pace,
    log_ins: Pace,
}

impl Budgets {
    /// So many visits of an address in a minute.
    pub fn new(visits_per_minute: u32) -> Self {
        Self { visits: Pace::new(visits_per_minute), log_ins: Pace::new(LOG_INS_PER_MINUTE) }
    }

    /// Whether one more may begin from this address; counts it.
    pub fn admits(&self, address: IpAddr) -> bool {
        self.visits.takes(&address.to_string())
    }

    /// The same for a log-in of this name, of users, bank users or operators.
    pub fn admits_log_in(&self, address: IpAddr, (kind, name): (&str, &str)) -> bool {
        self.admits(address) && self.admits_name(kind, name)
    }

    /// The same of a log-in of this name, wherever it comes from.
    pub fn admits_name(&self, kind: &str, name: &str) -> bool {
        self.log_ins.takes(&format!("{kind}\n{name}"))
    }

    /// Begins anew for all.
    pub fn clear(&self) {
        self.visits.clear();
        self.log_ins.clear();
    }
}

/// A reply that says when to try again.
pub fn later(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    response
}
