//! Logging in with a browser: parties on POD's pages, operators in their console (pod.md 2.2).
//!
//! Tries are counted before a password is looked at, by what was typed for a name, whether anybody has it or not: so many guesses at once have
//! no more of them than one after another, and nobody learns from a lock who is there. A right password gives the tries back.
//! Absent: passwords and codes themselves; they are compared at the edge, or as hashes.

use std::convert::Infallible;
use std::sync::Arc;

use crate::outgoing::write_code;
use crate::view::{Denial, Keys, View};
use crate::{At, Command, Digest, MessageId, Now, Party, PartyId, Text};
use schema::{Corrupt, corrupt, table};

/// Wrong passwords in a row that lock a name.
pub const PASSWORD_TRIES: i64 = 10;
/// Wrong codes in a row that lock a mobile number.
pub const CODE_TRIES: i64 = 3;
/// How long a name or number is locked, in milliseconds: a quarter of an hour.
pub const LOG_IN_LOCKED_MS: i64 = 900_000;
/// How long wrong tries are remembered after the last, in milliseconds.
const TRIES_KEPT_MS: i64 = 86_400_000;
/// How long an address is known from which an operator has signed in, in milliseconds: 30 days.
pub const ADDRESS_KNOWN_MS: i64 = 30 * 86_400_000;
/// How long a log-in code lives, in milliseconds.
pub const LOG_IN_CODE_MS: i64 = 300_000;
/// Codes that a number is sent in [`CODES_MS`] at most.
const CODES: i64 = 3;
/// The window of [`CODES`], in milliseconds: ten minutes.
const CODES_MS: i64 = 600_000;

/// Who has logged in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Visitor {
    /// A user or business.
    Party {
        /// Its number.
        id: PartyId,
        /// Its [`crate::Party::access_version`] when the session began: another one ends it.
        access_version: i64,
    },
    /// An operator of this server.
    Operator {
        /// The name.
        name: Text,
        /// Keyed hash of the record of the password that the session began with: another one ends it.
        password: Digest,
    },
}

/// A browser that has logged in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrowserSession {
    /// Keyed hash of what the browser shows.
    pub hash: Digest,
    /// Who, and what ends it.
    pub visitor: Visitor,
    /// When it began, in milliseconds of Unix time.
    pub since_ms: i64,
    /// When it ends, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

/// Wrong guesses of one name or number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tries {
    /// Keyed hash of the name or number.
    pub key: Digest,
    /// Since the last right one, or the last lock.
    pub wrong: i64,
    /// Locked until then, in milliseconds of Unix time.
    pub locked_until_ms: i64,
    /// When they are forgotten, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

impl Tries {
    /// As they stand.
    ///
    /// # Errors
    /// They are used up.
    pub(crate) fn of(view: &View, key: &Digest, now: &Now) -> Result<Self, Locked> {
        let known = view.log_in_tries.get(key).filter(|tries| now.at_ms < tries.ends_at_ms).map(|tries| **tries);
        let tries = known.unwrap_or(Self { key: *key, wrong: 0, locked_until_ms: 0, ends_at_ms: 0 });
        if now.at_ms < tries.locked_until_ms { Err(Locked) } else { Ok(tries) }
    }

    /// With one more wrong guess, which may lock.
    pub(crate) fn and_one(self, most: i64, now: &Now) -> Self {
        self.and_one_kept(most, TRIES_KEPT_MS, now)
    }

    /// The same, remembered for `kept_ms` after the last.
    fn and_one_kept(self, most: i64, kept_ms: i64, now: &Now) -> Self {
        let wrong = self.wrong + 1;
        let ends_at_ms = now.at_ms.saturating_add(kept_ms);
        if wrong < most {
            Self { wrong, ends_at_ms, ..self }
        } else {
            Self { wrong: 0, locked_until_ms: now.at_ms.saturating_add(LOG_IN_LOCKED_MS), ends_at_ms, ..self }
        }
    }
}

/// A limit of wrong passwords over many names, or of one name over many addresses: so many, each within [`LOG_IN_LOCKED_MS`] of the one before, lock it
/// for that long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ceiling {
    /// Keyed hash of the address or name.
    pub key: Digest,
    /// How many.
    pub most: i64,
    /// Keyed hash of the name and the address. While that address is known, the limit neither counts its tries nor closes it: others cannot lock
    /// an operator out of where it works.
    pub spares: Option<Digest>,
}

impl Ceiling {
    /// One that spares no address.
    pub fn of_all(key: Digest, most: i64) -> Self {
        Self { key, most, spares: None }
    }

