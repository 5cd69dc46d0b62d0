//! The look of a shop on payers' pages: its name, site, help address, logo and colours.
//!
//! Shape: [`Look::of`] makes it from the shop's row. The colours become variables of the style sheet, for light and dark; each is changed as little as
//! the contrast of WCAG 2.2 AA (4.5 to 1) needs. Only the ground of buttons has exactly the colour of the shop: the text on it is black or white.
//! Absent: checks of what operators type, and of images. They are made before the row is written.

use std::sync::{Arc, LazyLock};

use data_encoding::HEXLOWER;
use edge::logo_path;
use payments::{Colour, ShopLook, Text};
use quick_cache::sync::Cache;
use url::Url;

pub use super::assets::InlineStyle;

/// Least contrast of a text with its ground.
const AA: f64 = 4.5;
/// Steps from a colour to the one that it is mixed with.
const STEPS: u16 = 32;
/// The part of a shop's colour in the ground of amounts, in steps, if the shop has given no second colour.
const TINT: u16 = 4;
/// How many pairs of colours have their style in memory at most, each of less than 1 KiB.
const STYLES: usize = 1_000;

const BLACK: Colour = Colour([0; 3]);
const WHITE: Colour = Colour([255; 3]);

/// The colours of the style sheet that a shop's colours stand beside.
#[derive(Clone, Copy, Debug)]
struct Scheme {
    ground: Colour,
    card: Colour,
    raised: Colour,
    ink: Colour,
    faint: Colour,
    brand: Colour,
    soft: Colour,
    /// What a text's colour is mixed with until it can be read.
    stronger: Colour,
}

const LIGHT: Scheme = Scheme {
    ground: Colour([0xf3, 0xf5, 0xf4]),
    card: WHITE,
    raised: Colour([0xf8, 0xfa, 0xf9]),
    ink: Colour([0x18, 0x21, 0x2c]),
    faint: Colour([0x55, 0x61, 0x6f]),
    brand: Colour([0x0b, 0x5f, 0x58]),
    soft: Colour([0xe3, 0xf1, 0xef]),
    stronger: BLACK,
};

const DARK: Scheme = Scheme {
    ground: Colour([0x10, 0x16, 0x1c]),
    card: Colour([0x18, 0x20, 0x28]),
    raised: Colour([0x1e, 0x28, 0x32]),
    ink: Colour([0xe9, 0xee, 0xf3]),
    faint: Colour([0xa9, 0xb5, 0xc2]),
    brand: Colour([0x5c, 0xc9, 0xbe]),
    soft: Colour([0x17, 0x32, 0x2f]),
    stronger: WHITE,
};

/// An address, and the text that stands for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// The address.
    pub address: String,
    /// The text.
    pub shown: String,
}

/// The look of a shop, as pages show it.
#[derive(Clone, Debug)]
pub struct Look {
    /// The name that payers see; `None`: the shop's handle.
    pub name: Option<Text>,
    /// The shop's site.
    pub site: Option<Link>,
    /// Where payers find help.
    pub help: Option<Link>,
    /// The address of the logo on this server.
    pub logo: Option<String>,
    /// The shop's colours; `None`: those of all pages.
    pub style: Option<Arc<InlineStyle>>,
}

impl Look {
    /// The look that a row says.
    pub fn of(row: &ShopLook) -> Self {
        let ShopLook { business, name, site, help, colour, accent, logo } = row;
        Self {
            name: name.clone(),
            site: site.as_deref().map(|site| Link { address: site.to_owned(), shown: host(site) }),
            help: help.as_deref().map(|help| Link { address: help.to_owned(), shown: shown(help) }),
            logo: logo.map(|hash| logo_path(*business, hash)),
            style: style(*colour, *accent),
        }
    }
}

/// The host of a web address.
fn host(address: &str) -> String {
    let host = Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| address.to_owned())
}

/// A help address as people read it.
fn shown(help: &str) -> String {
    match help.strip_prefix("mailto:").or_else(|| help.strip_prefix("tel:")) {
        Some(person) => person.to_owned(),
        None => host(help),
    }
}

/// The colour of a shop's buttons, and that behind its amounts.
type Colours = (Option<Colour>, Option<Colour>);

