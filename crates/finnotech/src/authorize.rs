//! GET or POST `/dev/v2/oauth2/authorize`: begins a consent, on a page (finnotech.md 2.2) or by SMS (2.4).

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use engine::CodeMessage;
use ledger::Rial;
use payments::{
    AccountNumber, AskBySms, AskConsent, Bank, Client, ClientId, Consent, GrantKind, PAGE_LIFE_MS, SMS_LIFE_MS,
    SmsMessage, Text, granted_scopes, limit_within,
};
use text::number::{mobile, national_id, rials};
use url::Url;
use uuid::Uuid;
use wire::finnotech::errors::{self as table, Failure};
use wire::finnotech::replies::SmsSent;
use wire::finnotech::scopes;

use super::errors::not_asked;
use super::token::{authenticate, broken, envelope, fail, internal, run};
use crate::App;
use edge::body;
use edge::budget::later;
use edge::form::Query;
use edge::peer::Peer;
use edge::random::alphanumeric;
use edge::refused::BodyFault;

/// Length of a consent request's id.
pub const REQUEST: usize = 32;
/// Length of the code in an SMS.
pub const OTP: usize = 5;
/// Maximum length of `redirect_uri` and of `state`: both become part of an address that browsers must accept.
const REDIRECT: usize = 1_000;
const STATE: usize = 500;
/// Wrong pairs of deposit and mobile number after which a client, a mobile number or an address is locked for a quarter of an hour.
const GUESSES_OF_CLIENT: i64 = 30;
const GUESSES_OF_MOBILE: i64 = 5;
const GUESSES_OF_ADDRESS: i64 = 30;
/// The largest limit and count.
const MOST: i64 = 1_000_000_000_000_000;

pub async fn authorize(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, body) = request.into_parts();
    let body = body::read(&parts, body).await.map_err(|fault| match fault {
        BodyFault::TooLarge => fail(&table::BODY_TOO_LARGE),
        BodyFault::Broken => fail(&table::BODY_INVALID),
    })?;
    let query = Query::of(&parts.uri).and_form(&body);
    if query.get("auth_type").is_some_and(|kind| kind.eq_ignore_ascii_case("SMS")) {
        return by_sms(&app, &parts, &query).await;
    }
    let client = client(&app, &query).await?;
    let asked = Asked::of(&query, &client).map_err(|failure| fail(&failure))?;
    let bank = asked.bank.ok_or_else(|| fail(&table::required("bank")))?;
    if !app.budgets.admits(Peer::of(&parts.extensions)) {
        return Err(later(fail(&table::BUSY)));
    }
    if !app.consent_rate_limiter.takes(&client.id.0) {
        return Err(fail(&table::BUSY));
    }
    let id = alphanumeric(REQUEST).map_err(|error| internal(&error.to_string()))?;
    let ends_at_ms = app.engine.clock().now_ms().saturating_add(PAGE_LIFE_MS);
    let consent = Consent {
        max_amount: Rial::new(asked.limit.unwrap_or(client.max_amount.get())),
        monthly_count: asked.count.unwrap_or(client.max_count),
        bank: Some(bank),
        ..asked.consent(&app, &client, GrantKind::Code, &id, ends_at_ms)
    };
    run(&app, AskConsent { consent, sms: None }, not_asked).await?;
    Ok(found(&format!("/dev/v2/oauth2/consent?request={id}")))
}