    fn counts(&self, view: &View, now: &Now) -> bool {
        let known = self.spares.and_then(|known| view.known_addresses.get(&known));
        known.is_none_or(|known| known.ends_at_ms <= now.at_ms)
    }
}

/// An address from which an operator has signed in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KnownAddress {
    /// Keyed hash of the name and the address.
    pub hash: Digest,
    /// When it is forgotten, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

/// Too many wrong tries: the name has to wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Locked;

/// Takes one of the tries of a name, before its password is looked at. Where a lock refuses it, nothing is counted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TakeTry {
    /// Keyed hash of the name; where ceilings are given, of the name and the address.
    pub key: Digest,
    /// Limits beside it.
    pub ceilings: Vec<Ceiling>,
}

impl TakeTry {
    /// A try of a name alone.
    pub fn of(key: Digest) -> Self {
        Self { key, ceilings: Vec::new() }
    }

    /// All that it counts against: each gets its one try back where the password was right, and more has to be shown.
    pub fn limits(&self) -> Vec<Ceiling> {
        self.ceilings.iter().copied().chain([Ceiling::of_all(self.key, PASSWORD_TRIES)]).collect()
    }
}

impl Command for TakeTry {
    type Done = ();
    type Refusal = Locked;
    const NAME: &'static str = "TakeTry";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.log_in_tries.push(self.key);
        keys.log_in_tries.extend(self.ceilings.iter().map(|ceiling| ceiling.key));
        keys.known_addresses.extend(self.ceilings.iter().filter_map(|ceiling| ceiling.spares));
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<Locked>> {
        let tries = Tries::of(view, &self.key, now)?;
        let counted = |ceiling: &Ceiling| {
            let tries = Tries::of(view, &ceiling.key, now)?;
            Ok(tries.and_one_kept(ceiling.most, LOG_IN_LOCKED_MS, now))
        };
        let ceilings = self.ceilings.iter().filter(|ceiling| ceiling.counts(view, now));
        let counted = ceilings.map(counted).collect::<Result<Vec<_>, Locked>>()?;
        view.log_in_tries.put(self.key, tries.and_one(PASSWORD_TRIES, now));
        for tries in counted {
            view.log_in_tries.put(tries.key, tries);
        }
        Ok(())
    }
}

/// The password was right: the tries are given back, and the browser is known from now on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BeginSession {
    /// The key of the tries, which are forgotten; `None`: there is more to be shown.
    pub tries: Option<Digest>,
    /// The limits beside it: each gets one try back.
    pub ceilings: Vec<Ceiling>,
    /// Keyed hash of what the browser shows from now on.
    pub hash: Digest,
    /// Who.
    pub visitor: Visitor,
    /// How long, in milliseconds.
    pub life_ms: i64,
}

impl BeginSession {
    /// Begins it.
    pub(crate) fn begin(&self, view: &mut View, now: &Now) {
        if let Some(tries) = &self.tries {
            forget(view, tries);
        }
        let counted: Vec<_> = self.ceilings.iter().filter(|ceiling| ceiling.counts(view, now)).collect();
        for Ceiling { key, most, .. } in counted {
            let Some(tries) = view.log_in_tries.get(key).map(|tries| **tries) else { continue };
            // The last try locks: it was a right one.
            let wrong = if tries.wrong == 0 { most - 1 } else { tries.wrong - 1 };
            view.log_in_tries.put(*key, Tries { wrong, locked_until_ms: 0, ..tries });
        }
        // Nothing more is to be shown: this address is the operator's.
        if self.tries.is_some() {
            for hash in self.ceilings.iter().filter_map(|ceiling| ceiling.spares) {
                let ends_at_ms = now.at_ms.saturating_add(ADDRESS_KNOWN_MS);
                view.known_addresses.put(hash, KnownAddress { hash, ends_at_ms });
            }
        }
        begin(view, self.hash, self.visitor.clone(), self.life_ms, now);
    }
}

impl Command for BeginSession {
    type Done = ();
    type Refusal = Infallible;
    const NAME: &'static str = "BeginSession";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.log_in_tries.extend(self.tries);
        keys.log_in_tries.extend(self.ceilings.iter().map(|ceiling| ceiling.key));
        keys.known_addresses.extend(self.ceilings.iter().filter_map(|ceiling| ceiling.spares));
        keys.browser_sessions.push(self.hash);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<Infallible>> {
        self.begin(view, now);
        Ok(())
    }
}

pub(crate) fn forget(view: &mut View, tries: &Digest) {
    if view.log_in_tries.get(tries).is_some() {
        view.log_in_tries.remove(*tries);
    }
}