/// The styles of the shops whose pages were shown last, by their colours.
static RENDERED: LazyLock<Cache<Colours, Arc<InlineStyle>>> = LazyLock::new(|| Cache::new(STYLES));

fn style(colour: Option<Colour>, accent: Option<Colour>) -> Option<Arc<InlineStyle>> {
    if colour.is_none() && accent.is_none() {
        return None;
    }
    if let Some(known) = RENDERED.get(&(colour, accent)) {
        return Some(known);
    }
    let style = Arc::new(InlineStyle::of(rules(colour, accent)));
    RENDERED.insert((colour, accent), Arc::clone(&style));
    Some(style)
}

/// The rules for both schemes. They are more specific than those of the style sheet, which the page may load after them.
fn rules(colour: Option<Colour>, accent: Option<Colour>) -> String {
    let [light, dark] = [LIGHT, DARK].map(|scheme| scheme.adjusted(colour, accent).variables());
    format!(
        ":root:root{{{light}}}@media (prefers-color-scheme:dark){{:root:root{{{dark}}}}}@media print{{:root:root{{--brand-soft:#fff}}}}"
    )
}

/// Rules for elements of the classes `light` and `dark`, which show both schemes on one page.
pub fn both_schemes(colour: Option<Colour>, accent: Option<Colour>) -> InlineStyle {
    let scheme = |name: &str, scheme: Scheme| {
        let Scheme { card, raised, ink, faint, .. } = scheme;
        let base = [("card", card), ("raised", raised), ("ink", ink), ("faint", faint)];
        let base: String = base.iter().map(|(name, colour)| format!("--{name}:{};", hexadecimal(*colour))).collect();
        let adjusted = scheme.adjusted(colour, accent).variables();
        format!(".{name}{{color-scheme:{name};color:var(--ink);background:var(--card);{base}{adjusted}}}")
    };
    InlineStyle::of(scheme("light", LIGHT) + &scheme("dark", DARK))
}

/// The colours of a shop in one scheme, with enough contrast.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Adjusted {
    /// Texts and lines in the shop's colour.
    brand: Colour,
    /// The ground of amounts and badges.
    soft: Colour,
    /// The ground of buttons.
    fill: Colour,
    /// The text of buttons.
    fill_ink: Colour,
}

impl Scheme {
    fn adjusted(self, colour: Option<Colour>, accent: Option<Colour>) -> Adjusted {
        let tint = accent.or_else(|| colour.map(|colour| mixed(self.card, colour, TINT))).unwrap_or(self.soft);
        let soft = first(tint, self.card, |soft| readable(self.faint, soft) && readable(self.ink, soft));
        let fill = colour.unwrap_or(self.brand);
        let brand = first(fill, self.stronger, |brand| {
            [self.ground, self.card, self.raised, soft].into_iter().all(|ground| readable(brand, ground))
        });
        let fill_ink = if contrast(WHITE, fill) >= contrast(BLACK, fill) { WHITE } else { BLACK };
        Adjusted { brand, soft, fill, fill_ink }
    }
}

impl Adjusted {
    fn variables(self) -> String {
        let Self { brand, soft, fill, fill_ink } = self;
        let all = [("brand", brand), ("brand-soft", soft), ("fill", fill), ("fill-ink", fill_ink)];
        all.iter().map(|(name, colour)| format!("--{name}:{};", hexadecimal(*colour))).collect()
    }
}

/// A colour as style sheets and forms write it: `#rrggbb`.
pub fn hexadecimal(colour: Colour) -> String {
    format!("#{}", HEXLOWER.encode(&colour.0))
}

/// The first colour on the way from one to another that is good.
fn first(from: Colour, to: Colour, is_good: impl Fn(Colour) -> bool) -> Colour {
    (0..STEPS).map(|step| mixed(from, to, step)).find(|colour| is_good(*colour)).unwrap_or(to)
}

/// A colour, and this many steps of the way to another one.
fn mixed(from: Colour, to: Colour, step: u16) -> Colour {
    let one = |from: u8, to: u8| {
        let sum = u16::from(from) * (STEPS - step) + u16::from(to) * step;
        u8::try_from(sum / STEPS).unwrap_or(u8::MAX)
    };
    let ([r, g, b], [red, green, blue]) = (from.0, to.0);
    Colour([one(r, red), one(g, green), one(b, blue)])
}

