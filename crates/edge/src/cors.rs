//! Browsers of other sites (CORS): which paths answer them, and which sites.
//!
//! Shape: [`Cors::of`] reads a request. A preflight is answered by [`Cors::preflight`] and reaches no handler; every answer of these paths goes through
//! [`Cors::open`]. Never with credentials: callers show tokens, and no cookie counts (second-edition.md 1.10).

use std::collections::HashMap;
use std::net::IpAddr;

use axum::body::Body;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;
use parking_lot::Mutex;
use payments::{Party, PartyId};
use store::Page;
use url::{Host, Origin, Url};

use crate::head;
use crate::pace::Pace;
use crate::{Edge, Mode};

/// Whose pages may read what a path answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sites {
    /// Any: a token is shown with each call.
    Any,
    /// Those that businesses have registered to lead users back to.
    Registered,
}

const ANY: HeaderValue = HeaderValue::from_static("*");
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, DELETE");
/// Headers of replies that scripts may read.
const EXPOSED: HeaderValue = HeaderValue::from_static("x-request-id, retry-after");
/// Seconds that a browser remembers the answer to a preflight.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
const BY_ORIGIN: HeaderValue = HeaderValue::from_static("Origin");

/// See the module.
#[derive(Debug)]
pub struct Cors {
    /// Who may read the answer: what `Access-Control-Allow-Origin` says.
    allowed: Option<HeaderValue>,
    /// Headers that a preflight asks for; `None`: it is none.
    asked: Option<Option<HeaderValue>>,
}

impl Cors {
    /// `None`: the path does not answer browsers of other sites.
    pub async fn of(edge: &Edge, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Self> {
        let sites = edge.dialects.of(uri.path()).sites(uri.path())?;
        let Some(origin) = headers.get(ORIGIN) else { return Some(Self { allowed: None, asked: None }) };
        let allowed = match sites {
            Sites::Any => Some(ANY),
            Sites::Registered if edge.origins.are_registered(edge, origin).await => Some(origin.clone()),
            Sites::Registered => None,
        };
        let is_preflight = *method == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        let asked = is_preflight.then(|| headers.get(ACCESS_CONTROL_REQUEST_HEADERS).cloned());
        Some(Self { allowed, asked })
    }

    /// The answer to a preflight.
    pub fn preflight(&self) -> Option<Response> {
        let asked = self.asked.as_ref()?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        if self.allowed.is_some() {
            let headers = response.headers_mut();
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
            // Whatever headers a call has, they show no more than its caller knows.
            if let Some(names) = asked {
                headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
            }
        }
        Some(response)
    }

    /// Lets the allowed site read an answer.
    pub fn open(self, headers: &mut HeaderMap) {
        headers.append(VARY, BY_ORIGIN);
        if let Some(allowed) = self.allowed {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }
}

/// Looks over all parties in a minute, for origins that are not known: what they cost does not grow with what browsers send.
const LOOKS_PER_MINUTE: u32 = 60;
/// Parties that are read at once.
const PARTIES: usize = 500;

/// Origins of registered redirect addresses, each with a business that has registered it when all were last looked over.
#[derive(Debug)]
pub struct Origins {
    known: Mutex<HashMap<Origin, PartyId>>,
    looks: Pace,
}

impl Default for Origins {
    fn default() -> Self {
        Self { known: Mutex::default(), looks: Pace::new(LOOKS_PER_MINUTE) }
    }
}

impl Origins {
    /// Whether a business has a redirect address of an origin now. A store that cannot be read has none.
    async fn are_registered(&self, edge: &Edge, origin: &HeaderValue) -> bool {
        let url = head::text(origin).and_then(|origin| Url::parse(origin).ok());
        let Some(url) = url.filter(|url| url.origin().is_tuple()) else { return false };
        // A sandbox leads users to any address of this machine.
        if edge.mode == Mode::Sandbox && is_of_this_machine(&url) {
            return true;
        }
        self.look_up(edge, &url.origin()).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "registered origins cannot be read");
            false
        })
    }

    async fn look_up(&self, edge: &Edge, origin: &Origin) -> Result<bool, engine::Error> {
        edge.engine.catch_up().await?;
        let known = self.known.lock().get(origin).copied();
        if let Some(id) = known
            && edge.engine.party(id).await?.is_some_and(|party| registers(&party, origin))
        {
            return Ok(true);
        }
        if !self.looks.takes("") {
            return Ok(false);
        }
        let (mut found, mut after) = (HashMap::new(), 0);
        // Users are read, too: businesses have no index of their own.
        loop {
            let parties = edge.engine.reader().parties(Page { after, limit: PARTIES }).await?;
            for party in parties.iter().filter(|party| !party.disabled) {
                found.extend(origins(party).map(|origin| (origin, party.id)));
            }
            match parties.last() {
                Some(last) if parties.len() == PARTIES => after = last.id.0,
                _ => break,
            }
        }
        let is_there = found.contains_key(origin);
        *self.known.lock() = found;
        Ok(is_there)
    }
}

fn origins(party: &Party) -> impl Iterator<Item = Origin> {
    let addresses = party.business().into_iter().flat_map(|business| &business.redirect_uris);
    addresses.filter_map(|address| Url::parse(address).ok()).map(|url| url.origin()).filter(Origin::is_tuple)
}

fn registers(party: &Party, origin: &Origin) -> bool {
    !party.disabled && origins(party).any(|known| known == *origin)
}

/// Whether a web address leads to this machine, whatever its port.
pub fn is_of_this_machine(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    here && matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none()
}
