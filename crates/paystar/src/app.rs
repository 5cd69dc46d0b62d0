//! What PayStar's handlers work with.

use std::ops::Deref;
use std::sync::Arc;

use edge::rate_limiter::RateLimiter;
use edge::{Edge, Reset};
use sandbox::Faults;

use crate::in_flight::InFlightPayments;

/// Cloned into every handler; clones share one [`Shared`].
#[derive(Clone, Debug)]
pub struct App(Arc<Shared>);

impl App {
    /// Handlers with these parts.
    pub fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// See the module.
#[derive(Debug)]
pub struct Shared {
    /// What handlers of all dialects work with.
    pub edge: Edge,
    /// Payments by PayStar's services that are not answered yet.
    pub arrivals: Arc<InFlightPayments>,
    /// How fast a terminal may ask for one-time passwords.
    pub otp_pace: RateLimiter,
    /// What goes wrong; in a sandbox only.
    pub faults: Option<Arc<Faults>>,
}

impl Deref for Shared {
    type Target = Edge;

    fn deref(&self) -> &Edge {
        &self.edge
    }
}

impl Reset for App {
    fn reset(&self) {
        self.otp_pace.clear();
    }
}
