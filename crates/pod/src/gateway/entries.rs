//! Payers who have come in by a link and have not sent a form yet: nothing of them is in the store (second-edition.md 4.5).
//!
//! Shape: [`Entries::enter`] makes the number of a session; [`Entries::find`] says what that session will be, until its first form writes it.
//! A browser keeps it: a cookie of the session's own pages, sealed and bound to the session's number, which any process opens. A program that
//! keeps no cookies finds it in the memory of the process that has let it in, where there is room.

use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use payments::{
    CallAddress, Digest, Entered, GatewayEntry, GatewaySession, InvoiceId, PartyId, Provenance, SessionState, Text,
};
use quick_cache::unsync::Cache;
use serde::{Deserialize, Serialize};

use edge::Security;
use edge::key_ring::Place;
use edge::random::{NoRandomness, hexadecimal};
use edge::secrets::Secrets;
use web::{SetCookie, cookie};

/// Digits of a session's number.
pub const SESSION: usize = 32;
/// Bytes of a cookie at most: browsers keep no greater ones.
const COOKIE: usize = 4_000;
/// Seconds that browsers keep one: as long as a payer who comes back late is told what became of the session.
const COOKIE_SECONDS: u32 = 86_400;
/// Sessions that are kept in memory, each of 8 KiB at most.
const REMEMBERED: usize = 4_096;

/// See the module.
pub struct Entries {
    remembered: Mutex<Cache<Digest, (u64, Entered)>>,
}

impl std::fmt::Debug for Entries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entries")
    }
}

impl Default for Entries {
    fn default() -> Self {
        Self { remembered: Mutex::new(Cache::new(REMEMBERED)) }
    }
}

/// What a cookie says, sealed.
#[derive(Serialize, Deserialize)]
struct Sealed {
    invoice: i64,
    /// The invoice's other number, by chance: an invoice of another world has another one.
    unique: u64,
    back: Option<String>,
    call: Option<String>,
    signed: bool,
    only: Option<i64>,
    card: bool,
    ends_at_ms: i64,
}

/// A session that begins: its number, and the cookie that says what it will be.
pub struct Begun {
    pub gs: String,
    pub entered: Entered,
    pub cookie: Option<HeaderValue>,
}

/// What a link leads to, before it has a number.
pub struct Entry<'a> {
    pub invoice: &'a payments::Invoice,
    pub back: Option<Text>,
    pub call: Option<CallAddress>,
    pub only: Option<PartyId>,
    pub opening: GatewayEntry,
    pub ends_at_ms: i64,
}

impl Entries {
    /// Lets a payer in.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn enter(&self, secrets: &Secrets, security: Security, entry: Entry<'_>) -> Result<Begun, NoRandomness> {
        let gs = hexadecimal(SESSION)?;
        let Entry { invoice, back, call, only, opening, ends_at_ms } = entry;
        let sealed = Sealed {
            invoice: invoice.id.0,
            unique: invoice.unique,
            back: back.as_ref().map(Text::to_string),
            call: call.as_ref().map(|call| call.address.to_string()),
            signed: call.as_ref().is_some_and(|call| call.provenance == Provenance::Business),
            only: only.map(|only| only.0),
            card: opening == GatewayEntry::CardStep,
            ends_at_ms,
        };
        // Texts, numbers and flags are always written.
        let sealed = serde_json::to_string(&sealed).unwrap_or_default();
        let sealed = URL_SAFE_NO_PAD.encode(secrets.seal(Place::Entry(&gs), &sealed)?);
        let session = begins(secrets.hash(&gs), invoice.id, (back, call), only, ends_at_ms);
        let entered = Entered { session, opening };
        self.remembered.lock().insert(entered.session.hash, (invoice.unique, entered.clone()));
        let cookie = (sealed.len() <= COOKIE).then(|| {
            let (name, path) = (name(&gs), base(&gs));
            let cookie = SetCookie { name: &name, value: &sealed, path: &path, max_age_s: Some(COOKIE_SECONDS) };
            cookie.header(security)
        });
        Ok(Begun { cookie: cookie.flatten(), gs, entered })
    }

    /// What a session will be that has no row yet, with the other number of its invoice.
    pub fn find(&self, secrets: &Secrets, headers: &HeaderMap, gs: &str) -> Option<(u64, Entered)> {
        let hash = secrets.hash(gs);
        opened(secrets, headers, gs, hash).or_else(|| self.remembered.lock().get(&hash).cloned())
    }

    /// Forgets all that is in memory.
    pub fn clear(&self) {
        self.remembered.lock().clear();
    }
}

/// The path of a session's page.
pub fn base(gs: &str) -> String {
    format!("/v1/pbc/pay/{gs}")
}

/// The cookie of a session. Its path has the number, too; programs that look at no paths tell by the name.
fn name(gs: &str) -> String {
    format!("daric_pay_{gs}")
}

fn opened(secrets: &Secrets, headers: &HeaderMap, gs: &str, hash: Digest) -> Option<(u64, Entered)> {
    let sealed = URL_SAFE_NO_PAD.decode(cookie(headers, &name(gs))?).ok()?;
    let opened = secrets.open(Place::Entry(gs), &sealed)?;
    let Sealed { invoice, unique, back, call, signed, only, card, ends_at_ms } = serde_json::from_str(&opened).ok()?;
    let provenance = if signed { Provenance::Business } else { Provenance::Other };
    let call = call.map(|address| CallAddress { address: Text::from(address), provenance });
    let session = begins(hash, InvoiceId(invoice), (back.map(Text::from), call), only.map(PartyId), ends_at_ms);
    Some((unique, Entered { session, opening: if card { GatewayEntry::CardStep } else { GatewayEntry::Choice } }))
}

fn begins(
    hash: Digest,
    invoice: InvoiceId,
    (back, call): (Option<Text>, Option<CallAddress>),
    only: Option<PartyId>,
    ends_at_ms: i64,
) -> GatewaySession {
    GatewaySession {
        hash,
        invoice,
        back,
        call,
        only,
        voucher: None,
        holder: None,
        credits: Vec::new(),
        card_until_ms: None,
        state: SessionState::Open,
        ends_at_ms,
    }
}