fn readable(text: Colour, ground: Colour) -> bool {
    contrast(text, ground) >= AA
}

/// The contrast of two colours (WCAG 2.2).
fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: Colour) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    let [red, green, blue] = colour.0.map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use payments::{Digest, PartyId};

    use super::*;

    /// Colours of all kinds: a grid over the cube.
    fn grid() -> impl Iterator<Item = Colour> {
        let parts = || (0..=255).step_by(51);
        parts().flat_map(move |red| parts().flat_map(move |green| parts().map(move |blue| Colour([red, green, blue]))))
    }

    #[test]
    fn every_pair_of_colours_is_read_in_both_schemes() {
        let some = || std::iter::once(None).chain(grid().map(Some));
        for scheme in [LIGHT, DARK] {
            for colour in some() {
                for accent in some().step_by(7) {
                    let Adjusted { brand, soft, fill, fill_ink } = scheme.adjusted(colour, accent);
                    for (what, text, ground) in [
                        ("a link", brand, scheme.card),
                        ("a link below the page", brand, scheme.ground),
                        ("a link on a button's ground", brand, scheme.raised),
                        ("a badge", brand, soft),
                        ("an amount", scheme.ink, soft),
                        ("the unit of an amount", scheme.faint, soft),
                        ("a button", fill_ink, fill),
                    ] {
                        let contrast = contrast(text, ground);
                        assert!(
                            contrast >= AA,
                            "{what}: {contrast:.2} of {text:?} on {ground:?}, {colour:?} {accent:?}"
                        );
                    }
                    assert_eq!(fill, colour.unwrap_or(scheme.brand), "a button has the shop's own colour");
                }
            }
        }
    }

    #[test]
    fn a_colour_that_is_readable_stays_as_it_is() {
        let teal = Colour([0x0b, 0x5f, 0x58]);
        let adjusted = LIGHT.adjusted(Some(teal), Some(WHITE));
        assert_eq!((adjusted.brand, adjusted.soft, adjusted.fill_ink), (teal, WHITE, WHITE));
        assert_eq!(LIGHT.adjusted(Some(Colour([255, 255, 0])), None).fill_ink, BLACK);
    }

    #[test]
    fn the_colours_beside_them_are_those_of_the_style_sheet() {
        let sheet = include_str!("../assets/daric.css");
        let (light, dark) = sheet.split_once("@media (prefers-color-scheme: dark)").unwrap_or_default();
        for (part, scheme) in [(light, LIGHT), (dark, DARK)] {
            let Scheme { ground, card, raised, ink, faint, brand, soft, stronger: _ } = scheme;
            let of_texts = [("ink", ink), ("faint", faint), ("brand", brand)];
            let of_grounds = [("ground", ground), ("card", card), ("raised", raised), ("brand-soft", soft)];
            for (name, colour) in of_texts.into_iter().chain(of_grounds) {
                let token = format!("--{name}: {};", hexadecimal(colour));
                assert!(part.contains(&token), "{token}");
            }
        }
    }

    #[test]
    fn a_row_is_shown_by_its_hosts_and_its_logo_by_its_hash() {
        let text = |text: &str| Some(Text::from(text));
        let row = ShopLook {
            name: text("کتاب‌فروشی"),
            site: text("https://www.shop.example/a?b"),
            help: text("tel:+982112345678"),
            logo: Some(Digest([0xab; 32])),
            ..ShopLook::plain(PartyId(201))
        };
        let look = Look::of(&row);
        assert_eq!(look.site.map(|site| site.shown).as_deref(), Some("www.shop.example"));
        assert_eq!(look.help.map(|help| help.shown).as_deref(), Some("+982112345678"));
        assert_eq!(look.logo.as_deref(), Some("/assets/shops/201/abababababababab.png"));
        assert!(look.style.is_none());
        let styled = Look::of(&ShopLook { colour: Some(Colour([1, 2, 3])), ..row });
        let style = styled.style.map(|style| style.text.clone()).unwrap_or_default();
        assert!(style.starts_with(":root:root{--brand:#010203;") && !style.contains('<'), "{style}");
    }
}
