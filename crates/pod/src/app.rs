//! The state of POD's handlers.

use std::ops::Deref;
use std::sync::Arc;

use edge::{Edge, Reset};
use sandbox::Faults;

use crate::gateway::Entries;
use crate::services::PodState;

/// The state of all handlers: see [`Shared`].
pub type App = edge::App<Shared>;

/// See the module.
#[derive(Debug)]
pub struct Shared {
    /// The state that all dialects share.
    pub edge: Edge,
    /// Settings, one-time tokens and request numbers.
    pub pod: Arc<PodState>,
    /// Sessions of payers who have followed a link and not yet sent a form.
    pub entries: Entries,
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
        self.entries.clear();
    }
}
