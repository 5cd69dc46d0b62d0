//! The looks of shops on payers' pages: name, site, help address, colours and logo.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER_PERMISSIVE;
use edge::logo_path;
use payments::{
    Colour, LogoChange, LookRefusal, PartyId, Precondition, Replaced, SetShopLook, ShopLook, Text, Version, Versioned,
};
use serde::{Deserialize, Serialize};
use text::fold;
use url::Url;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::logo::written_anew;
use super::operator_context::OperatorContext;
use super::parties::web;
use super::reply::{NOT_FOUND, Named, Problem, done, unread, version, versioned};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(look, set_look))
}

/// Maximum length of a name in characters, and of an address.
const NAME: usize = 60;
const ADDRESS: usize = 200;
/// What a refused name should be.
const NAME_WANTED: &str = "1 to 60 characters, none of them a control character or an override of the direction";
/// Digits of a telephone number (E.164).
const TELEPHONE: std::ops::RangeInclusive<usize> = 3..=15;

/// The look of a shop. What is left out of a change stays as it is; an empty text removes what is there.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookForm {
    /// The name that payers see in place of the handle: 1 to 60 characters, none of them a control character or an override of the direction.
    pub name: Option<String>,
    /// The shop's site: a web address.
    pub site: Option<String>,
    /// Where payers find help: a web address, `mailto:` or `tel:`.
    pub help: Option<String>,
    /// The colour of buttons and links, as `#0b5f58`. Pages change the colours of texts where they could not be read otherwise.
    pub colour: Option<String>,
    /// The colour behind amounts, as `#e3f1ef`.
    pub accent: Option<String>,
    /// A PNG, JPEG or WebP file in base64: at most 40 KiB, and 2,048 pixels on each side. It is written anew as a small PNG file.
    pub logo: Option<String>,
}

/// The look of a shop.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookBody {
    business: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    colour: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accent: Option<String>,
    /// The path of the logo, which changes with the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    logo: Option<String>,
    /// The version of this record. A PUT that changes it repeats it.
    version: String,
}

fn reply(id: PartyId, known: Option<&ShopLook>, written: Option<Version>) -> Response {
    let ShopLook { business, name, site, help, colour, accent, logo } =
        known.cloned().unwrap_or_else(|| ShopLook::plain(id));
    let text = |text: Option<Text>| text.map(|text| text.to_string());
    let body = LookBody {
        business: business.0,
        name: text(name),
        site: text(site),
        help: text(help),
        colour: colour.map(hexadecimal),
        accent: accent.map(hexadecimal),
        logo: logo.map(|hash| logo_path(business, hash)),
        version: version(written, &Versioned::Look(known)),
    };
    versioned(StatusCode::OK, &body, &body.version)
}

/// A colour as forms write it: `#rrggbb`.
pub fn hexadecimal(colour: Colour) -> String {
    format!("#{}", HEXLOWER_PERMISSIVE.encode(&colour.0))
}

/// The look of a shop on payers' pages.
#[utoipa::path(get, path = "/admin/v1/businesses/{id}/look", params(("id" = i64, Path)), responses((status = 200, body = LookBody), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn look(State(app): State<App>, Named(id): Named) -> Result<Response, Response> {
    let known = known(&app, id).await?;
    Ok(reply(id, known.as_ref(), None))
}

/// Changes the look of a shop on payers' pages.
#[utoipa::path(put, path = "/admin/v1/businesses/{id}/look", params(("id" = i64, Path)), request_body = LookForm, responses((status = 200, body = LookBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn set_look(app: OperatorContext, Named(id): Named, request: Request) -> Result<Response, Response> {
    let (app, form) = app.change::<LookForm>(request).await?;
    let written = set(app.clone(), id, form).await?;
    let known = known(&app, id).await?;
    Ok(reply(id, known.as_ref(), written))
}

