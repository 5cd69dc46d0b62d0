//! Steps 1–9 of every service call (finnotech.md 1.4): authentication, rights, trackId, body.

use axum::http::Uri;
use edge::basic::bearer;
use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::sync::Arc;
use wire::field::is_track_id;

use axum::extract::{MatchedPath, Request};
use axum::http::request::Parts;
use axum::response::Response;
use bytes::Bytes;
use engine::TokenRights;
use payments::{ClientId, Grant, GrantKind};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::value::RawValue;
use text::fold;
use uuid::Uuid;
use wire::field::Fault;
use wire::finnotech::errors::{self as table, Failure};
use wire::text::is_line;

use super::reply;
use crate::App;
use edge::body;
use edge::form::Query;
use edge::large::{Asks, NoPage, Page};
use edge::refused::BodyFault;
use edge::strict::{Strict, fields_of};
use sandbox::Armed;

/// The maximum length for paths that are not served: a trackId of any length is echoed.
pub const TRACK_ID_ANY_LEN: usize = usize::MAX;

/// What a service requires of its callers (finnotech.md 2.8).
#[derive(Clone, Copy, Debug)]
pub struct Requirements {
    /// The scope that the token must have; `None`: no scope.
    pub scope: Option<&'static str>,
    /// The grants that may call the service.
    pub grants: Grants,
    /// Whether a trackId is required.
    pub track_id: Demand,
    /// When the token's rights are checked against changes made by other processes.
    pub rights: RightsCheck,
}

/// When a token's rights must be up to date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RightsCheck {
    /// Before the first read on their behalf.
    Read,
    /// When the command of the call is decided: [`engine::Engine::run_with`].
    AtCommit,
}

/// The grants that may call a service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Grants {
    /// CODE.
    Code,
    /// CODE; and CLIENT-CREDENTIAL for deposits of Keshavarzi, which is checked after step 9.
    CodeOrKeshavarzi,
    /// CLIENT-CREDENTIAL.
    ClientCredential,
    /// CODE or CLIENT-CREDENTIAL.
    Any,
}

/// Whether a trackId is required.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Demand {
    /// It is required.
    Mandatory,
    /// It is optional.
    Optional,
    /// A `trackId` in the query is not the id of this call.
    Ignored,
}

/// A call that passed steps 1–8.
#[derive(Debug)]
pub struct Call {
    /// The trackId as sent, or one generated for the call.
    pub track_id: String,
    /// The client.
    pub client: ClientId,
    /// The token's rights.
    pub token_rights: Arc<TokenRights>,
    /// The second parameter of the path, after the client: a deposit or a national id. Empty if the path has none.
    pub subject: String,
    /// The query parameters.
    pub query: Query,
    /// The body, not parsed yet.
    pub body: Bytes,
    /// The rules of strict mode that are on.
    strict: Strict,
    /// The sandbox's rule that is armed for this call.
    pub armed: Option<Arc<Armed>>,
}

/// A call whose trackId is missing or malformed.
#[derive(Debug)]
pub struct Nameless<'a> {
    /// The trackId that replies echo.
    pub track_id: &'a str,
    /// See [`Call::subject`].
    pub subject: &'a str,
    /// The body, not parsed.
    pub body: &'a [u8],
}

/// A numeric parameter within bounds, or its default if it is absent.
///
/// # Errors
/// The parameter is not a number, or is out of bounds.
pub fn count(
    query: &Query,
    name: &'static str,
    default: usize,
    bounds: RangeInclusive<usize>,
) -> Result<usize, Failure> {
    let Some(text) = query.get(name) else { return Ok(default) };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let count = if digits { text.parse().ok() } else { None };
    count.filter(|count| bounds.contains(count)).ok_or_else(|| table::invalid(name))
}

/// Characters of a malformed trackId that its refusal echoes (second-edition 2.1).
const ECHO: usize = 100;

