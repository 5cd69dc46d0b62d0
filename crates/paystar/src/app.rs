//! The state of PayStar's handlers.

use std::ops::Deref;
use std::sync::Arc;

use edge::rate_limiter::RateLimiter;
use edge::{Edge, Reset};
use sandbox::Faults;

use crate::in_flight::InFlightPayments;

/// The state of all handlers: see [`Shared`].
pub type App = edge::App<Shared>;

/// See the module.
#[derive(Debug)]
pub struct Shared {
    /// The state that all dialects share.
    pub edge: Edge,
    /// Payments that were received and are not answered yet.
    pub in_flight_payments: Arc<InFlightPayments>,
    /// Rate limit on requests for one-time passwords, per terminal.
    pub otp_rate_limiter: RateLimiter,
    /// Injected faults; `None` in production.
    pub faults: Option<Arc<Faults>>,
}

impl Deref for Shared {
    type Target = Edge;

    fn deref(&self) -> &Edge {
        &self.edge
    }
}

impl Reset for Shared {
    fn reset(&self) {
        self.otp_rate_limiter.clear();
    }
}
