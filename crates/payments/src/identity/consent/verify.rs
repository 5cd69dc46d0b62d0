//! The holder of a mobile number says the code that was sent to it.

use super::give_code::give_code;
use super::row::is_remembered;
use crate::identity::tries::forget;
use crate::view::{Denial, Keys, View};
use crate::wrong_tries::{TryLimit, WrongTries};
use crate::{At, ClientId, Command, Consent, Digest, GrantKind, Locked, Tries};

/// Wrong codes that an SMS survives.
pub const SMS_TRIES: i64 = 3;
/// Wrong codes of one client for one mobile number, over all requests, that close both for a quarter of an hour.
const SMS_TRIES_OF_CLIENT: i64 = 12;

const OF_SMS: TryLimit = TryLimit::while_counted(SMS_TRIES);

/// Why an SMS's code verifies nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotVerified {
    /// It, or something beside it, is wrong. A wrong code is counted.
    Wrong,
    /// It has run out.
    Expired,
}

/// The holder of a mobile number says the code that was sent to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyOtp {
    /// Whose request.
    pub client: ClientId,
    /// The request.
    pub consent: Digest,
    /// Keyed hash of the mobile number.
    pub mobile: Digest,
    /// Keyed hash of the SMS's code.
    pub otp: Digest,
    /// Who it says it is.
    pub nid: String,
    /// Keyed hash of the code.
    pub code: Digest,
    /// Keyed hash of client and mobile number, whose wrong codes are counted over all requests: a client that asks again and again guesses no more.
    pub tries: Digest,
}

impl Command for VerifyOtp {
    type Done = ();
    type Refusal = NotVerified;
    const NAME: &'static str = "VerifyOtp";

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
            view.log_in_tries.put(self.tries, tries.and_one(SMS_TRIES_OF_CLIENT, now));
            view.consents.put(consent.id, Consent { tries: of_sms.and_one(OF_SMS, now).count, ..consent });
            return Err(Denial::Declined(NotVerified::Wrong));
        }
        // A request becomes a token of whom the bank knows by this number, also when the code has been out for a while.
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
