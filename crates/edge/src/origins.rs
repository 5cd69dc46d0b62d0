//! Origins of the redirect addresses that businesses have registered.

use std::collections::HashMap;
use std::net::IpAddr;

use axum::http::HeaderValue;
use engine::Engine;
use parking_lot::Mutex;
use payments::{Party, PartyId};
use store::Page;
use url::{Host, Origin, Url};

use crate::head;
use crate::mode::Mode;
use crate::rate_limiter::RateLimiter;

/// Scans of all parties per minute for unknown origins, so that their cost does not grow with the requests of browsers.
const LOOKS_PER_MINUTE: u32 = 60;
/// Parties read per page.
const PARTIES: usize = 500;

/// Origins of registered redirect addresses, each with a business that had registered it at the last scan.
#[derive(Debug)]
pub struct Origins {
    known: Mutex<HashMap<Origin, PartyId>>,
    looks: RateLimiter,
}

impl Default for Origins {
    fn default() -> Self {
        Self { known: Mutex::default(), looks: RateLimiter::new(LOOKS_PER_MINUTE) }
    }
}

impl Origins {
    /// Whether a business has a redirect address of this origin now; `false` if the store cannot be read.
    pub(crate) async fn are_registered(&self, engine: &Engine, mode: Mode, origin: &HeaderValue) -> bool {
        let url = head::text(origin).and_then(|origin| Url::parse(origin).ok());
        let Some(url) = url.filter(|url| url.origin().is_tuple()) else { return false };
        // A sandbox allows redirects to any address of this machine.
        if mode == Mode::Sandbox && is_of_this_machine(&url) {
            return true;
        }
        self.look_up(engine, &url.origin()).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "registered origins cannot be read");
            false
        })
    }

    async fn look_up(&self, engine: &Engine, origin: &Origin) -> Result<bool, engine::Error> {
        engine.catch_up().await?;
        let known = self.known.lock().get(origin).copied();
        if let Some(id) = known
            && engine.party(id).await?.is_some_and(|party| registers(&party, origin))
        {
            return Ok(true);
        }
        if !self.looks.takes("") {
            return Ok(false);
        }
        let (mut found, mut after) = (HashMap::new(), 0);
        // This reads users as well: businesses have no index of their own.
        loop {
            let parties = engine.reader().parties(Page { after, limit: PARTIES }).await?;
            for party in parties.iter().filter(|party| !party.disabled) {
                found.extend(origins(party).map(|origin| (origin, party.id)));
            }
            match parties.last() {
                Some(last) if parties.len() == PARTIES => after = last.id.0,
                _ => break,
            }
        }
        let is_registered = found.contains_key(origin);
        *self.known.lock() = found;
        Ok(is_registered)
    }
}

fn origins(party: &Party) -> impl Iterator<Item = Origin> {
    let addresses = party.business().into_iter().flat_map(|business| &business.redirect_uris);
    addresses.filter_map(|address| Url::parse(address).ok()).map(|url| url.origin()).filter(Origin::is_tuple)
}

fn registers(party: &Party, origin: &Origin) -> bool {
    !party.disabled && origins(party).any(|known| known == *origin)
}

/// Whether an address leads to this machine, on any port.
pub fn is_of_this_machine(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    here && matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none()
}