fn begin(view: &mut View, hash: Digest, visitor: Visitor, life_ms: i64, now: &Now) {
    let (since_ms, ends_at_ms) = (now.at_ms, now.at_ms.saturating_add(life_ms));
    view.browser_sessions.put(hash, BrowserSession { hash, visitor, since_ms, ends_at_ms });
}

/// A browser has shown its session: it lives for `idle_ms` from now on, and no longer than `life_ms` from its beginning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeepSession {
    /// Keyed hash of what it shows.
    pub hash: Digest,
    /// When it was shown, in milliseconds of Unix time: an operator may have moved the clock since.
    pub shown_at_ms: i64,
    /// In milliseconds.
    pub idle_ms: i64,
    /// In milliseconds.
    pub life_ms: i64,
}

impl Command for KeepSession {
    type Done = ();
    type Refusal = Infallible;
    const NAME: &'static str = "KeepSession";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.browser_sessions.push(self.hash);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<Infallible>> {
        let known = view.browser_sessions.get(&self.hash).map(|session| BrowserSession::clone(session));
        // One that has ended meanwhile stays ended.
        if let Some(session) = known.filter(|session| self.shown_at_ms < session.ends_at_ms) {
            let last_ms = session.since_ms.saturating_add(self.life_ms);
            let ends_at_ms = now.at_ms.saturating_add(self.idle_ms).min(last_ms);
            view.browser_sessions.put(self.hash, BrowserSession { ends_at_ms, ..session });
        }
        Ok(())
    }
}

/// Logs a browser out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EndSession {
    /// Keyed hash of what it shows.
    pub hash: Digest,
}

impl Command for EndSession {
    type Done = ();
    type Refusal = Infallible;
    const NAME: &'static str = "EndSession";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.browser_sessions.push(self.hash);
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<Infallible>> {
        if view.browser_sessions.get(&self.hash).is_some() {
            view.browser_sessions.remove(self.hash);
        }
        Ok(())
    }
}

/// A code that logs a party in, sent to its mobile number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LogInCode {
    /// Keyed hash of the number.
    pub mobile: Digest,
    /// Whose it is.
    pub party: PartyId,
    /// Keyed hash of the code; `None`: it was used.
    pub hash: Option<Digest>,
    /// When it was sent, in milliseconds of Unix time.
    pub at_ms: i64,
    /// Codes sent since then, in milliseconds of Unix time.
    pub since_ms: i64,
    /// How many.
    pub sent: i64,
}

impl LogInCode {
    /// When neither the code nor the count of codes matters any more, in milliseconds of Unix time.
    pub fn forgotten_at_ms(&self) -> i64 {
        self.at_ms.saturating_add(LOG_IN_CODE_MS).max(self.since_ms.saturating_add(CODES_MS))
    }
}

/// Sends a code to log in with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskLogInCode {
    /// Keyed hash of the mobile number.
    pub mobile: Digest,
    /// The number: `09` and nine digits.
    pub to: Text,
    /// Whose it is.
    pub party: PartyId,
    /// Keyed hash of the code.
    pub hash: Digest,
}

impl Command for AskLogInCode {
    type Done = MessageId;
    type Refusal = Locked;
    const NAME: &'static str = "AskLogInCode";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.log_in_tries.push(self.mobile);
        keys.log_in_codes.push(self.mobile);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<MessageId, Denial<Locked>> {
        Tries::of(view, &self.mobile, now)?;
        let window = view.log_in_codes.get(&self.mobile).map(|code| (code.since_ms, code.sent));
        let window = window.filter(|(since_ms, _)| now.at_ms < since_ms.saturating_add(CODES_MS));
        let (since_ms, sent) = window.unwrap_or((now.at_ms, 0));
        if sent >= CODES {
            return Err(Locked.into());
        }
        let Self { mobile, party, hash, .. } = *self;
        let code = LogInCode { mobile, party, hash: Some(hash), at_ms: now.at_ms, since_ms, sent: sent + 1 };
        view.log_in_codes.put(mobile, code);
        Ok(write_code(view, &self.to, now))
    }
}

/// Why a code does not log in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotLoggedIn {
    /// Too many wrong codes: the number has to wait.
    Locked,
    /// It is not the code, or the number is another's by now. That it was tried is counted.
    WrongCode,
}

/// The holder of a mobile number says the code that was sent to it. A wrong one is counted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogInByCode {
    /// Keyed hash of the mobile number.
    pub mobile: Digest,
    /// The number: `09` and nine digits.
    pub number: Text,
    /// Keyed hash of the code.
    pub code: Digest,
    /// Keyed hash of what the browser shows from now on.
    pub hash: Digest,
    /// How long, in milliseconds.
    pub life_ms: i64,
}

