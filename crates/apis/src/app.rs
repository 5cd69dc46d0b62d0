//! What handlers share.

use std::ops::Deref;
use std::sync::Arc;

use engine::Engine;
use metrics_exporter_prometheus::PrometheusHandle;
use payments::{CardNetwork, ChargeRefusals, GroupFile, Issuer, Rail, Rial, Rules, SmsSender};

use tokio_util::task::TaskTracker;

use crate::Secrets;
use crate::admin::secret::PublicSecrets;
use crate::budget::Budgets;
use crate::connections::Connections;
use crate::cors::Origins;
use crate::faults::Faults;
use crate::large::LargeReplies;
use crate::pace::Pace;
use crate::pages::Security;
use crate::pay_page::Entries;
use crate::paystar::{Arrivals, PaystarSettings};
use crate::pod::PodState;
use crate::request_log::RequestLog;
use crate::strict::Strict;

/// Whether the sandbox's controls exist.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// They do: clock, reset, tokens without consent.
    Sandbox,
    /// They answer 404.
    Production,
}

/// Settings of the Finnotech dialect (finnotech.md 1.7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FinnotechSettings {
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

/// What handlers work with.
#[derive(Debug)]
pub struct Shared {
    /// Commands, reads, time.
    pub engine: Engine,
    /// Requests and payments by telephone that are not at their end.
    pub running: TaskTracker,
    /// Keys of hashes and signatures.
    pub secrets: Arc<Secrets>,
    /// Sandbox or production.
    pub mode: Mode,
    /// What is refused beyond what must be.
    pub strict: Strict,
    /// Secrets that operators may not choose.
    pub public_secrets: PublicSecrets,
    /// Whether browsers come over TLS.
    pub security: Security,
    /// Settings of the dialect.
    pub finnotech: FinnotechSettings,
    /// Settings of the dialect.
    pub paystar: PaystarSettings,
    /// The payment networks.
    pub rail: Arc<dyn Rail>,
    /// The form of the files that carry paya orders to their network.
    pub files: Arc<dyn GroupFile>,
    /// Whoever has issued the cards that pay.
    pub issuer: Arc<dyn Issuer>,
    /// The objects of the demo world; empty: there is none.
    pub demo: Vec<crate::admin::values::DemoObject>,
    /// The network of other banks' cards.
    pub cards: Arc<dyn CardNetwork>,
    /// Brings SMS to people, or keeps them to be read. Handed to the engine, which sends.
    pub sms: Arc<dyn SmsSender>,
    /// Most money that the operator's API creates in a day; `None`: no limit.
    pub money_per_day: Option<Rial>,
    /// How fast requests for consent may begin.
    pub pace: Pace,
    /// What callers may begin who have not shown who they are.
    pub budgets: Budgets,
    /// Pages of lists, and their places.
    pub large: LargeReplies,
    /// Payers who have come in by a link and have sent no form yet.
    pub entries: Entries,
    /// Origins of registered redirect addresses.
    pub origins: Origins,
    /// Connections, and which of them have input to look at.
    pub connections: Arc<Connections>,
    /// Payments by PayStar's services that are not answered yet.
    pub arrivals: Arc<Arrivals>,
    /// How fast a terminal may ask for one-time passwords.
    pub otp_pace: Pace,
    /// Settings, one-time tokens and request numbers of POD.
    pub pod: PodState,
    /// The last requests.
    pub requests: RequestLog,
    /// The rule set: what the console foretells.
    pub rules: Rules,
    /// What shall go wrong; in a sandbox only.
    pub faults: Option<Arc<Faults>>,
    /// Renders the metrics.
    pub metrics: PrometheusHandle,
}
