//! What Finnotech's handlers work with.

use std::ops::Deref;
use std::sync::Arc;

use edge::pace::Pace;
use edge::{Edge, Reset};
use payments::ChargeRefusals;
use sandbox::Faults;

/// Settings of the dialect (finnotech.md 1.7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Characters of a trackId at most.
    pub track_id_max_len: usize,
    /// A repeated request gets the stored reply instead of an error.
    pub replay_duplicates: bool,
    /// Who refuses a charge for its amount, its hour and its trackId.
    pub charge_refusals: ChargeRefusals,
}

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
    /// Settings of the dialect.
    pub settings: Settings,
    /// How fast requests for consent may begin.
    pub pace: Pace,
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
        self.pace.clear();
    }
}
