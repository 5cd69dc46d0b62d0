//! The rows of a shop's look, and of its logo.
//!
//! They are two rows, because every page of a payment needs the first one and only the request for the image needs the second.

use schema::table;

use crate::{Digest, PartyId, Text};

/// A colour: red, green and blue.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Colour(pub [u8; 3]);

impl Colour {
    /// The colour as one number: `0xRRGGBB`.
    fn number(self) -> i64 {
        let [red, green, blue] = self.0.map(i64::from);
        (red << 16) | (green << 8) | blue
    }

    fn of_number(number: i64) -> Self {
        let [.., red, green, blue] = number.to_be_bytes();
        Self([red, green, blue])
    }
}

/// The look of a shop on payers' pages. What is absent is as on the pages of a shop without a look.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShopLook {
    /// The business.
    pub business: PartyId,
    /// The name that payers see; `None`: the business's handle.
    pub name: Option<Text>,
    /// The address of the shop's site: `http` or `https`.
    pub site: Option<Text>,
    /// Where payers find help: a web address, `mailto:` or `tel:`.
    pub help: Option<Text>,
    /// The colour of buttons and links, as the shop has given it.
    pub colour: Option<Colour>,
    /// The colour behind amounts and badges, as the shop has given it.
    pub accent: Option<Colour>,
    /// SHA-256 of the logo's PNG file; `None`: no logo.
    pub logo: Option<Digest>,
}

impl ShopLook {
    /// The look of a business that has given none.
    pub fn plain(business: PartyId) -> Self {
        Self { business, name: None, site: None, help: None, colour: None, accent: None, logo: None }
    }
}

/// The logo of a shop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShopLogo {
    /// The business.
    pub business: PartyId,
    /// The image as a PNG file that this program has written.
    pub png: Vec<u8>,
}

table! {
    ShopLook = "shop_look",
    key |k: PartyId| { business: *k },
    of |r| r.business,
    row |r| {
        business: r.business, name: r.name, site: r.site, help: r.help, colour: r.colour.map(Colour::number),
        accent: r.accent.map(Colour::number), logo: r.logo,
    },
    make ShopLook {
        business, name, site, help, colour: Option::map(colour, Colour::of_number),
        accent: Option::map(accent, Colour::of_number), logo,
    }
}

table! {
    ShopLogo = "shop_logo",
    key |k: PartyId| { business: *k },
    of |r| r.business,
    row |r| { business: r.business, png: r.png },
    make ShopLogo { business, png }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_comes_back_from_its_number() {
        for (colour, number) in
            [(Colour([0, 0, 0]), 0), (Colour([255, 255, 255]), 0xFF_FF_FF), (Colour([0x0b, 0x5f, 0x58]), 0x0B_5F_58)]
        {
            assert_eq!((colour.number(), Colour::of_number(number)), (number, colour));
        }
    }
}
