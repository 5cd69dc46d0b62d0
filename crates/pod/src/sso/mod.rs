//! POD's log-in service (pod.md 2.2): pages on which users and businesses log in, codes and tokens for businesses.

mod authorize;
mod consents;
mod log_in;
mod metadata;
pub mod paths;
mod scopes;
mod token;
mod token_info;
mod token_revoke;

use edge::cors::is_of_this_machine;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use payments::{Business, Party, Text};
use percent_encoding::utf8_percent_encode;
use url::Url;
use wire::pod::returning::RESERVED;

use crate::App;
use edge::Mode;
use edge::form::Query;
use web::{Frame, form, go_to, notice, redirect};

use wire::pod::returning::REDIRECT;

pub use metadata::PATH as METADATA;
pub use token::unreadable;

/// The routes of the log-in service.
pub fn router() -> Router<App> {
    let paths: [(&str, MethodRouter<App>); 10] = [
        ("/oauth2/authorize", get(authorize::show).post(authorize::decide)),
        // The address that POD's own pages have.
        ("/oauth2/authorize/index.html", get(authorize::show).post(authorize::decide)),
        ("/oauth2/token", post(token::serve)),
        ("/oauth2/token/revoke", post(token_revoke::serve)),
        ("/oauth2/token/info", post(token_info::serve)),
        (metadata::PATH, get(metadata::serve)),
        (consents::HERE, get(consents::show).post(consents::withdraw)),
        ("/oauth2/login", get(log_in::show).post(log_in::submit)),
        ("/oauth2/login/otp", form(log_in::send_code, "/oauth2/login")),
        ("/oauth2/logout", form(log_in::log_out, "/oauth2/login")),
    ];
    paths.into_iter().fold(Router::new(), |router, (path, methods)| {
        router.route(path, methods.clone()).route(&format!("{path}/"), methods)
    })
}

/// The business of a client's id: its name.
///
/// # Errors
/// The store cannot be read.
async fn client(app: &App, id: &str) -> Result<Option<Arc<Party>>, engine::Error> {
    app.engine.catch_up().await?;
    let Some(handle) = app.engine.reader().handle(Text::from(id)).await? else { return Ok(None) };
    let party = app.engine.party(handle.party).await?;
    Ok(party.filter(|party| party.business().is_some() && !party.disabled))
}

/// Whether users of a business may be led to an address: a registered one, or in a sandbox any of this machine.
fn leads_to(app: &App, business: &Business, address: &str) -> bool {
    let plain = |c: u8| c.is_ascii_graphic() && !matches!(c, b'#' | b'\\');
    if address.len() > REDIRECT || !address.bytes().all(plain) {
        return false;
    }
    if business.redirect_uris.iter().any(|known| **known == *address) {
        return true;
    }
    app.mode == Mode::Sandbox && Url::parse(address).is_ok_and(|url| is_of_this_machine(&url))
}

/// To the log-in page, and on to `next` from there.
fn log_in_first(next: &str, more: &str) -> Response {
    let to = format!("/oauth2/login?next={}{more}", utf8_percent_encode(next, RESERVED));
    redirect(StatusCode::FOUND, &to).unwrap_or_else(|| go_to("/oauth2/login"))
}

/// The page of a client or a redirect address that cannot be trusted: nobody is sent there.
fn untrusted(parts: &Parts) -> Response {
    let frame = Frame::at("/oauth2/login", &Query::default(), &parts.headers);
    let w = frame.w;
    notice(frame, StatusCode::BAD_REQUEST, w.client_unknown, w.client_unknown_help)
}
