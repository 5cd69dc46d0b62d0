//! Logging a party in with a code.

use std::sync::Arc;

use crate::identity::session::begin;
use crate::identity::tries::forget;
use crate::view::{Denial, Keys, View};
use crate::{At, Command, Digest, LOG_IN_CODE_MS, Locked, LogInCode, Party, Text, Tries, Visitor};

/// Wrong codes in a row that lock a mobile number.
pub const MAX_CODE_TRIES: i64 = 3;

/// Why a code does not log in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotLoggedIn {
    /// The number is locked after too many wrong codes.
    Locked,
    /// The code is wrong, expired or used, which is counted; or the number is no longer the party's verified one, which is not counted.
    WrongCode,
}

/// Logs a party in with the code that was sent to its mobile number. A wrong code is counted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogInByCode {
    /// Keyed hash of the mobile number.
    pub mobile: Digest,
    /// The number: `09` and nine digits.
    pub number: Text,
    /// Keyed hash of the code.
    pub code: Digest,
    /// Keyed hash of the session cookie that the browser gets.
    pub hash: Digest,
    /// Lifetime of the session, in milliseconds.
    pub life_ms: i64,
}

impl Command for LogInByCode {
    type Done = ();
    type Refusal = NotLoggedIn;
    const NAME: &'static str = "LogInByCode";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.log_in_tries.push(self.mobile);
        keys.log_in_codes.push(self.mobile);
        keys.browser_sessions.push(self.hash);
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        keys.parties.extend(view.log_in_codes.get(&self.mobile).map(|code| code.party));
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<NotLoggedIn>> {
        let tries = Tries::of(view, &self.mobile, now).map_err(|Locked| NotLoggedIn::Locked)?;
        let alive = |code: &LogInCode| now.at_ms < code.at_ms.saturating_add(LOG_IN_CODE_MS);
        let sent = view.log_in_codes.get(&self.mobile).map(|code| **code).filter(alive);
        let Some(code) = sent.filter(|code| code.hash == Some(self.code)) else {
            view.log_in_tries.put(self.mobile, tries.and_one(MAX_CODE_TRIES, now));
            return Err(Denial::Declined(NotLoggedIn::WrongCode));
        };
        // The number may belong to another party by now.
        let holds = |party: &&Arc<Party>| !party.disabled && party.verified_mobile() == Some(&self.number);
        let access_version = view.parties.get(&code.party).filter(holds);
        let Some(access_version) = access_version.map(|party| party.access_version) else {
            return Err(NotLoggedIn::WrongCode.into());
        };
        view.log_in_codes.put(self.mobile, LogInCode { hash: None, ..code });
        forget(view, &self.mobile);
        let visitor = Visitor::Party { id: code.party, access_version };
        begin(view, self.hash, visitor, self.life_ms, now);
        Ok(())
    }
}
