//! What the operators' handlers work with.

use std::ops::Deref;
use std::sync::Arc;

use edge::{Edge, Reset};
use metrics_exporter_prometheus::PrometheusHandle;
use payments::{GroupFile, Rial, Rules};
use sandbox::Faults;

use crate::demo_object::DemoObject;
use crate::public_secrets::PublicSecrets;

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
    /// Makes tokens without consent, as Finnotech's tokens are made.
    pub finnotech: finnotech::App,
    /// Secrets that operators may not choose.
    pub public_secrets: PublicSecrets,
    /// The form of the files that carry paya orders to their network.
    pub files: Arc<dyn GroupFile>,
    /// The objects of the demo world; empty: there is none.
    pub demo: Vec<DemoObject>,
    /// Most money that the operator's API creates in a day; `None`: no limit.
    pub money_per_day: Option<Rial>,
    /// The rule set.
    pub rules: Rules,
    /// What goes wrong; in a sandbox only.
    pub faults: Option<Arc<Faults>>,
    /// What a reset empties beside the store.
    pub resets: Vec<Arc<dyn Reset>>,
    /// Renders the metrics.
    pub metrics: PrometheusHandle,
}

impl Deref for Shared {
    type Target = Edge;

    fn deref(&self) -> &Edge {
        &self.edge
    }
}
