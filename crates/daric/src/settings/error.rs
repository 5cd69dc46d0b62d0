//! What is wrong with settings.

use std::fmt;

use edge::Mode;

use crate::demo;

/// Characters of a secret in the settings at least.
const SECRET: usize = 16;

/// Settings that cannot be used: which, from where, and what would do.
#[derive(Debug)]
pub struct SettingsError(pub(super) String);

impl std::error::Error for SettingsError {}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Settings that cannot be used, because of this.
pub(super) fn wrong(text: impl Into<String>) -> SettingsError {
    SettingsError(text.into())
}

/// A secret that an operator has chosen: it is guessed at over the network, and production takes none of the demo world's.
pub(super) fn chosen(name: &str, secret: &str, mode: Mode) -> Result<(), SettingsError> {
    if secret.chars().count() < SECRET {
        return Err(wrong(format!("{name}: at least {SECRET} characters")));
    }
    if mode == Mode::Production && demo::public_secrets().contains(secret) {
        return Err(wrong(format!("{name}: everybody knows this one: it is the demo world's")));
    }
    Ok(())
}
