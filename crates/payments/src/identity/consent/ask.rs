//! Opening a request for consent, on a page or by SMS.

use std::sync::Arc;

use crate::ops::message::write_code;
use crate::view::{Denial, Keys, View};
use crate::{At, Command, Consent, DepositKey, Digest, Locked, MessageId, Text, Tries};

/// Why a request for consent is not opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotAsked {
    /// The client does not exist, or was disabled.
    ClientUnknown,
    /// Too many wrong pairs of deposit and mobile number.
    Locked,
    /// The deposit is not the user's, or the mobile number is not the user's. The wrong pair is counted.
    NotTheirs,
}

/// Opens a request for consent. The result is the message whose code is to be sent; `None`: a request on a page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskConsent {
    /// The request.
    pub consent: Consent,
    /// What a request by SMS needs; `None`: a request on a page.
    pub sms: Option<AskBySms>,
}

/// What a request by SMS needs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskBySms {
    /// The mobile number that the code is sent to: `09` and nine digits.
    pub to: Text,
    /// The deposit that the consent is for: the request's user must own it, and the bank must know the request's mobile number as the user's.
    pub deposit: Option<DepositKey>,
    /// Counters of wrong pairs, each with the count that locks it: keyed hashes of the client, the mobile number and the caller's address.
    pub tries: Vec<(Digest, i64)>,
}

impl Command for AskConsent {
    type Done = Option<MessageId>;
    type Refusal = NotAsked;
    const NAME: &'static str = "AskConsent";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.clients.push(self.consent.client.clone());
        keys.consents.push(self.consent.id);
        if let Some(sms) = &self.sms {
            keys.log_in_tries.extend(sms.tries.iter().map(|(key, _)| *key));
            if let Some(deposit) = &sms.deposit {
                keys.deposits.push(deposit.clone());
                keys.bank_users.push(self.consent.user.clone());
            }
        }
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<Option<MessageId>, Denial<NotAsked>> {
        if view.clients.get(&self.consent.client).is_none_or(|client| client.disabled) {
            return Err(NotAsked::ClientUnknown.into());
        }
        let Some(sms) = &self.sms else {
            view.consents.put(self.consent.id, self.consent.clone());
            return Ok(None);
        };
        let mut consent = self.consent.clone();
        if let Some(key) = &sms.deposit {
            for (tries, _) in &sms.tries {
                Tries::of(view, tries, now).map_err(|Locked| NotAsked::Locked)?;
            }
            // A wrong mobile number, a wrong owner and an unknown deposit are one refusal (second-edition 2.10).
            let user = view.bank_users.get(&consent.user);
            let is_theirs = user.is_some_and(|user| user.mobile.is_some() && user.mobile == consent.mobile);
            let deposit = view.deposits.get(key);
            let deposit = deposit.filter(|deposit| deposit.owner == consent.user);
            let Some(deposit) = deposit.filter(|_| is_theirs).map(Arc::clone) else {
                for (key, most) in &sms.tries {
                    let tries = Tries::of(view, key, now).map_err(|Locked| NotAsked::Locked)?;
                    view.log_in_tries.put(*key, tries.and_one(*most, now));
                }
                return Err(Denial::Declined(NotAsked::NotTheirs));
            };
            (consent.deposit, consent.deposit_number) = (Some(deposit.id), deposit.number.to_string());
        }
        view.consents.put(consent.id, consent);
        Ok(Some(write_code(view, &sms.to, None, now)))
    }
}