/// Changes the look of a shop; returns its version.
///
/// # Errors
/// A field is invalid, there is no such business, or the look has changed since it was read.
pub async fn set(app: OperatorContext, id: PartyId, form: LookForm) -> Result<Option<Version>, Response> {
    let change = LookChange::of(form).await.map_err(|problem| problem.response())?;
    let known = known(&app, id).await?;
    // Fields that the form leaves out are taken from this row, so even `If-Match: *` replaces only this version.
    let app = match app.precondition() {
        Some(Precondition::AnyRow) => {
            app.expecting(Precondition::Version(Version::of(&Versioned::Look(known.as_ref()))))
        }
        Some(Precondition::Version(_) | Precondition::NoRow) | None => app,
    };
    let command = change.of_look(known.unwrap_or_else(|| ShopLook::plain(id)));
    let Replaced { done: (), version } = done(app.replace(command).await)?;
    Ok(version)
}

/// The look of a business; `None`: it has none.
///
/// # Errors
/// There is no such business, or the store failed.
pub async fn known(app: &App, id: PartyId) -> Result<Option<ShopLook>, Response> {
    let party = app.engine.reader().party(id).await.map_err(unread)?;
    party.filter(|party| party.business().is_some()).ok_or_else(|| NOT_FOUND.response())?;
    app.engine.reader().shop_look(id).await.map_err(unread)
}

impl From<LookRefusal> for Problem {
    fn from(refusal: LookRefusal) -> Self {
        match refusal {
            LookRefusal::NoBusiness => NOT_FOUND,
        }
    }
}

/// What a form changes: of each field, nothing, or to what; inside, `None` removes it.
#[derive(Debug)]
pub struct LookChange {
    name: Option<Option<Text>>,
    site: Option<Option<Text>>,
    help: Option<Option<Text>>,
    colour: Option<Option<Colour>>,
    accent: Option<Option<Colour>>,
    logo: LogoChange,
}

impl LookChange {
    /// Reads a form.
    ///
    /// # Errors
    /// A field is invalid.
    pub async fn of(form: LookForm) -> Result<Self, Problem> {
        let LookForm { name, site, help, colour, accent, logo } = form;
        Ok(Self {
            name: changed(name, shop_name)?,
            site: changed(site, shop_site)?,
            help: changed(help, help_address)?,
            colour: changed(colour, |text| read_colour("colour", text))?,
            accent: changed(accent, |text| read_colour("accent", text))?,
            logo: match logo.as_deref() {
                None => LogoChange::Kept,
                Some("") => LogoChange::Removed,
                Some(text) => {
                    let file = STANDARD.decode(text).map_err(|_| Problem::invalid("logo", "a file in base64"))?;
                    let png = written_anew(file).await.map_err(|why| Problem::invalid("logo", why.message()))?;
                    LogoChange::Replaced(png)
                }
            },
        })
    }

    /// The command that changes this look.
    pub fn of_look(self, known: ShopLook) -> SetShopLook {
        let Self { name, site, help, colour, accent, logo } = self;
        let look = ShopLook {
            name: name.unwrap_or(known.name),
            site: site.unwrap_or(known.site),
            help: help.unwrap_or(known.help),
            colour: colour.unwrap_or(known.colour),
            accent: accent.unwrap_or(known.accent),
            ..known
        };
        SetShopLook { look, logo }
    }
}

/// The change of a field: without a text it stays, and an empty one removes it.
fn changed<T>(
    text: Option<String>,
    read: impl FnOnce(&str) -> Result<T, Problem>,
) -> Result<Option<Option<T>>, Problem> {
    match text.as_deref() {
        None => Ok(None),
        Some("") => Ok(Some(None)),
        Some(text) => read(text).map(|value| Some(Some(value))),
    }
}

fn shop_name(text: &str) -> Result<Text, Problem> {
    let good = text.chars().count() <= NAME && !fold(text).is_empty() && !text.chars().any(is_refused);
    good.then(|| Text::from(text)).ok_or_else(|| Problem::invalid("name", NAME_WANTED))
}

