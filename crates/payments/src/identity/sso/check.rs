//! Whether the rows that a token depends on still exist.

use crate::view::{Keys, View};
use crate::{PartyId, SsoGrant};

impl SsoGrant {
    /// Names the rows that a token with this grant depends on.
    pub(super) fn name_rows(&self, keys: &mut Keys) {
        keys.parties.extend([self.party, self.client]);
        keys.sso_consents.push(self.key());
    }

    /// Whether a token with this grant is valid, its family aside: client and user are usable, and the consent covers it.
    pub(super) fn is_good(&self, view: &View) -> bool {
        usable(view, self.client).is_some()
            && usable(view, self.party) == Some(self.access_version)
            && self.rests_on(view.sso_consents.get(&self.key()).map(AsRef::as_ref))
    }
}

/// The access version of a party that is not disabled.
pub(super) fn usable(view: &View, id: PartyId) -> Option<i64> {
    view.parties.get(&id).filter(|party| !party.disabled).map(|party| party.access_version)
}
