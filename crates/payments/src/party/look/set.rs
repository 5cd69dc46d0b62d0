//! Setting the look of a shop.

use sha2::{Digest as _, Sha256};

use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Command, Digest, OperatorCommand, ShopLogo, ShopLook, Versioned};

/// Why a look is not set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LookRefusal {
    /// There is no such party, or it is not a business.
    NoBusiness,
}

/// What becomes of the logo.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LogoChange {
    /// It stays as it is.
    Kept,
    /// It is removed.
    Removed,
    /// It is replaced by this PNG file.
    Replaced(Vec<u8>),
}

/// Sets the look of a shop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetShopLook {
    /// The new look. Its logo is set from `logo`.
    pub look: ShopLook,
    /// The change of the logo.
    pub logo: LogoChange,
}

impl Command for SetShopLook {
    type Done = ();
    type Refusal = LookRefusal;
    const NAME: &'static str = "SetShopLook";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.parties.push(self.look.business);
        keys.shop_looks.push(self.look.business);
        keys.shop_logos.push(self.look.business);
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<LookRefusal>> {
        let business = self.look.business;
        view.parties.get(&business).and_then(|party| party.business()).ok_or(LookRefusal::NoBusiness)?;
        let logo = match &self.logo {
            LogoChange::Kept => view.shop_looks.get(&business).and_then(|known| known.logo),
            LogoChange::Removed => {
                view.shop_logos.remove(business);
                None
            }
            LogoChange::Replaced(png) => {
                view.shop_logos.put(business, ShopLogo { business, png: png.clone() });
                Some(Digest(Sha256::digest(png).into()))
            }
        };
        view.shop_looks.put(business, ShopLook { logo, ..self.look.clone() });
        Ok(())
    }
}

impl OperatorCommand for SetShopLook {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("look", &self.look.business.0.to_string(), "")
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        Some(Versioned::Look(view.shop_looks.get(&self.look.business).map(|row| &**row)))
    }
}
