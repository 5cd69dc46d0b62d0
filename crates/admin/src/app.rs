//! State that the handlers of the operators' API share.

use std::ops::Deref;
use std::sync::Arc;

use edge::request_log::Logged;
use edge::{Edge, Reset};
use metrics_exporter_prometheus::PrometheusHandle;
use payments::{AlertSender, GroupFile, Rial, Rules};
use sandbox::Faults;
use url::Origin;

use crate::alerts::AlertLimits;
use crate::demo_object::DemoObject;
use crate::first_world::FirstWorld;
use crate::public_secrets::PublicSecrets;
use crate::refusals::Refusals;
use crate::token_uses::TokenUses;

/// The state of all handlers: see [`Shared`].
pub type App = edge::App<Shared>;

/// The state behind [`App`].
#[derive(Debug)]
pub struct Shared {
    /// State that handlers of all dialects share.
    pub edge: Edge,
    /// Issues Finnotech tokens without consent.
    pub finnotech: finnotech::App,
    /// Secrets that operators may not choose.
    pub public_secrets: PublicSecrets,
    /// The format of the files with which paya orders are submitted to their network.
    pub files: Arc<dyn GroupFile>,
    /// The origin by which browsers know the console; `None`: the host that they ask.
    pub console_origin: Option<Origin>,
    /// The objects of the demo world; empty if there is none.
    pub demo: Vec<DemoObject>,
    /// Maximum money that this API creates per day; `None`: no limit.
    pub money_per_day: Option<Rial>,
    /// The fees, limits and other rules of the payments.
    pub rules: Rules,
    /// The sandbox's faults; `None` in production.
    pub faults: Option<Arc<Faults>>,
    /// What a reset makes in a sandbox with a world file.
    pub first_world: Option<FirstWorld>,
    /// The address by which operators reach this API and the console, from this machine.
    pub operator_base: String,
    /// The same of the platforms' services.
    pub dialect_base: String,
    /// The limits from which on conditions raise an alert.
    pub alert_limits: AlertLimits,
    /// Tells operators of alerts; `None`: no webhook is configured.
    pub alert_sender: Option<Arc<dyn AlertSender>>,
    /// Refusals of the present minute, which limit their audit lines.
    pub refusals: Refusals,
    /// Uses of named tokens that the audit has seen today.
    pub token_uses: TokenUses,
    /// State in memory that a reset clears besides the store.
    pub resets: Vec<Arc<dyn Reset>>,
    /// Renders the metrics.
    pub metrics: PrometheusHandle,
}

impl Shared {
    /// Where a request that is shown is sent again. Never the host that its caller named: an operator's token would go there.
    pub fn base_of(&self, logged: &Logged) -> &str {
        if logged.route().starts_with("/admin/") { &self.operator_base } else { &self.dialect_base }
    }
}

impl Deref for Shared {
    type Target = Edge;

    fn deref(&self) -> &Edge {
        &self.edge
    }
}
