//! Secrets that everybody knows.

use std::collections::BTreeSet;

/// Secrets that everybody knows: the demo world's. Production takes none of them; a sandbox takes all.
#[derive(Debug, Default)]
pub struct PublicSecrets(BTreeSet<String>);

impl PublicSecrets {
    /// Those that are refused.
    pub fn new(secrets: BTreeSet<String>) -> Self {
        Self(secrets)
    }

    /// Whether everybody knows a secret.
    pub fn has(&self, secret: &str) -> bool {
        self.0.contains(secret)
    }
}