impl Command for LogInByCode {
    type Done = ();
    type Refusal = NotLoggedIn;
    const NAME: &'static str = "LogInByCode";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.log_in_tries.push(self.mobile);
        keys.log_in_codes.push(self.mobile);
        keys.browser_sessions.push(self.hash);
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        keys.parties.extend(view.log_in_codes.get(&self.mobile).map(|code| code.party));
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<NotLoggedIn>> {
        let tries = Tries::of(view, &self.mobile, now).map_err(|Locked| NotLoggedIn::Locked)?;
        let alive = |code: &LogInCode| now.at_ms < code.at_ms.saturating_add(LOG_IN_CODE_MS);
        let sent = view.log_in_codes.get(&self.mobile).map(|code| **code).filter(alive);
        let Some(code) = sent.filter(|code| code.hash == Some(self.code)) else {
            view.log_in_tries.put(self.mobile, tries.and_one(CODE_TRIES, now));
            return Err(Denial::Declined(NotLoggedIn::WrongCode));
        };
        // The number may have become another's since.
        let holds = |party: &&Arc<Party>| !party.disabled && party.verified_mobile() == Some(&self.number);
        let access_version = view.parties.get(&code.party).filter(holds);
        let Some(access_version) = access_version.map(|party| party.access_version) else {
            return Err(NotLoggedIn::WrongCode.into());
        };
        view.log_in_codes.put(self.mobile, LogInCode { hash: None, ..code });
        forget(view, &self.mobile);
        let visitor = Visitor::Party { id: code.party, access_version };
        begin(view, self.hash, visitor, self.life_ms, now);
        Ok(())
    }
}

table! {
    BrowserSession = "browser_session",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| {
        hash: r.hash, party: party_visitor(&r.visitor).map(|(party, _)| party.0), operator: operator_visitor(&r.visitor).map(|(name, _)| Text::clone(name)),
        password: operator_visitor(&r.visitor).map(|(_, password)| *password),
        access_version: party_visitor(&r.visitor).map(|(_, version)| version), since_ms: r.since_ms, ends_at_ms: r.ends_at_ms,
    },
    make BrowserSession { hash, visitor: visitor((party, access_version), (operator, password))?, since_ms, ends_at_ms }
}

fn party_visitor(visitor: &Visitor) -> Option<(PartyId, i64)> {
    match visitor {
        Visitor::Party { id, access_version } => Some((*id, *access_version)),
        Visitor::Operator { .. } => None,
    }
}

fn operator_visitor(visitor: &Visitor) -> Option<(&Text, &Digest)> {
    match visitor {
        Visitor::Party { .. } => None,
        Visitor::Operator { name, password } => Some((name, password)),
    }
}

fn visitor(party: (Option<i64>, Option<i64>), operator: (Option<Text>, Option<Digest>)) -> Result<Visitor, Corrupt> {
    match (party, operator) {
        ((Some(id), Some(access_version)), (None, None)) => Ok(Visitor::Party { id: PartyId(id), access_version }),
        ((None, None), (Some(name), Some(password))) => Ok(Visitor::Operator { name, password }),
        _ => Err(corrupt("browser_session", "it is not of one visitor")),
    }
}

table! {
    Tries = "log_in_tries",
    key |k: Digest| { id_hash: *k },
    of |r| r.key,
    row |r| { id_hash: r.key, wrong: r.wrong, locked_until_ms: r.locked_until_ms, ends_at_ms: r.ends_at_ms },
    make Tries { key: id_hash, wrong, locked_until_ms, ends_at_ms }
}

table! {
    KnownAddress = "known_address",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| { hash: r.hash, ends_at_ms: r.ends_at_ms },
    make KnownAddress { hash, ends_at_ms }
}

table! {
    LogInCode = "log_in_code",
    key |k: Digest| { mobile: *k },
    of |r| r.mobile,
    row |r| {
        mobile: r.mobile, party: r.party, hash: r.hash, at_ms: r.at_ms, since_ms: r.since_ms, sent: r.sent,
        forgotten_at_ms: r.forgotten_at_ms(),
    },
    make log_in_code(LogInCode { mobile, party, hash, at_ms, since_ms, sent }, forgotten_at_ms)?
}

fn log_in_code(code: LogInCode, forgotten_at_ms: i64) -> Result<LogInCode, Corrupt> {
    if code.forgotten_at_ms() == forgotten_at_ms {
        Ok(code)
    } else {
        Err(corrupt("log_in_code", "it is forgotten at another time than it says"))
    }
}
