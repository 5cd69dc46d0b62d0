//! Counting a try of a password, against the request and against the user.

use super::living::living;
use crate::view::{Denial, Keys, View};
use crate::wrong_tries::{TryLimit, WrongTries};
use crate::{At, BankUser, Command, Consent, Digest, NoConsent};

/// Tries of a password that a request allows; a right password gives its try back.
pub const MAX_PAGE_TRIES: i64 = 5;
/// Wrong passwords of one user in a row, over all requests, that lock the user.
pub const MAX_USER_TRIES: i64 = 10;
/// How long a user is locked, in milliseconds: a quarter of an hour.
pub const LOCKED_MS: i64 = 900_000;

pub(super) const OF_PAGE: TryLimit = TryLimit::while_counted(MAX_PAGE_TRIES);
const OF_USER: TryLimit = TryLimit::for_ms(MAX_USER_TRIES, LOCKED_MS);

/// Why a password is not compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotTried {
    /// There is no such request, or it has ended, or its tries are used up.
    NoConsent,
    /// The user is locked after too many wrong passwords.
    Locked,
}

/// Counts a try against the request and the user, before the password is compared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TryLogIn {
    /// Keyed hash of the request's id.
    pub consent: Digest,
    /// National id as it was typed.
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
        let of_page = WrongTries::counted(consent.tries);
        if of_page.is_locked(OF_PAGE, now) {
            return Err(NotTried::NoConsent.into());
        }
        let user = view.bank_users.get(&self.nid).map(|user| BankUser::clone(user));
        let of_user = |user: &BankUser| WrongTries { count: user.failures, locked_until_ms: user.locked_until_ms };
        if user.as_ref().is_some_and(|user| of_user(user).is_locked(OF_USER, now)) {
            return Err(NotTried::Locked.into());
        }
        view.consents.put(consent.id, Consent { tries: of_page.and_one(OF_PAGE, now).count, ..consent });
        if let Some(user) = user {
            let WrongTries { count: failures, locked_until_ms } = of_user(&user).and_one(OF_USER, now);
            view.bank_users.put(user.nid.clone(), BankUser { failures, locked_until_ms, ..user });
        }
        Ok(())
    }
}
