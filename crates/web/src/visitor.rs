//! Sessions of browsers that have logged in.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue};
use payments::{BrowserSession, Digest, EndSession, Locked, Party, TakeTry, Visitor};

use edge::Security;

use super::{SetCookie, cookie};
use edge::Edge;

/// The session cookie of users and businesses of POD (pod.md 2.2).
pub const SSO_COOKIE: &str = "daric_sso";
/// Length of a session cookie's value.
pub const SESSION: usize = 43;

/// The session under this cookie that has not ended.
///
/// # Errors
/// The store cannot be read.
pub async fn session(edge: &Edge, headers: &HeaderMap, name: &str) -> Result<Option<BrowserSession>, engine::Error> {
    let Some(shown) = cookie(headers, name).filter(|shown| shown.len() == SESSION) else { return Ok(None) };
    edge.engine.catch_up().await?;
    let found = edge.engine.reader().browser_session(edge.secrets.hash(shown)).await?;
    let clock = edge.engine.clock();
    Ok(found.filter(|session| {
        // The sandbox's clock, which operators move, does not sign them out.
        let now_ms = match session.visitor {
            Visitor::Party { .. } => clock.now_ms(),
            Visitor::Operator { .. } => clock.system_ms(),
        };
        now_ms < session.ends_at_ms
    }))
}

/// The user or business that has logged in.
///
/// # Errors
/// The store cannot be read.
pub async fn party(edge: &Edge, headers: &HeaderMap) -> Result<Option<Arc<Party>>, engine::Error> {
    let Some(session) = session(edge, headers, SSO_COOKIE).await? else { return Ok(None) };
    let Visitor::Party { id, access_version } = session.visitor else { return Ok(None) };
    let same = |party: &Party| party.access_version == access_version;
    Ok(edge.engine.party(id).await?.filter(|party| !party.disabled && same(party)))
}

/// Counts a log-in try of a name, by its keyed hash, before its password is compared. `false`: the name is locked.
///
/// # Errors
/// The store cannot be written.
pub async fn may_try(edge: &Edge, take: TakeTry) -> Result<bool, engine::Error> {
    match edge.engine.run(take).await? {
        Ok(()) => Ok(true),
        Err(Locked) => Ok(false),
    }
}

/// The value to which the visitor's forms are bound: the cookie, or empty before log-in.
pub fn shown<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    cookie(headers, name).unwrap_or_default()
}

/// Ends the session under a cookie; returns the `Set-Cookie` that removes it.
///
/// # Errors
/// The store cannot be written.
pub async fn log_out(
    edge: &Edge,
    headers: &HeaderMap,
    name: &str,
    security: Security,
) -> Result<Option<HeaderValue>, engine::Error> {
    if let Some(shown) = cookie(headers, name) {
        let hash: Digest = edge.secrets.hash(shown);
        let Ok(()) = edge.engine.run(EndSession { hash }).await?;
    }
    Ok(SetCookie::gone(name).header(security))
}
