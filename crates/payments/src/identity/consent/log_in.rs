//! Logging a bank user in, after its password was compared and was right.

use super::living::living;
use super::take_try::OF_PAGE;
use crate::view::{Denial, Keys, View};
use crate::wrong_tries::WrongTries;
use crate::{At, BankUser, Command, Consent, Digest, NoConsent};

/// Why a right password does not log in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogInLost {
    /// The request has ended in the meantime.
    NoConsent,
    /// The user was removed in the meantime.
    UserUnknown,
}

/// Logs a bank user in whose password was right. The request gets its try back, and the user's wrong passwords are forgotten.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogIn {
    /// Keyed hash of the request's id.
    pub consent: Digest,
    /// National id of the user.
    pub nid: String,
    /// Keyed hash of the log-in cookie that the browser gets.
    pub login: Digest,
}

impl Command for LogIn {
    type Done = ();
    type Refusal = LogInLost;
    const NAME: &'static str = "LogIn";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.consents.push(self.consent);
        keys.bank_users.push(self.nid.clone());
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<LogInLost>> {
        let consent = living(view, &self.consent, now).map_err(|NoConsent| LogInLost::NoConsent)?;
        let user = BankUser::clone(view.bank_users.get(&self.nid).ok_or(LogInLost::UserUnknown)?);
        let tries = WrongTries::counted(consent.tries).less_one(OF_PAGE).count;
        let (user_nid, login) = (self.nid.clone(), Some(self.login));
        view.consents.put(consent.id, Consent { tries, user: user_nid, login, ..consent });
        view.bank_users.put(self.nid.clone(), BankUser { failures: 0, locked_until_ms: 0, ..user });
        Ok(())
    }
}
