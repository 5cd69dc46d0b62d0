//! `/console/looks`: the looks of shops on payers' pages, each with a preview in both colour schemes.
//!
//! A form is sent as `multipart/form-data`, because it has the file of the logo. Its preview is rendered from what was typed, and writes nothing.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use payments::{LogoChange, Party, PartyId, Precondition, Rial, Role, SetShopLook, ShopLook, Text, Version, Versioned};
use store::Page;

use super::refusals::{label, labelled};
use super::view::{Cell, Part};
use super::visit::Visit;
use admin::App;
use admin::looks::{self, LookChange, LookForm};
use admin::reply::Problem;
use edge::form::Query;
use edge::{head, logo_path};
use web::look::{InlineStyle, Look, both_schemes};
use web::{Allowed, Frame, Segment, go_to, isolated, page, with_style};

/// Parties per page.
const ROWS: usize = 100;
/// The amount of the preview.
const SAMPLE: Rial = Rial::new(2_670_500);
/// The part of a page's policy that allows images of this site.
const IMAGES: &str = "img-src 'self'";

/// The texts of the form.
struct Typed {
    name: String,
    site: String,
    help: String,
    colour: String,
    accent: String,
}

/// A payment page with the look, in short.
struct Preview {
    name: String,
    initial: String,
    site: Option<String>,
    help: Option<String>,
    logo: Option<String>,
    sum: String,
    pay: String,
}

#[derive(Template)]
#[template(path = "console_look.html")]
struct LookPage {
    f: Frame,
    id: i64,
    handle: String,
    csrf: String,
    version: String,
    typed: Typed,
    /// The address of the present logo.
    logo: Option<String>,
    may_change: bool,
    notice: Option<String>,
    is_good: bool,
    preview: Preview,
    /// The colour schemes: the class of each, and its name.
    schemes: [(&'static str, &'static str); 2],
    style: InlineStyle,
}

/// GET `/console/looks`: all businesses.
pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let (w, lang) = (visit.w(), visit.lang());
    let after = visit.query.get("after").and_then(|after| after.parse().ok()).unwrap_or(0);
    let found = visit.app().engine.reader().parties(Page { after, limit: ROWS }).await;
    let found = found.map_err(|error| visit.unread(error))?;
    let mut rows = Vec::new();
    for shop in found.iter().filter(|party| party.business().is_some()) {
        let look = visit.app().engine.look(shop.id).await.map_err(|error| visit.failed(&error))?;
        let name = look.as_ref().and_then(|look| look.name.clone());
        let logo = look.as_ref().and_then(|look| look.logo).map(|_| w.look_logo);
        rows.push(vec![
            Cell::code(lang.digits(shop.id.0)),
            Cell::link(&shop.name, format!("/console/looks/{}", shop.id.0)),
            Cell::text(name.as_deref().unwrap_or(w.look_none)),
            Cell::text(look.and_then(|look| look.site.clone()).as_deref().unwrap_or_default()),
            Cell::text(logo.unwrap_or(w.look_none)),
        ]);
    }
    let table = Part::Table {
        title: w.looks.to_owned(),
        heads: [w.number, w.business, w.look_name, w.look_site, w.look_logo].map(str::to_owned).into(),
        rows,
        empty: w.nothing.to_owned(),
    };
    let mut parts = vec![Part::Text(w.looks_help.to_owned()), table];
    if let Some(last) = found.last().filter(|_| found.len() == ROWS) {
        let next = (w.next_page.to_owned(), format!("/console/looks?after={}", last.id.0));
        parts.push(Part::Links(vec![next]));
    }
    Ok(visit.page(w.looks, parts))
}

/// The business of a path.
async fn shop(visit: &Visit, id: i64) -> Result<Party, Response> {
    let Some(id) = PartyId::numbered(id) else { return Err(visit.missing()) };
    let found = visit.app().engine.reader().party(id).await.map_err(|error| visit.unread(error))?;
    found.filter(|party| party.business().is_some()).ok_or_else(|| visit.missing())
}

/// GET `/console/looks/{id}`: the look of one business.
pub async fn show(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let shop = shop(&visit, id).await?;
    let known = looks::known(visit.app(), shop.id).await?;
    let notice = visit.query.get("done").map(|_| visit.w().done.to_owned());
    let plain = ShopLook::plain(shop.id);
    let look = known.as_ref().unwrap_or(&plain);
    let shown = Shown { look, typed: typed_of(look), logo: None, notice, is_good: true };
    Ok(page_of(&visit, &shop, known.as_ref(), shown, StatusCode::OK))
}

/// POST `/console/looks/{id}`: saves a look, or previews it.
pub async fn submit(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let shop = shop(&visit, id).await?;
    let known = looks::known(visit.app(), shop.id).await?;
    let plain = ShopLook::plain(shop.id);
    let before = known.as_ref().unwrap_or(&plain);
    if form.get("step") == Some("preview") {
        return match LookChange::of(wanted(&form)).await {
            Ok(change) => {
                let SetShopLook { look, logo } = change.of_look(before.clone());
                let logo = match logo {
                    LogoChange::Replaced(png) => Some(format!("data:image/png;base64,{}", STANDARD.encode(png))),
                    LogoChange::Removed => Some(String::new()),
                    LogoChange::Kept => None,
                };
                let notice = Some(visit.w().look_preview_help.to_owned());
                let shown = Shown { look: &look, typed: typed(&form), logo, notice, is_good: true };
                Ok(page_of(&visit, &shop, known.as_ref(), shown, StatusCode::OK))
            }
            Err(problem) => refused(&visit, &shop, (known.as_ref(), before), &form, problem.response()),
        };
    }
    let version = Version::sent(form.get("version").unwrap_or_default());
    let context = visit.context.clone().expecting(Precondition::Version(version));
    match looks::set(context, shop.id, wanted(&form)).await {
        Ok(_) => Ok(go_to(&format!("/console/looks/{id}?done=1"))),
        Err(answer) => refused(&visit, &shop, (known.as_ref(), before), &form, answer),
    }
}