/// A trackId as it was sent: it is never folded (second-edition 2.1).
#[derive(Debug)]
pub enum TrackId<'a> {
    Good(&'a str),
    Malformed(&'a str),
    Missing,
}

impl<'a> TrackId<'a> {
    pub fn of(query: &'a Query, max_len: usize) -> Self {
        match query.sent("trackId") {
            None => Self::Missing,
            Some(id) if is_track_id(id, max_len) => Self::Good(id),
            Some(id) => Self::Malformed(id),
        }
    }

    /// The trackId that replies echo: the value as sent, shortened if it is malformed; a generated one if it is missing or not valid text.
    pub fn echo(&self) -> Cow<'a, str> {
        let is_echoed = |c: char| is_line(c) && c != char::REPLACEMENT_CHARACTER;
        match *self {
            Self::Good(id) => Cow::Borrowed(id),
            Self::Malformed(id) if id.chars().all(is_echoed) => match id.char_indices().nth(ECHO) {
                Some((end, _)) => Cow::Borrowed(&id[..end]),
                None => Cow::Borrowed(id),
            },
            Self::Malformed(_) | Self::Missing => Cow::Owned(Uuid::new_v4().to_string()),
        }
    }
}

/// A text in a JSON body, as it was sent; `None`: it is absent, null or blank.
///
/// # Errors
/// The value is not a string.
pub fn text_as_sent(raw: Option<&RawValue>, name: &'static str) -> Result<Option<String>, Fault> {
    let Some(raw) = raw.filter(|raw| raw.get() != "null") else { return Ok(None) };
    let sent: String = serde_json::from_str(raw.get()).map_err(|_| Fault::Invalid(name))?;
    Ok((!fold(&sent).is_empty()).then_some(sent))
}

/// A trackId in a JSON body, as it was sent.
///
/// # Errors
/// The value is not a trackId.
pub fn track_id_in(raw: Option<&RawValue>, max_len: usize) -> Result<Option<String>, Fault> {
    match text_as_sent(raw, "trackId")? {
        Some(sent) if !is_track_id(&sent, max_len) => Err(Fault::Invalid("trackId")),
        sent => Ok(sent),
    }
}

impl Call {
    /// Checks steps 1–8.
    ///
    /// # Errors
    /// The reply of the first check that fails.
    pub async fn enter(app: &App, service: Requirements, request: Request) -> Result<Self, Response> {
        Self::enter_or(app, service, request, |_| None).await
    }

    /// The same, for a service that may answer a missing or malformed trackId in its own way.
    ///
    /// # Errors
    /// The reply of the first check that fails.
    pub async fn enter_or(
        app: &App,
        service: Requirements,
        request: Request,
        without_track_id: impl FnOnce(&Nameless<'_>) -> Option<Response>,
    ) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let query = Query::of(&parts.uri);
        let sent = TrackId::of(&query, app.settings.track_id_max_len);
        let track_id = sent.echo().into_owned();
        let malformed = match sent {
            TrackId::Good(_) => None,
            _ if service.track_id == Demand::Ignored => None,
            TrackId::Malformed(_) => Some(table::invalid("trackId")),
            TrackId::Missing if service.track_id == Demand::Mandatory => Some(table::required("trackId")),
            TrackId::Missing => None,
        };
        let fail = |failure: &Failure| reply::failed(Some(&track_id), failure);
        let body = body::read(&parts, body).await.map_err(|fault| match fault {
            BodyFault::TooLarge => fail(&table::BODY_TOO_LARGE),
            BodyFault::Broken => fail(&table::BODY_INVALID),
        })?;
        let mut named = named_parts(&parts);
        let client = named.next();
        let subject = named.next().map(Cow::into_owned).unwrap_or_default();
        let token = bearer(&parts.headers).ok_or_else(|| fail(&table::NO_BEARER))?;
        let token = app.secrets.hash(token);
        let token_rights = match service.rights {
            RightsCheck::Read => app.engine.token_rights(token).await,
            RightsCheck::AtCommit => app.engine.remembered_token_rights(token).await,
        };
        let token_rights = token_rights.map_err(|error| reply::broken(Some(&track_id), &error))?;
        let token_rights = token_rights.ok_or_else(|| fail(&table::INVALID_TOKEN))?;
        let grant = &token_rights.grant;
        if client.as_deref() != Some(&grant.client.0) {
            return Err(fail(&table::CLIENT_MISMATCH));
        }
        match (service.grants, grant.kind) {
            (Grants::Code, GrantKind::ClientCredential) => return Err(fail(&table::CODE_REQUIRED)),
            (Grants::ClientCredential, GrantKind::Code) => return Err(fail(&table::CLIENT_CREDENTIAL_REQUIRED)),
            _ => {}
        }
        if let Some(scope) = service.scope.filter(|scope| !grant.scopes.iter().any(|granted| granted == scope)) {
            return Err(fail(&table::scope_missing(scope)));
        }
        if let Some(failure) = malformed {
            let nameless = Nameless { track_id: &track_id, subject: &subject, body: &body };
            return Err(without_track_id(&nameless).unwrap_or_else(|| fail(&failure)));
        }
        let armed = parts.extensions.get::<Arc<Armed>>().map(Arc::clone);
        let strict = app.strict;
        Ok(Self { client: grant.client.clone(), token_rights, subject, query, body, track_id, strict, armed })
    }