/// Whether a character is not taken in a name: a control character, a line end, or one that embeds or overrides a direction, with which a name could
/// look like another one. Marks of a direction and joiners stay: Persian names are typed with them.
fn is_refused(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn shop_site(text: &str) -> Result<Text, Problem> {
    let url = web(text, ADDRESS);
    url.map(|_| Text::from(text)).ok_or_else(|| Problem::invalid("site", "a web address, as https://shop.example"))
}

fn help_address(text: &str) -> Result<Text, Problem> {
    let is_mail = |address: &str| {
        let parts = address.split_once('@').filter(|(name, host)| !name.is_empty() && host.contains('.'));
        parts.is_some() && !address.contains(['?', '&', '<', '>', '"']) && Url::parse(text).is_ok()
    };
    let is_telephone = |number: &str| {
        let digits = number.strip_prefix('+').unwrap_or(number);
        TELEPHONE.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_plain = text.len() <= ADDRESS && text.bytes().all(|byte| byte.is_ascii_graphic());
    let good = is_plain
        && match (text.strip_prefix("mailto:"), text.strip_prefix("tel:")) {
            (Some(address), _) => is_mail(address),
            (None, Some(number)) => is_telephone(number),
            (None, None) => web(text, ADDRESS).is_some(),
        };
    good.then(|| Text::from(text))
        .ok_or_else(|| Problem::invalid("help", "a web address, mailto:help@shop.example, or tel:+982112345678"))
}

fn read_colour(field: &'static str, text: &str) -> Result<Colour, Problem> {
    let digits = text.strip_prefix('#').map(|digits| HEXLOWER_PERMISSIVE.decode(digits.as_bytes()));
    let parts: Option<[u8; 3]> = digits.and_then(Result::ok).and_then(|parts| parts.try_into().ok());
    parts.map(Colour).ok_or_else(|| Problem::invalid(field, "a colour as #0b5f58"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_control_characters_and_no_overrides_of_the_direction() {
        for good in ["کتاب\u{200c}فروشی", "Book", "کتاب\u{200f} (۱)", &"x".repeat(60)] {
            assert!(shop_name(good).is_ok(), "{good}");
        }
        for wrong in ["", " ", "a\nb", "a\u{202e}b", "\u{202a}a", "a\u{2066}b\u{2069}", "a\u{2028}b", &"x".repeat(61)] {
            let field = shop_name(wrong).err().and_then(|problem| problem.field().map(str::to_owned));
            assert_eq!(field.as_deref(), Some("name"), "{wrong:?}");
        }
    }

    #[test]
    fn addresses_lead_to_a_site_a_mailbox_or_a_telephone_and_nowhere_else() {
        for good in [
            "https://shop.example/help?a=1",
            "http://shop.example",
            "mailto:help@shop.example",
            "tel:+982112345678",
            "tel:021",
        ] {
            assert!(help_address(good).is_ok(), "{good}");
        }
        for wrong in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "shop.example",
            "//shop.example",
            "https://user@shop.example",
            "mailto:help",
            "mailto:@shop.example",
            "mailto:help@shop.example?body=x",
            "mailto:help@shop.example\"><script>",
            "tel:",
            "tel:12x4",
            "tel:+",
            "tel:1234567890123456",
            "https://shop.example/ x",
            " ",
        ] {
            assert!(help_address(wrong).is_err(), "{wrong}");
        }
        assert!(shop_site("https://shop.example").is_ok() && shop_site("mailto:a@b.c").is_err());
    }

    #[test]
    fn a_colour_has_six_digits() {
        for (text, colour) in [
            ("#0b5f58", Some([0x0b, 0x5f, 0x58])),
            ("#0B5F58", Some([0x0b, 0x5f, 0x58])),
            ("0b5f58", None),
            ("#0b5f5", None),
            ("#0b5f588", None),
            ("#0b5", None),
            ("teal", None),
            ("#0b5f58;}", None),
        ] {
            assert_eq!(read_colour("colour", text).ok(), colour.map(Colour), "{text}");
        }
        assert_eq!(hexadecimal(Colour([0x0b, 0x5f, 0x58])), "#0b5f58");
    }
}