/// The page with the reason of a refusal and what was typed.
fn refused(
    visit: &Visit,
    shop: &Party,
    (known, look): (Option<&ShopLook>, &ShopLook),
    form: &Query,
    answer: Response,
) -> Result<Response, Response> {
    if answer.status().is_server_error() {
        return Err(answer);
    }
    let w = visit.w();
    let named = |field: &str| if field == "name" { Some(w.look_name) } else { label(field, w) };
    let said = answer.extensions().get::<Problem>().map(|problem| labelled(problem, w, named));
    let notice = Some(said.unwrap_or_else(|| w.not_done.to_owned()));
    let shown = Shown { look, typed: typed(form), logo: None, notice, is_good: false };
    Ok(page_of(visit, shop, known, shown, StatusCode::CONFLICT))
}

/// The form as the operators' API takes it. A file that was not chosen changes nothing.
fn wanted(form: &Query) -> LookForm {
    let text = |name: &str| Some(form.raw(name).unwrap_or_default().to_owned());
    let removes = form.get("logo_remove").map(|_| String::new());
    let chosen = form.raw("logo").filter(|file| !file.is_empty()).map(str::to_owned);
    LookForm {
        name: text("name"),
        site: text("site"),
        help: text("help"),
        colour: text("colour"),
        accent: text("accent"),
        logo: chosen.or(removes),
    }
}

fn typed(form: &Query) -> Typed {
    let text = |name: &str| form.raw(name).unwrap_or_default().to_owned();
    Typed { name: text("name"), site: text("site"), help: text("help"), colour: text("colour"), accent: text("accent") }
}

fn typed_of(look: &ShopLook) -> Typed {
    let text = |text: &Option<Text>| text.as_deref().unwrap_or_default().to_owned();
    Typed {
        name: text(&look.name),
        site: text(&look.site),
        help: text(&look.help),
        colour: look.colour.map(looks::hexadecimal).unwrap_or_default(),
        accent: look.accent.map(looks::hexadecimal).unwrap_or_default(),
    }
}

/// What a page shows: a look that is saved, or one that is typed.
struct Shown<'a> {
    look: &'a ShopLook,
    typed: Typed,
    /// The logo of the preview, if it is not the present one; empty: none.
    logo: Option<String>,
    notice: Option<String>,
    is_good: bool,
}

fn page_of(visit: &Visit, shop: &Party, known: Option<&ShopLook>, shown: Shown<'_>, status: StatusCode) -> Response {
    let (w, lang) = (visit.w(), visit.lang());
    let present = known.and_then(|known| known.logo).map(|hash| logo_path(shop.id, hash));
    let look = Look::of(shown.look);
    let name = look.name.as_deref().unwrap_or(&shop.name);
    let initial = name.chars().find(|letter| letter.is_alphanumeric());
    let has_data = shown.logo.as_ref().is_some_and(|logo| !logo.is_empty());
    let preview = Preview {
        name: isolated(name).into_owned(),
        initial: initial.map(|letter| letter.to_uppercase().to_string()).unwrap_or_default(),
        site: look.site.map(|site| site.shown),
        help: look.help.map(|help| help.shown),
        logo: shown.logo.map_or(present.clone(), |logo| Some(logo).filter(|logo| !logo.is_empty())),
        sum: lang.rial(SAMPLE),
        pay: w.pay_sum.replace("{}", &lang.rial(SAMPLE)),
    };
    let template = LookPage {
        f: visit.frame.clone(),
        id: shop.id.0,
        handle: isolated(&shop.name).into_owned(),
        csrf: visit.csrf(),
        version: Version::of(&Versioned::Look(known)).as_str().to_owned(),
        typed: shown.typed,
        logo: present,
        may_change: visit.may_work(),
        notice: shown.notice,
        is_good: shown.is_good,
        preview,
        schemes: [("light", w.look_light), ("dark", w.look_dark)],
        style: both_schemes(shown.look.colour, shown.look.accent),
    };
    let response = with_style(page(status, &template, &Allowed::default()), &template.style);
    let response = if has_data { with_data(response) } else { response };
    visit.with_cookies(response)
}

/// Allows a page to show an image that stands in it: a logo that is not saved.
fn with_data(mut response: Response) -> Response {
    let policy = response.headers().get(CONTENT_SECURITY_POLICY).and_then(head::text);
    let allowed = policy.map(|policy| policy.replacen(IMAGES, &format!("{IMAGES} data:"), 1));
    if let Some(allowed) = allowed.and_then(|allowed| HeaderValue::from_str(&allowed).ok()) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, allowed);
    }
    response
}
