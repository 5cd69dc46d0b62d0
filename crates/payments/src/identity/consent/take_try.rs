//! Taking one of the tries that a request and a user have.

use super::living::living;
use crate::view::{Denial, Keys, View};
use crate::{At, BankUser, Command, Consent, Digest, NoConsent};

/// Wrong passwords that a request survives.
pub const PAGE_TRIES: i64 = 5;

/// Wrong passwords of one user in a row, over all requests, until it is locked.
pub const USER_TRIES: i64 = 10;
/// How long a user is locked, in milliseconds: a quarter of an hour.
pub const LOCKED_MS: i64 = 900_000;

/// Why a password is not looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotTried {
    /// There is no such request, or it has ended, or its tries are used up.
    NoConsent,
    /// Too many wrong passwords: the user has to wait.
    Locked,
}

/// Takes one of the tries that a request and a user have, before the password is looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TryLogIn {
    /// The request.
    pub consent: Digest,
    /// Who it says it is.
    pub nid: String,
}

impl Command for TryLogIn {
    type Done = ();
    type Refusal = NotTried;
    const NAME: &'static str = "TryLogIn";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.consents.push(self.consent);
        keys.bank_users.push(self.nid.clone());
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<NotTried>> {
        let consent = living(view, &self.consent, now).map_err(|NoConsent| NotTried::NoConsent)?;
        if consent.tries >= PAGE_TRIES {
            return Err(NotTried::NoConsent.into());
        }
        let user = view.bank_users.get(&self.nid).map(|user| BankUser::clone(user));
        if user.as_ref().is_some_and(|user| user.locked_until_ms > now.at_ms) {
            return Err(NotTried::Locked.into());
        }
        view.consents.put(consent.id, Consent { tries: consent.tries + 1, ..consent });
        if let Some(user) = user {
            let failures = user.failures + 1;
            let locked = failures >= USER_TRIES;
            let user = BankUser {
                failures: if locked { 0 } else { failures },
                locked_until_ms: if locked { now.at_ms.saturating_add(LOCKED_MS) } else { user.locked_until_ms },
                ..user
            };
            view.bank_users.put(user.nid.clone(), user);
        }
        Ok(())
    }
}
