//! What handlers of all dialects share.

use std::ops::Deref;
use std::sync::Arc;

use engine::Engine;
use payments::SmsSender;
use tokio_util::task::TaskTracker;
use url::Origin;

use crate::budget::Budgets;
use crate::connections::Connections;
use crate::dialect::Dialects;
use crate::large::LargeReplies;
use crate::mode::{Mode, Reset, Security};
use crate::origins::Origins;
use crate::payer_cards::PayerCards;
use crate::request_log::RequestLog;
use crate::secrets::Secrets;
use crate::strict::Strict;

/// Cloned into every handler; clones share one [`Shared`].
#[derive(Clone, Debug)]
pub struct Edge(Arc<Shared>);

impl Edge {
    /// Handlers with these parts.
    pub fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl Deref for Edge {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// What handlers of all dialects work with.
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
    /// Whether browsers come over TLS.
    pub security: Security,
    /// What links to this server begin with: scheme, host, port.
    pub public_base: String,
    /// Where our own pages are for browsers, if that was set: the origin of the public base.
    pub own_origin: Option<Origin>,
    /// What callers may begin who have not shown who they are.
    pub budgets: Budgets,
    /// Pages of lists, and their places.
    pub large: LargeReplies,
    /// Origins of registered redirect addresses.
    pub origins: Origins,
    /// Connections, and which of them have input to look at.
    pub connections: Arc<Connections>,
    /// The last requests.
    pub requests: RequestLog,
    /// Brings SMS to people, or keeps them to be read. Handed to the engine, which sends.
    pub sms: Arc<dyn SmsSender>,
    /// Cards that pay, and those who have issued them.
    pub payer_cards: PayerCards,
    /// The dialects that are spoken.
    pub dialects: Dialects,
}

impl Reset for Edge {
    fn reset(&self) {
        self.sms.clear();
        self.budgets.clear();
    }
}
