//! What forms need besides themselves to become commands: the same at a call of the API and in a world file.

use edge::Mode;
use edge::secrets::Secrets;

use crate::app::Shared;
use crate::public_secrets::PublicSecrets;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Provision<'a> {
    /// Hashes and seals what is secret.
    pub secrets: &'a Secrets,
    /// Secrets that may not be chosen.
    pub public_secrets: &'a PublicSecrets,
    /// Production demands longer secrets.
    pub mode: Mode,
    /// The instant by the clock.
    pub now_ms: i64,
}

impl Shared {
    /// For a call of the API.
    pub(crate) fn provision(&self) -> Provision<'_> {
        Provision {
            secrets: &self.edge.secrets,
            public_secrets: &self.public_secrets,
            mode: self.edge.mode,
            now_ms: self.edge.engine.clock().now_ms(),
        }
    }
}
