//! Clients of the log-in service, and their redirect addresses.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use edge::Mode;
use edge::form::Query;
use edge::origins::is_of_this_machine;
use payments::{Business, Party, Text};
use percent_encoding::utf8_percent_encode;
use url::Url;
use web::{Frame, go_to, notice, redirect};
use wire::pod::returning::{REDIRECT, RESERVED};

use crate::App;

/// The business with this client id, which is its name; `None`: unknown or disabled.
///
/// # Errors
/// The store cannot be read.
pub async fn client(app: &App, id: &str) -> Result<Option<Arc<Party>>, engine::Error> {
    app.engine.catch_up().await?;
    let Some(handle) = app.engine.reader().handle(Text::from(id)).await? else { return Ok(None) };
    let party = app.engine.party(handle.party).await?;
    Ok(party.filter(|party| party.business().is_some() && !party.disabled))
}

/// Whether users of a business may be redirected to an address: a registered one, or in a sandbox any address of this machine.
pub fn leads_to(app: &App, business: &Business, address: &str) -> bool {
    let plain = |c: u8| c.is_ascii_graphic() && !matches!(c, b'#' | b'\\');
    if address.len() > REDIRECT || !address.bytes().all(plain) {
        return false;
    }
    if business.redirect_uris.iter().any(|known| **known == *address) {
        return true;
    }
    app.mode == Mode::Sandbox && Url::parse(address).is_ok_and(|url| is_of_this_machine(&url))
}

/// The redirect to the log-in page, which leads to `next`; `more` is added to the query.
pub fn log_in_first(next: &str, more: &str) -> Response {
    let to = format!("/oauth2/login?next={}{more}", utf8_percent_encode(next, RESERVED));
    redirect(StatusCode::FOUND, &to).unwrap_or_else(|| go_to("/oauth2/login"))
}

/// The page for an unknown client or an untrusted redirect address. It does not redirect.
pub fn untrusted(parts: &Parts) -> Response {
    let frame = Frame::at("/oauth2/login", &Query::default(), &parts.headers);
    let w = frame.w;
    notice(frame, StatusCode::BAD_REQUEST, w.client_unknown, w.client_unknown_help)
}
