//! Secrets that are public knowledge.

use std::collections::BTreeSet;

/// Publicly known secrets, those of the demo world. Production refuses them; a sandbox accepts all.
#[derive(Debug, Default)]
pub struct PublicSecrets(BTreeSet<String>);

impl PublicSecrets {
    /// A set of these secrets.
    pub fn new(secrets: BTreeSet<String>) -> Self {
        Self(secrets)
    }

    /// Whether a secret is publicly known.
    pub fn has(&self, secret: &str) -> bool {
        self.0.contains(secret)
    }
}