    /// The rights of the token.
    pub fn grant(&self) -> &Arc<Grant> {
        &self.token_rights.grant
    }

    /// A `FAILED` reply to this call.
    pub fn fail(&self, failure: &Failure) -> Response {
        reply::failed(Some(&self.track_id), failure)
    }

    /// The reply to this call for an internal error, a busy server, or rights that have ended.
    pub fn broken(&self, error: &engine::Error) -> Response {
        if let engine::Error::RightsEnded = error {
            return self.fail(&table::INVALID_TOKEN);
        }
        reply::broken(Some(&self.track_id), error)
    }

    /// The same, for a failed read of the store.
    pub fn unread(&self, error: store::Error) -> Response {
        self.broken(&engine::Error::Store(error))
    }

    /// Begins a page of a list.
    pub fn page(&self, app: &App) -> Page {
        app.large.page(Asks::Client(self.client.clone()))
    }

    /// The reply to this call for a refused page; `name` is the parameter that sets the number of rows.
    pub fn no_page(&self, name: &'static str, why: NoPage) -> Response {
        match why {
            NoPage::TooLarge(fit) => self.fail(&table::too_large(name, fit)),
            NoPage::Busy => self.broken(&engine::Error::Busy),
            NoPage::Broken(error) => self.broken(&engine::Error::Unexpected(error.to_string())),
        }
    }

    /// Step 9: the body as a JSON object.
    ///
    /// # Errors
    /// The body is not a JSON object, or, in strict mode, has a field that the service does not have.
    pub fn object<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Response> {
        object(self.strict, &self.body).map_err(|failure| self.fail(&failure))
    }
}

/// Parses a JSON object. Arrays are refused, since serde would read them by position.
///
/// # Errors
/// The body is not a JSON object, or, in strict mode, has a field that the service does not have.
pub fn object<'a, T: Deserialize<'a>>(strict: Strict, body: &'a [u8]) -> Result<T, Failure> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let object = if first == Some(&b'{') { serde_json::from_slice(body).ok() } else { None };
    let object = object.ok_or(table::BODY_INVALID)?;
    match strict.unknown_member(body, fields_of::<T>()) {
        Some(name) => Err(table::invalid(&name)),
        None => Ok(object),
    }
}

/// The parameters of a path: first the client, then the subject. Invalid UTF-8 is replaced, so that it names nothing.
fn named_parts(parts: &Parts) -> impl Iterator<Item = Cow<'_, str>> {
    let pattern = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let segments = pattern.split('/').zip(parts.uri.path().split('/'));
    segments.filter(|(name, _)| name.starts_with('{')).map(|(_, text)| percent_decode_str(text).decode_utf8_lossy())
}

/// Whether a path belongs to a token call, whose replies have no trackId.
pub fn is_of_tokens(path: &str) -> bool {
    path.starts_with("/dev/v2/oauth2/")
}

/// The trackId that a reply echoes, whatever its length; `None` for token calls.
pub fn echoed(uri: &Uri) -> Option<String> {
    let query = Query::of(uri);
    let track_id = || TrackId::of(&query, TRACK_ID_ANY_LEN).echo().into_owned();
    (!is_of_tokens(uri.path())).then(track_id)
}
