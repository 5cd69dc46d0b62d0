//! State that Finnotech's handlers share.

use std::ops::Deref;
use std::sync::Arc;

use edge::rate_limiter::RateLimiter;
use edge::{Edge, Reset};
use payments::ChargeRefusals;
use sandbox::Faults;

/// Settings of the dialect (finnotech.md 1.7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Maximum length of a trackId.
    pub track_id_max_len: usize,
    /// Whether a repeated request gets the stored reply instead of an error.
    pub replay_duplicates: bool,
    /// Which party refuses a charge for its amount, its hour or its trackId.
    pub charge_refusals: ChargeRefusals,
}

/// The state of all handlers: see [`Shared`].
pub type App = edge::App<Shared>;

/// The state behind [`App`].
#[derive(Debug)]
pub struct Shared {
    /// State that handlers of all dialects share.
    pub edge: Edge,
    /// Settings of the dialect.
    pub settings: Settings,
    /// Rate limit for requests for consent.
    pub consent_rate_limiter: RateLimiter,
    /// The sandbox's faults; `None` in production.
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
        self.consent_rate_limiter.clear();
    }
}