/// A `302 Found` response.
pub fn found(location: &str) -> Response {
    let mut response = Response::new(axum::body::Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    web::private(response.headers_mut());
    response
}

async fn client(app: &App, query: &Query) -> Result<Client, Response> {
    let id = query.get("client_id").ok_or_else(|| fail(&table::required("client_id")))?;
    app.engine.catch_up().await.map_err(|error| broken(&error))?;
    let found = app.engine.reader().client(ClientId::from(id)).await;
    let found = found.map_err(|error| broken(&engine::Error::Store(error)))?;
    found.filter(|client| !client.disabled).ok_or_else(|| fail(&table::invalid("client_id")))
}

/// The parameters of authorize, checked in the order of the table.
struct Asked {
    redirect_uri: String,
    scopes: Vec<String>,
    bank: Option<Bank>,
    limit: Option<i64>,
    count: Option<i64>,
    state: String,
}

impl Asked {
    fn of(query: &Query, client: &Client) -> Result<Self, Failure> {
        let redirect_uri = query.raw("redirect_uri").filter(|uri| !uri.is_empty());
        let redirect_uri = redirect_uri.ok_or_else(|| table::required("redirect_uri"))?;
        if redirect_uri.len() > REDIRECT || !leads_to(redirect_uri, &client.redirect_origin) {
            return Err(table::invalid("redirect_uri"));
        }
        match query.get("response_type") {
            None => return Err(table::required("response_type")),
            Some("code") => {}
            Some(_) => return Err(table::invalid("response_type")),
        }
        let scopes = granted_scopes(&client.scopes, query.get("scope"));
        if scopes.is_empty() {
            return Err(table::invalid("scope"));
        }
        let bank = match query.get("bank") {
            None => None,
            Some(code) => {
                let bank = Bank::from_code(code).filter(|bank| bank.is_hosted());
                Some(bank.ok_or_else(|| table::invalid("bank"))?)
            }
        };
        let number = |name: &'static str, most: i64| {
            let Some(text) = query.get(name) else { return Ok(None) };
            let within = rials(text).filter(|number| (0..=MOST).contains(number)).and_then(|n| limit_within(n, most));
            within.map(Some).ok_or_else(|| table::invalid(name))
        };
        let (limit, count) = (number("limit", client.max_amount.get())?, number("count", client.max_count)?);
        let state = query.raw("state").unwrap_or_default().to_owned();
        if state.chars().count() > STATE {
            return Err(table::invalid("state"));
        }
        Ok(Self { redirect_uri: redirect_uri.to_owned(), scopes, bank, limit, count, state })
    }

    /// The consent row, without the columns that depend on the kind of grant.
    fn consent(self, app: &App, client: &Client, kind: GrantKind, id: &str, ends_at_ms: i64) -> Consent {
        Consent {
            id: app.secrets.hash(id),
            client: client.id.clone(),
            kind,
            redirect_uri: self.redirect_uri,
            scopes: self.scopes,
            bank: None,
            max_amount: Rial::ZERO,
            monthly_count: 0,
            state: self.state,
            ends_at_ms,
            tries: 0,
            user: String::new(),
            login: None,
            otp: None,
            mobile: None,
            deposit: None,
            deposit_number: String::new(),
        }
    }
}

/// Whether a redirect address has the scheme and host of an origin, as a browser parses both. Port and path may differ.
fn leads_to(redirect_uri: &str, origin: &str) -> bool {
    if !redirect_uri.bytes().all(|byte| byte.is_ascii_graphic()) || redirect_uri.contains(['#', '\\']) {
        return false;
    }
    let (Ok(redirect), Ok(origin)) = (Url::parse(redirect_uri), Url::parse(origin)) else { return false };
    let plain = redirect.username().is_empty() && redirect.password().is_none();
    plain && redirect.has_host() && redirect.scheme() == origin.scheme() && redirect.host() == origin.host()
}

/// The redirect address with these parameters appended; empty ones are left out.
pub fn with_parameters(redirect_uri: &str, parameters: &[(&str, &str)]) -> String {
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        encoded.append_pair(name, value);
    }
    let separator = if redirect_uri.contains('?') { '&' } else { '?' };
    format!("{redirect_uri}{separator}{}", encoded.finish())
}

