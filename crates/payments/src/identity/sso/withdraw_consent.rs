//! Withdrawing a consent.

use crate::view::{Denial, Keys, View};
use crate::{At, Command, SsoConsentKey};

/// The user has not allowed the client anything.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoSuchConsent;

/// Withdraws a consent: the tokens that depend on it become invalid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WithdrawSsoConsent {
    /// The user and the client.
    pub key: SsoConsentKey,
}

impl Command for WithdrawSsoConsent {
    type Done = ();
    type Refusal = NoSuchConsent;
    const NAME: &'static str = "WithdrawSsoConsent";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.sso_consents.push(self.key);
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<NoSuchConsent>> {
        view.sso_consents.get(&self.key).ok_or(NoSuchConsent)?;
        view.sso_consents.remove(self.key);
        Ok(())
    }
}
