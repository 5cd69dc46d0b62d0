//! Verifying the code that was sent to a mobile number by SMS.

use super::give_code::give_code;
use super::row::is_remembered;
use crate::identity::tries::forget;
use crate::view::{Denial, Keys, View};
use crate::wrong_tries::{TryLimit, WrongTries};
use crate::{At, ClientId, Command, Consent, Digest, GrantKind, Locked, Tries};

/// Wrong codes that close a request by SMS.
pub const MAX_SMS_TRIES: i64 = 3;
/// Wrong codes of one client for one mobile number, over all requests, that lock this pair for a quarter of an hour.
const MAX_SMS_TRIES_OF_CLIENT: i64 = 12;

const OF_SMS: TryLimit = TryLimit::while_counted(MAX_SMS_TRIES);

/// Why the code of an SMS is not accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotVerified {
    /// The request is unknown or closed, or the code or another parameter is wrong. A wrong code is counted.
    Wrong,
    /// The request has expired.
    Expired,
}

/// Verifies the code that was sent to a mobile number by SMS: the request becomes an authorization code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyConsentCode {
    /// The client whose request it is.
    pub client: ClientId,
    /// Keyed hash of the request's id.
    pub consent: Digest,
    /// Keyed hash of the mobile number.
    pub mobile: Digest,
    /// Keyed hash of the code in the SMS.
    pub otp: Digest,
    /// National id of the user, as the caller names it.
    pub nid: String,
    /// Keyed hash of the authorization code.
    pub code: Digest,
    /// Keyed hash of client and mobile number. Wrong codes are counted under it over all requests, so that new requests give a client no more
    /// guesses.
    pub tries: Digest,
}

impl Command for VerifyConsentCode {
    type Done = ();
    type Refusal = NotVerified;
    const NAME: &'static str = "VerifyConsentCode";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.log_in_tries.push(self.tries);
        keys.consents.push(self.consent);
        keys.bank_users.push(self.nid.clone());
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<NotVerified>> {
        let consent = view.consents.get(&self.consent).map(|consent| Consent::clone(consent));
        let is_named = |c: &Consent| c.kind == GrantKind::Sms && c.client == self.client;
        let consent = consent.filter(|consent| is_named(consent) && is_remembered(consent.ends_at_ms, now));
        let consent = consent.ok_or(NotVerified::Wrong)?;
        let of_sms = WrongTries::counted(consent.tries);
        if of_sms.is_locked(OF_SMS, now) {
            return Err(NotVerified::Wrong.into());
        }
        if consent.ends_at_ms < now.at_ms {
            return Err(NotVerified::Expired.into());
        }
        let tries = Tries::of(view, &self.tries, now).map_err(|Locked| NotVerified::Wrong)?;
        if consent.otp != Some(self.otp) {
            view.log_in_tries.put(self.tries, tries.and_one(MAX_SMS_TRIES_OF_CLIENT, now));
            view.consents.put(consent.id, Consent { tries: of_sms.and_one(OF_SMS, now).count, ..consent });
            return Err(Denial::Declined(NotVerified::Wrong));
        }
        // The grant is for the user that the bank knows by this number now: the bank's record may have changed since the SMS was sent.
        let user = view.bank_users.get(&self.nid);
        let by_number = user.is_some_and(|user| user.mobile == Some(self.mobile));
        let known = by_number && (consent.user.is_empty() || consent.user == self.nid);
        if consent.mobile != Some(self.mobile) || !known {
            return Err(NotVerified::Wrong.into());
        }
        forget(view, &self.tries);
        let deposits = consent.deposit.map(|id| (vec![id], vec![consent.deposit_number.clone()]));
        let ends_at_ms = consent.ends_at_ms;
        give_code(view, &consent, self.code, self.nid.clone(), deposits.unwrap_or_default(), ends_at_ms);
        Ok(())
    }
}