async fn by_sms(app: &App, parts: &Parts, query: &Query) -> Result<Response, Response> {
    let caller = authenticate(app, &parts.headers).await?;
    let client = client(app, query).await?;
    if client.id != caller.id {
        return Err(fail(&table::invalid("client_id")));
    }
    let refuse = |failure: Failure| fail(&failure);
    let asked = Asked::of(query, &client).map_err(refuse)?;
    if asked.bank.is_some_and(|bank| bank != Bank::KESHAVARZI) {
        return Err(fail(&table::invalid("bank")));
    }
    let transfers = asked.scopes.iter().any(|scope| scopes::OF_TRANSFERS.contains(&scope.as_str()));
    if asked.bank.is_some() && transfers {
        for name in ["limit", "count"] {
            query.get(name).ok_or_else(|| fail(&table::required(name)))?;
        }
    }
    let number = query.get("mobile").ok_or_else(|| fail(&table::required("mobile")))?;
    let mobile = mobile(number).ok_or_else(|| fail(&table::invalid("mobile")))?;
    let nid = match query.get("nid").map(national_id) {
        None => None,
        Some(Some(nid)) => Some(nid.into_owned()),
        Some(None) => return Err(fail(&table::invalid("nid"))),
    };
    let deposit = match asked.bank {
        None => None,
        Some(bank) => {
            nid.as_deref().ok_or_else(|| fail(&table::required("nid")))?;
            let text = query.get("deposit").ok_or_else(|| fail(&table::required("deposit")))?;
            let number = AccountNumber::parse(text).ok_or_else(|| fail(&table::invalid("deposit")))?;
            Some(number.key(bank))
        }
    };
    let (track_id, random) = (Uuid::new_v4().to_string(), alphanumeric(OTP));
    let otp = random.map_err(|error| internal(&error.to_string()))?;
    let now_ms = app.engine.clock().now_ms();
    let (limit, count) = match asked.bank {
        Some(_) => (asked.limit.unwrap_or(client.max_amount.get()), asked.count.unwrap_or(client.max_count)),
        None => (0, 0),
    };
    let text = format!(
        "در صورت تمایل به اعطای دسترسی سرویس \"{}\" به \"{}\" کد \"{otp}\" را وارد نمایید",
        asked.scopes.join(","),
        client.id
    );
    let bank = asked.bank;
    let consent = Consent {
        bank,
        max_amount: Rial::new(limit),
        monthly_count: count,
        user: nid.unwrap_or_default(),
        otp: Some(app.secrets.hash(&otp)),
        mobile: Some(app.secrets.hash(&mobile)),
        ..asked.consent(app, &client, GrantKind::Sms, &track_id, now_ms.saturating_add(SMS_LIFE_MS))
    };
    if !app.sms.is_configured() {
        return Err(internal("no SMS sender is configured"));
    }
    if !app.consent_rate_limiter.takes(&client.id.0) {
        return Err(fail(&table::BUSY));
    }
    let to = Text::from(mobile);
    // Wrong pairs of deposit and mobile number are counted across all clients and addresses.
    let counted = |what: &str, who: &str| app.secrets.hash(&format!("consent by sms\n{what}\n{who}"));
    let address = Peer::of(&parts.extensions).to_string();
    let tries = vec![
        (counted("client", &client.id.0), GUESSES_OF_CLIENT),
        (counted("mobile", &to), GUESSES_OF_MOBILE),
        (counted("address", &address), GUESSES_OF_ADDRESS),
    ];
    let ask = AskConsent { consent, sms: Some(AskBySms { to: Text::clone(&to), deposit, tries }) };
    let id = run(app, ask, not_asked).await?.ok_or_else(|| broken(&engine::Error::unexpected(&"no code")))?;
    let (subject, ends_at_ms) = (app.secrets.hash(&track_id), now_ms.saturating_add(SMS_LIFE_MS));
    let message = SmsMessage { id, to, text: Text::from(text), code: Some(Text::from(&*otp)) };
    app.engine.send_code(CodeMessage { message, subject, ends_at_ms }).await;
    Ok(envelope(SmsSent { sms_sent: true, track_id: &track_id }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_address_has_the_registered_scheme_and_host_and_nothing_that_browsers_read_otherwise() {
        // finnotech.md 2.2: port and path may differ.
        for (uri, origin, expected) in [
            ("http://127.0.0.1/return", "http://127.0.0.1", true),
            ("http://127.0.0.1:8080/a/b?c=d", "http://127.0.0.1", true),
            ("https://127.0.0.1/return", "http://127.0.0.1", false),
            ("http://127.0.0.1.evil.example/return", "http://127.0.0.1", false),
            ("http://127.0.0.1@evil.example/return", "http://127.0.0.1", false),
            ("http://user@127.0.0.1/return", "http://127.0.0.1", false),
            ("http://evil.example\\@127.0.0.1/", "http://127.0.0.1", false),
            ("http://evil.example/?http://127.0.0.1", "http://127.0.0.1", false),
            ("//127.0.0.1/return", "http://127.0.0.1", false),
            ("/return", "http://127.0.0.1", false),
            ("javascript:alert(1)", "http://127.0.0.1", false),
            ("http://127.0.0.1/a\r\nSet-Cookie: x", "http://127.0.0.1", false),
            ("http://127.0.0.1/#fragment", "http://127.0.0.1", false),
            ("https://SHOP.example/back", "https://shop.example", true),
            ("https://shop.example.evil/back", "https://shop.example", false),
        ] {
            assert_eq!(leads_to(uri, origin), expected, "{uri}");
        }
    }

    #[test]
    fn parameters_join_the_ones_that_are_there() {
        for (uri, parameters, expected) in [
            ("http://h/r", &[("code", "c"), ("state", "")][..], "http://h/r?code=c"),
            ("http://h/r?a=b", &[("code", "c"), ("state", "x y&z")], "http://h/r?a=b&code=c&state=x+y%26z"),
        ] {
            assert_eq!(with_parameters(uri, parameters), expected);
        }
    }
}
