//! Whether what a token rests on is still there.

use crate::view::{Keys, View};
use crate::{PartyId, SsoGrant};

impl SsoGrant {
    pub(super) fn name_rows(&self, keys: &mut Keys) {
        keys.parties.extend([self.party, self.client]);
        keys.sso_consents.push(self.key());
    }

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
