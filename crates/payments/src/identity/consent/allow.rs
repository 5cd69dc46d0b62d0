//! The bank user allows what a client has asked for.

use std::sync::Arc;

use super::give_code::give_code;
use super::living::living;
use crate::view::{Denial, Keys, View};
use crate::{At, Command, Deposit, DepositKey, Digest, NoConsent, PAGE_LIFE_MS};

/// Why a consent is not granted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotAllowed {
    /// There is no such request, or it has ended.
    NoConsent,
    /// No deposit was chosen, or a chosen deposit is not the user's at this bank or takes no debits.
    DepositUnknown,
}

/// The bank user allows what a client has asked for: the request becomes a code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AllowConsent {
    /// Keyed hash of the request's id.
    pub consent: Digest,
    /// National id of the user who has logged in.
    pub user: String,
    /// The deposits that the user chose.
    pub deposits: Vec<DepositKey>,
    /// Keyed hash of the code.
    pub code: Digest,
}

impl Command for AllowConsent {
    type Done = ();
    type Refusal = NotAllowed;
    const NAME: &'static str = "AllowConsent";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.consents.push(self.consent);
        keys.deposits.extend(self.deposits.iter().cloned());
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        keys.accounts.extend(self.deposits.iter().filter_map(|key| view.deposits.get(key)).map(|deposit| deposit.id));
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<NotAllowed>> {
        let consent = living(view, &self.consent, now).map_err(|NoConsent| NotAllowed::NoConsent)?;
        let mine = |key: &DepositKey| {
            let deposit = view.deposits.get(key)?;
            let open = view.books.account(deposit.id).is_some_and(|account| account.status.takes_debits());
            let fits = deposit.owner == self.user && Some(key.bank) == consent.bank;
            (fits && open).then(|| Arc::clone(deposit))
        };
        let chosen: Option<Vec<Arc<Deposit>>> = self.deposits.iter().map(mine).collect();
        let chosen = chosen.filter(|chosen| !chosen.is_empty()).ok_or(NotAllowed::DepositUnknown)?;
        let numbers = chosen.iter().map(|deposit| deposit.number.to_string()).collect();
        let ids = chosen.iter().map(|deposit| deposit.id).collect();
        let ends_at_ms = now.at_ms.saturating_add(PAGE_LIFE_MS);
        give_code(view, &consent, self.code, self.user.clone(), (ids, numbers), ends_at_ms);
        Ok(())
    }
}
