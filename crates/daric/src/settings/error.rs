//! Errors in the settings.

use std::fmt;

use edge::Mode;

use crate::demo;

/// Minimum length of a secret in the settings.
const SECRET: usize = 16;

/// A setting that cannot be used: its name, its source, and what is expected.
#[derive(Debug)]
pub struct SettingsError(pub(super) String);

impl std::error::Error for SettingsError {}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An error with this text.
pub(super) fn wrong(text: impl Into<String>) -> SettingsError {
    SettingsError(text.into())
}

/// Checks a secret that an operator has chosen: it can be guessed over the network, and production refuses those of the demo world.
pub(super) fn chosen(name: &str, secret: &str, mode: Mode) -> Result<(), SettingsError> {
    if secret.chars().count() < SECRET {
        return Err(wrong(format!("{name}: at least {SECRET} characters")));
    }
    if mode == Mode::Production && demo::public_secrets().contains(secret) {
        return Err(wrong(format!("{name}: this one is public: it is the demo world's")));
    }
    Ok(())
}
