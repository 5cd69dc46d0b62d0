//! State that handlers of all dialects share.

use std::sync::Arc;

use engine::Engine;
use payments::SmsSender;
use tokio_util::task::TaskTracker;
use url::Origin;

use crate::app::App;
use crate::budget::Budgets;
use crate::connections::Connections;
use crate::dialect::Dialects;
use crate::large::LargeReplies;
use crate::long_poll::LongPolls;
use crate::mode::{Mode, Reset, Security};
use crate::origins::Origins;
use crate::payer_card_settings::PayerCardSettings;
use crate::request_log::RequestLog;
use crate::secrets::Secrets;
use crate::strict::Strict;

/// The state of the edge: see [`Shared`].
pub type Edge = App<Shared>;

/// The state behind [`Edge`].
#[derive(Debug)]
pub struct Shared {
    /// Runs commands, reads the store, and has the clock.
    pub engine: Engine,
    /// Requests and payments by telephone that have not ended yet; shutdown waits for them.
    pub running: TaskTracker,
    /// Keys for hashes, signatures and sealed values.
    pub secrets: Arc<Secrets>,
    /// Sandbox or production.
    pub mode: Mode,
    /// The rules of strict mode that are on.
    pub strict: Strict,
    /// Whether browsers connect over TLS.
    pub security: Security,
    /// Scheme, host and port with which links to this server begin.
    pub public_base: String,
    /// The origin of the public base, if one is configured.
    pub own_origin: Option<Origin>,
    /// Rate limits for callers that are not authenticated.
    pub budgets: Budgets,
    /// Pages of lists, and the memory reserved for them.
    pub large: LargeReplies,
    /// Origins of registered redirect addresses.
    pub origins: Origins,
    /// Open connections, and which of them have unread input.
    pub connections: Arc<Connections>,
    /// The last requests.
    pub requests: RequestLog,
    /// Calls that wait for something to answer.
    pub long_polls: LongPolls,
    /// Sends SMS, or keeps them for reading in the sandbox. The engine uses the same sender.
    pub sms: Arc<dyn SmsSender>,
    /// Parts and settings of payments by card.
    pub payer_card_settings: PayerCardSettings,
    /// All dialects of this server.
    pub dialects: Dialects,
}

impl Reset for Shared {
    fn reset(&self) {
        self.sms.clear();
        self.budgets.clear();
        self.requests.clear();
    }
}
