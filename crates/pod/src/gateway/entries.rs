//! Sessions of payers who have followed a link and not yet sent a form: they have no row in the store (second-edition.md 4.5).
//!
//! Shape: [`Entries::enter`] makes a session's number. Until the first form writes the session, [`Entries::find`] returns its initial content.
//! The content is kept in a cookie for the paths of the session's pages. The cookie is sealed and bound to the session's number; any process can open
//! it. For programs without cookies, the process that has served the link also keeps the content in memory, in a bounded cache.

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
use edge::key_ring::SealContext;
use edge::random::{NoRandomness, hexadecimal};
use edge::secrets::Secrets;
use web::{SetCookie, cookie};

/// Hexadecimal digits of a session's number.
pub const SESSION: usize = 32;
/// Maximum size of the cookie's value in bytes: browsers do not keep larger cookies.
const COOKIE: usize = 4_000;
/// Life of the cookie in seconds: a payer who comes back late still sees that the session has ended.
const COOKIE_SECONDS: u32 = 86_400;
/// Maximum number of sessions in memory, each of at most 8 KiB.
const REMEMBERED: usize = 4_096;

/// The sessions without a row; see the module.
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

/// The content of the cookie, before it is sealed.
#[derive(Serialize, Deserialize)]
struct Sealed {
    invoice: i64,
    /// The random number of the invoice. After a reset of a sandbox, an invoice with the same id has another one.
    unique: u64,
    back: Option<String>,
    call: Option<String>,
    signed: bool,
    only: Option<i64>,
    card: bool,
    ends_at_ms: i64,
}

/// A new session: its number, its content, and the cookie that keeps the content; without the cookie if it is too large.
pub struct Begun {
    pub gs: String,
    pub entered: Entered,
    pub cookie: Option<HeaderValue>,
}

/// The content of a session that a link begins.
pub struct Entry<'a> {
    pub invoice: &'a payments::Invoice,
    pub back: Option<Text>,
    pub call: Option<CallAddress>,
    pub only: Option<PartyId>,
    pub entry_page: GatewayEntry,
    pub ends_at_ms: i64,
}

impl Entries {
    /// Begins a session for a payer who follows a link.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn enter(&self, secrets: &Secrets, security: Security, entry: Entry<'_>) -> Result<Begun, NoRandomness> {
        let gs = hexadecimal(SESSION)?;
        let Entry { invoice, back, call, only, entry_page, ends_at_ms } = entry;
        let sealed = Sealed {
            invoice: invoice.id.0,
            unique: invoice.unique,
            back: back.as_ref().map(Text::to_string),
            call: call.as_ref().map(|call| call.address.to_string()),
            signed: call.as_ref().is_some_and(|call| call.provenance == Provenance::Business),
            only: only.map(|only| only.0),
            card: entry_page == GatewayEntry::CardStep,
            ends_at_ms,
        };
        // Texts, numbers and flags can always be serialized.
        let sealed = serde_json::to_string(&sealed).unwrap_or_default();
        let sealed = URL_SAFE_NO_PAD.encode(secrets.seal(SealContext::Entry(&gs), &sealed)?);
        let session = begins(secrets.hash(&gs), invoice.id, (back, call), only, ends_at_ms);
        let entered = Entered { session, entry_page };
        self.remembered.lock().insert(entered.session.hash, (invoice.unique, entered.clone()));
        let cookie = (sealed.len() <= COOKIE).then(|| {
            let (name, path) = (name(&gs), base(&gs));
            let cookie = SetCookie { name: &name, value: &sealed, path: &path, max_age_s: Some(COOKIE_SECONDS) };
            cookie.header(security)
        });
        Ok(Begun { cookie: cookie.flatten(), gs, entered })
    }

    /// The content of a session without a row, from the cookie or from memory, with the random number of its invoice.
    pub fn find(&self, secrets: &Secrets, headers: &HeaderMap, gs: &str) -> Option<(u64, Entered)> {
        let hash = secrets.hash(gs);
        opened(secrets, headers, gs, hash).or_else(|| self.remembered.lock().get(&hash).cloned())
    }

    /// Removes all sessions from memory.
    pub fn clear(&self) {
        self.remembered.lock().clear();
    }
}

/// The path of a session's page.
pub fn base(gs: &str) -> String {
    format!("/v1/pbc/pay/{gs}")
}

/// The name of a session's cookie. It contains the session's number, as the path does, for programs that ignore the path of cookies.
fn name(gs: &str) -> String {
    format!("daric_pay_{gs}")
}

fn opened(secrets: &Secrets, headers: &HeaderMap, gs: &str, hash: Digest) -> Option<(u64, Entered)> {
    let sealed = URL_SAFE_NO_PAD.decode(cookie(headers, &name(gs))?).ok()?;
    let opened = secrets.open(SealContext::Entry(gs), &sealed)?;
    let Sealed { invoice, unique, back, call, signed, only, card, ends_at_ms } = serde_json::from_str(&opened).ok()?;
    let provenance = if signed { Provenance::Business } else { Provenance::Other };
    let call = call.map(|address| CallAddress { address: Text::from(address), provenance });
    let session = begins(hash, InvoiceId(invoice), (back.map(Text::from), call), only.map(PartyId), ends_at_ms);
    Some((unique, Entered { session, entry_page: if card { GatewayEntry::CardStep } else { GatewayEntry::Choice } }))
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
