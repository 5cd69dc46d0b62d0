//! The look of a shop: only businesses have one, and the logo changes only where that is asked for.

use std::sync::Arc;

use payments::{
    Business, Colour, LogoChange, LookRefusal, Party, PartyId, PartyKind, Rules, SetShopLook, ShopLogo, ShopLook, Text,
};

use crate::memory::Memory;

const SHOP: PartyId = PartyId(201);
const ALI: PartyId = PartyId(101);

fn memory() -> Memory {
    let mut memory = Memory::empty(Rules::documented().unwrap());
    for (id, kind) in [(SHOP, PartyKind::Business(Business::default())), (ALI, PartyKind::User)] {
        let party = Party {
            id,
            kind,
            name: Text::from(format!("party {}", id.0)),
            password: String::new(),
            mobile: Text::from(""),
            mobile_verified: false,
            joined_at_ms: 0,
            disabled: false,
            access_version: 0,
        };
        memory.parties.insert(id, Arc::new(party));
    }
    memory
}

fn set(business: PartyId, name: &str, logo: LogoChange) -> SetShopLook {
    let look = ShopLook { name: Some(Text::from(name)), colour: Some(Colour([1, 2, 3])), ..ShopLook::plain(business) };
    SetShopLook { look, logo }
}

#[test]
fn only_a_business_has_a_look() {
    let mut memory = memory();
    for other in [ALI, PartyId(999)] {
        assert_eq!(memory.run(set(other, "x", LogoChange::Kept)), Err(LookRefusal::NoBusiness), "{other:?}");
    }
    memory.run(set(SHOP, "x", LogoChange::Kept)).unwrap();
    assert_eq!(memory.shop_looks[&SHOP].name.as_deref(), Some("x"));
}

#[test]
fn a_logo_stays_until_it_is_replaced_or_removed() {
    let mut memory = memory();
    let replaced = |png: &[u8]| LogoChange::Replaced(png.to_vec());
    let mut seen = Vec::new();
    for (change, png) in [
        (LogoChange::Kept, None),
        (LogoChange::Removed, None),
        (replaced(b"one"), Some(&b"one"[..])),
        (LogoChange::Kept, Some(&b"one"[..])),
        (replaced(b"two"), Some(&b"two"[..])),
        (LogoChange::Removed, None),
        (LogoChange::Kept, None),
    ] {
        memory.run(set(SHOP, "x", change.clone())).unwrap();
        let kept = memory.shop_logos.get(&SHOP).map(|logo| ShopLogo::clone(logo));
        assert_eq!(kept.as_ref().map(|logo| &*logo.png), png, "{change:?}");
        let hash = memory.shop_looks[&SHOP].logo;
        assert_eq!(hash.is_some(), png.is_some(), "{change:?}");
        seen.extend(hash);
    }
    seen.dedup();
    assert_eq!(seen.len(), 2, "each image has its own hash");
}
