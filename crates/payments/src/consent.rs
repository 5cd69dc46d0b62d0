//! Consent: a bank user lets a client use deposits, on a page or by a code in an SMS (finnotech.md 2.2–2.4).
//!
//! ```text
//! asked ─┬─(page)─► logged in ──► allowed: a code ──► exchanged: a grant
//!        ├─(SMS)──► verified:    a code ──► exchanged: a grant
//!        └─► denied, out of tries, or out of time: gone
//! ```
//! Everything that a caller could guess is here as a keyed hash only: request, SMS code, code, cookie. Tries are counted before the
//! guess is looked at, so that many at once have no more of them than one after another.

use std::sync::Arc;

use ledger::{AccountId, Rial};

use crate::audit::{AuditEntry, OperatorCommand};
use crate::log_in::{Locked, forget};
use crate::oauth::put_pair;
use crate::outgoing::write_code;
use crate::view::{Denial, Keys, View};
use crate::{
    At, Bank, ClientId, Command, Deposit, DepositKey, Digest, Grant, GrantId, GrantKind, MessageId, Now, Text, Tries,
    Versioned,
};
use schema::table;

/// Wrong passwords that a request survives.
pub const PAGE_TRIES: i64 = 5;
/// Wrong codes that an SMS survives.
pub const SMS_TRIES: i64 = 3;
/// Wrong codes of one client for one mobile number, over all requests, that close both for a quarter of an hour.
const SMS_TRIES_OF_CLIENT: i64 = 12;
/// Wrong passwords of one user in a row, over all requests, until it is locked.
pub const USER_TRIES: i64 = 10;
/// How long a user is locked, in milliseconds: a quarter of an hour.
pub const LOCKED_MS: i64 = 900_000;
/// How long a page's request and its code live, in milliseconds.
pub const PAGE_LIFE_MS: i64 = 600_000;
/// How long an SMS and its code live, in milliseconds.
pub const SMS_LIFE_MS: i64 = 180_000;
/// How long it is remembered that they have run out, in milliseconds: callers that come late are told so.
pub const CONSENT_REMEMBERED_MS: i64 = 3_600_000;

/// A bank's user, who can log in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BankUser {
    /// National id.
    pub nid: String,
    /// Hash of the password, in the form that says how it was made.
    pub password: String,
    /// Wrong passwords since the last right one.
    pub failures: i64,
    /// Locked until then, in milliseconds of Unix time.
    pub locked_until_ms: i64,
    /// Keyed hash of the mobile number that the bank has of it; `None`: the user is not asked by SMS.
    pub mobile: Option<Digest>,
}

/// A request for consent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Consent {
    /// Keyed hash of its public id.
    pub id: Digest,
    /// Who asks.
    pub client: ClientId,
    /// How: [`GrantKind::Code`] on a page, [`GrantKind::Sms`] by SMS.
    pub kind: GrantKind,
    /// Where the code goes.
    pub redirect_uri: String,
    /// What for.
    pub scopes: Vec<String>,
    /// The deposits' bank.
    pub bank: Option<Bank>,
    /// Most of one transaction; zero: no limit.
    pub max_amount: Rial,
    /// Most orders in a month; zero: no limit.
    pub monthly_count: i64,
    /// Echoed to the client.
    pub state: String,
    /// When it ends, in milliseconds of Unix time.
    pub ends_at_ms: i64,
    /// Guesses so far.
    pub tries: i64,
    /// Who has logged in, or whom the SMS is for; empty: not known yet.
    pub user: String,
    /// Keyed hash of what the user's browser has shown since.
    pub login: Option<Digest>,
    /// Keyed hash of the SMS's code.
    pub otp: Option<Digest>,
    /// Keyed hash of the mobile number.
    pub mobile: Option<Digest>,
    /// The deposit that an SMS is about.
    pub deposit: Option<AccountId>,
    /// Its number.
    pub deposit_number: String,
}

/// A code, to be exchanged once. One that comes again ends the grant that it became: one of the two was not its client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthCode {
    /// Keyed hash of the code.
    pub hash: Digest,
    /// The grant that it becomes; `id` is given then.
    pub grant: Grant,
    /// Must be named again.
    pub redirect_uri: String,
    /// The grant that it has become.
    pub used_by: Option<GrantId>,
    /// When it ends, in milliseconds of Unix time; one that was used is kept as long as the first token that came of it.
    pub ends_at_ms: i64,
}

/// Why a bank user's record is not written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UserRefusal {
    /// A bank user of that id exists.
    UserExists,
    /// There is none.
    UserUnknown,
}

/// Makes a bank user, or replaces its password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterUser {
    /// The record.
    pub user: BankUser,
    /// Whether a user of that id must, or must not, exist.
    pub replace: bool,
}

impl Command for RegisterUser {
    type Done = ();
    type Refusal = UserRefusal;
    const NAME: &'static str = "RegisterUser";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.bank_users.push(self.user.nid.clone());
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<UserRefusal>> {
        let mobile = match (view.bank_users.get(&self.user.nid), self.replace) {
            (Some(_), false) => return Err(UserRefusal::UserExists.into()),
            (None, true) => return Err(UserRefusal::UserUnknown.into()),
            (known, _) => self.user.mobile.or(known.and_then(|known| known.mobile)),
        };
        view.bank_users.put(self.user.nid.clone(), BankUser { mobile, ..self.user.clone() });
        Ok(())
    }
}

impl OperatorCommand for RegisterUser {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("bank user", &masked(&self.user.nid), "")
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        view.bank_users.get(&self.user.nid).map(|row| Versioned::BankUser(row))
    }
}

/// A national id as it may be shown.
fn masked(nid: &str) -> String {
    let last = nid.len().checked_sub(4).and_then(|at| nid.get(at..)).unwrap_or_default();
    format!("******{last}")
}

/// Why a user is not asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotAsked {
    /// The client does not exist, or was disabled.
    ClientUnknown,
    /// Too many wrong guesses at whose deposit and number go together.
    Locked,
    /// The deposit is not of who is asked, or the mobile number is not theirs. That it was asked is counted.
    NotTheirs,
}

/// Opens a request for consent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskConsent {
    /// The request.
    pub consent: Consent,
    /// Of a request by SMS.
    pub sms: Option<AskBySms>,
}

/// How a user is asked by SMS.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskBySms {
    /// To whom its code is sent, `09` and nine digits.
    pub to: Text,
    /// The deposit that it is about: the request's user must hold it, and have this mobile number.
    pub deposit: Option<DepositKey>,
    /// Whose wrong guesses are counted, by keyed hash, and how many lock: the client, the mobile number, the caller's address.
    pub tries: Vec<(Digest, i64)>,
}

impl Command for AskConsent {
    type Done = Option<MessageId>;
    type Refusal = NotAsked;
    const NAME: &'static str = "AskConsent";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.clients.push(self.consent.client.clone());
        keys.consents.push(self.consent.id);
        if let Some(sms) = &self.sms {
            keys.log_in_tries.extend(sms.tries.iter().map(|(key, _)| *key));
            if let Some(deposit) = &sms.deposit {
                keys.deposits.push(deposit.clone());
                keys.bank_users.push(self.consent.user.clone());
            }
        }
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<Option<MessageId>, Denial<NotAsked>> {
        if view.clients.get(&self.consent.client).is_none_or(|client| client.disabled) {
            return Err(NotAsked::ClientUnknown.into());
        }
        let Some(sms) = &self.sms else {
            view.consents.put(self.consent.id, self.consent.clone());
            return Ok(None);
        };
        let mut consent = self.consent.clone();
        if let Some(key) = &sms.deposit {
            for (tries, _) in &sms.tries {
                Tries::of(view, tries, now).map_err(|Locked| NotAsked::Locked)?;
            }
            // Wrong mobile, wrong owner and unknown deposit are one answer (second-edition 2.10).
            let user = view.bank_users.get(&consent.user);
            let is_theirs = user.is_some_and(|user| user.mobile.is_some() && user.mobile == consent.mobile);
            let deposit = view.deposits.get(key);
            let deposit = deposit.filter(|deposit| deposit.owner == consent.user);
            let Some(deposit) = deposit.filter(|_| is_theirs).map(Arc::clone) else {
                for (key, most) in &sms.tries {
                    let tries = Tries::of(view, key, now).map_err(|Locked| NotAsked::Locked)?;
                    view.log_in_tries.put(*key, tries.and_one(*most, now));
                }
                return Err(Denial::Declined(NotAsked::NotTheirs));
            };
            (consent.deposit, consent.deposit_number) = (Some(deposit.id), deposit.number.to_string());
        }
        view.consents.put(consent.id, consent);
        Ok(Some(write_code(view, &sms.to, now)))
    }
}

/// There is no such request for consent, or it has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoConsent;

/// A request that is alive.
fn living(view: &View, id: &Digest, now: &Now) -> Result<Consent, NoConsent> {
    let consent = view.consents.get(id).filter(|consent| consent.ends_at_ms >= now.at_ms);
    consent.map(|consent| Consent::clone(consent)).ok_or(NoConsent)
}

/// Why a password is not looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotTried {
    /// There is no such request, or it has ended, or its tries are used up.
    NoConsent,
    /// Too many wrong passwords: the user has to wait.
    Locked,
}

/// Takes one of the tries that a request and a user have, before the password is looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TryLogIn {
    /// The request.
    pub consent: Digest,
    /// Who it says it is.
    pub nid: String,
}

impl Command for TryLogIn {
    type Done = ();
    type Refusal = NotTried;
    const NAME: &'static str = "TryLogIn";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.consents.push(self.consent);
        keys.bank_users.push(self.nid.clone());
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<NotTried>> {
        let consent = living(view, &self.consent, now).map_err(|NoConsent| NotTried::NoConsent)?;
        if consent.tries >= PAGE_TRIES {
            return Err(NotTried::NoConsent.into());
        }
        let user = view.bank_users.get(&self.nid).map(|user| BankUser::clone(user));
        if user.as_ref().is_some_and(|user| user.locked_until_ms > now.at_ms) {
            return Err(NotTried::Locked.into());
        }
        view.consents.put(consent.id, Consent { tries: consent.tries + 1, ..consent });
        if let Some(user) = user {
            let failures = user.failures + 1;
            let locked = failures >= USER_TRIES;
            let user = BankUser {
                failures: if locked { 0 } else { failures },
                locked_until_ms: if locked { now.at_ms.saturating_add(LOCKED_MS) } else { user.locked_until_ms },
                ..user
            };
            view.bank_users.put(user.nid.clone(), user);
        }
        Ok(())
    }
}

/// Why a right password does not log in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogInLost {
    /// The request has ended meanwhile.
    NoConsent,
    /// The user is gone meanwhile.
    UserUnknown,
}

/// The password was right: the try is given back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogIn {
    /// The request.
    pub consent: Digest,
    /// Who it is.
    pub nid: String,
    /// Keyed hash of what the browser shows from now on.
    pub login: Digest,
}

impl Command for LogIn {
    type Done = ();
    type Refusal = LogInLost;
    const NAME: &'static str = "LogIn";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.consents.push(self.consent);
        keys.bank_users.push(self.nid.clone());
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<LogInLost>> {
        let consent = living(view, &self.consent, now).map_err(|NoConsent| LogInLost::NoConsent)?;
        let user = BankUser::clone(view.bank_users.get(&self.nid).ok_or(LogInLost::UserUnknown)?);
        let tries = (consent.tries - 1).max(0);
        let (user_nid, login) = (self.nid.clone(), Some(self.login));
        view.consents.put(consent.id, Consent { tries, user: user_nid, login, ..consent });
        view.bank_users.put(self.nid.clone(), BankUser { failures: 0, locked_until_ms: 0, ..user });
        Ok(())
    }
}

/// Why a yes gives no code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotAllowed {
    /// There is no such request, or it has ended.
    NoConsent,
    /// No deposit was chosen, or one that is not the user's at this bank, or takes no debits.
    DepositUnknown,
}

/// The user says yes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AllowConsent {
    /// The request.
    pub consent: Digest,
    /// Who has logged in.
    pub user: String,
    /// The deposits that were chosen.
    pub deposits: Vec<DepositKey>,
    /// Keyed hash of the code.
    pub code: Digest,
}

impl Command for AllowConsent {
    type Done = ();
    type Refusal = NotAllowed;
    const NAME: &'static str = "AllowConsent";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.consents.push(self.consent);
        keys.deposits.extend(self.deposits.iter().cloned());
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        keys.accounts.extend(self.deposits.iter().filter_map(|key| view.deposits.get(key)).map(|deposit| deposit.id));
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<NotAllowed>> {
        let consent = living(view, &self.consent, now).map_err(|NoConsent| NotAllowed::NoConsent)?;
        let mine = |key: &DepositKey| {
            let deposit = view.deposits.get(key)?;
            let open = view.books.account(deposit.id).is_some_and(|account| account.gate.takes_debits());
            let fits = deposit.owner == self.user && Some(key.bank) == consent.bank;
            (fits && open).then(|| Arc::clone(deposit))
        };
        let chosen: Option<Vec<Arc<Deposit>>> = self.deposits.iter().map(mine).collect();
        let chosen = chosen.filter(|chosen| !chosen.is_empty()).ok_or(NotAllowed::DepositUnknown)?;
        let numbers = chosen.iter().map(|deposit| deposit.number.to_string()).collect();
        let ids = chosen.iter().map(|deposit| deposit.id).collect();
        let ends_at_ms = now.at_ms.saturating_add(PAGE_LIFE_MS);
        give_code(view, &consent, self.code, self.user.clone(), (ids, numbers), ends_at_ms);
        Ok(())
    }
}

/// The user says no.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DenyConsent {
    /// The request.
    pub consent: Digest,
}

impl Command for DenyConsent {
    type Done = ();
    type Refusal = NoConsent;
    const NAME: &'static str = "DenyConsent";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.consents.push(self.consent);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<NoConsent>> {
        let consent = living(view, &self.consent, now)?;
        view.consents.remove(consent.id);
        Ok(())
    }
}

/// Why an SMS's code verifies nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotVerified {
    /// It, or something beside it, is wrong. A wrong code is counted.
    Wrong,
    /// It has run out.
    Expired,
}

/// The holder of a mobile number says the code that was sent to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyOtp {
    /// Whose request.
    pub client: ClientId,
    /// The request.
    pub consent: Digest,
    /// Keyed hash of the mobile number.
    pub mobile: Digest,
    /// Keyed hash of the SMS's code.
    pub otp: Digest,
    /// Who it says it is.
    pub nid: String,
    /// Keyed hash of the code.
    pub code: Digest,
    /// Keyed hash of client and mobile number, whose wrong codes are counted over all requests: a client that asks again and again guesses no more.
    pub tries: Digest,
}

impl Command for VerifyOtp {
    type Done = ();
    type Refusal = NotVerified;
    const NAME: &'static str = "VerifyOtp";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.log_in_tries.push(self.tries);
        keys.consents.push(self.consent);
        keys.bank_users.push(self.nid.clone());
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<NotVerified>> {
        let consent = view.consents.get(&self.consent).map(|consent| Consent::clone(consent));
        let consent = consent.filter(|c| c.kind == GrantKind::Sms && c.client == self.client);
        let consent = consent.filter(|consent| consent.tries < SMS_TRIES).ok_or(NotVerified::Wrong)?;
        if consent.ends_at_ms < now.at_ms {
            return Err(NotVerified::Expired.into());
        }
        let tries = Tries::of(view, &self.tries, now).map_err(|Locked| NotVerified::Wrong)?;
        if consent.otp != Some(self.otp) {
            view.log_in_tries.put(self.tries, tries.and_one(SMS_TRIES_OF_CLIENT, now));
            view.consents.put(consent.id, Consent { tries: consent.tries + 1, ..consent });
            return Err(Denial::Declined(NotVerified::Wrong));
        }
        // A request becomes a token of whom the bank knows by this number, also when the code has been out for a while.
        let user = view.bank_users.get(&self.nid);
        let by_number = user.is_some_and(|user| user.mobile == Some(self.mobile));
        let known = by_number && (consent.user.is_empty() || consent.user == self.nid);
        if consent.mobile != Some(self.mobile) || !known {
            return Err(NotVerified::Wrong.into());
        }
        forget(view, &self.tries);
        let deposits = consent.deposit.map(|id| (vec![id], vec![consent.deposit_number.clone()]));
        let ends_at_ms = consent.ends_at_ms;
        give_code(view, &consent, self.code, self.nid.clone(), deposits.unwrap_or_default(), ends_at_ms);
        Ok(())
    }
}

/// A request becomes a code.
fn give_code(
    view: &mut View,
    consent: &Consent,
    hash: Digest,
    user: String,
    (deposits, deposit_numbers): (Vec<AccountId>, Vec<String>),
    ends_at_ms: i64,
) {
    let grant = Grant {
        id: GrantId(0),
        client: consent.client.clone(),
        kind: consent.kind,
        user,
        bank: consent.bank,
        scopes: consent.scopes.clone(),
        deposits,
        deposit_numbers,
        max_amount: consent.max_amount,
        monthly_count: consent.monthly_count,
        life_ms: crate::oauth::life_ms(consent.kind, consent.bank),
        ended_at_ms: None,
        forgotten_at_ms: None,
    };
    view.consents.remove(consent.id);
    let redirect_uri = consent.redirect_uri.clone();
    view.auth_codes.put(hash, AuthCode { hash, grant, redirect_uri, used_by: None, ends_at_ms });
}

/// Why a code gives no tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotExchanged {
    /// The client does not exist, or was disabled.
    ClientUnknown,
    /// There is no such code, or it has run out, or the tokens that came of it have ended.
    CodeInvalid,
    /// The SMS that it came of has run out.
    OtpExpired,
    /// It was used before: the tokens that came of it have ended now.
    TokensEnded,
    /// It was asked for with another redirect address.
    OtherRedirect,
    /// It was asked for with another bank.
    OtherBank,
}

/// Exchanges a code for a grant. A refused exchange does not use it up; an exchange of one that is used ends its grant (second-edition.md 4.3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExchangeCode {
    /// Whose.
    pub client: ClientId,
    /// Keyed hash of the code.
    pub code: Digest,
    /// Must be the one of the request.
    pub redirect_uri: String,
    /// If it was sent, must be the one of the request; `Err`: it was sent and is no hosted bank.
    pub bank: Result<Option<Bank>, NoBank>,
    /// Keyed hash of the access token.
    pub access: Digest,
    /// Keyed hash of the refresh token.
    pub refresh: Digest,
}

/// A text that names no bank.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoBank;

impl Command for ExchangeCode {
    type Done = ();
    type Refusal = NotExchanged;
    const NAME: &'static str = "ExchangeCode";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.clients.push(self.client.clone());
        keys.auth_codes.push(self.code);
        keys.access_tokens.push(self.access);
        keys.refresh_tokens.push(self.refresh);
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        keys.grants.extend(view.auth_codes.get(&self.code).and_then(|code| code.used_by));
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<NotExchanged>> {
        if view.clients.get(&self.client).is_none_or(|client| client.disabled) {
            return Err(NotExchanged::ClientUnknown.into());
        }
        let code = view.auth_codes.get(&self.code).filter(|code| code.grant.client == self.client);
        let code = AuthCode::clone(code.ok_or(NotExchanged::CodeInvalid)?);
        if code.ends_at_ms < now.at_ms {
            let is_sms = code.grant.kind == GrantKind::Sms;
            return Err(if is_sms { NotExchanged::OtpExpired } else { NotExchanged::CodeInvalid }.into());
        }
        if let Some(id) = code.used_by {
            let grant = view.grants.get(&id).filter(|grant| grant.ended_at_ms.is_none());
            let grant = Grant::clone(grant.ok_or(NotExchanged::CodeInvalid)?);
            view.grants.put(id, Grant { ended_at_ms: Some(now.at_ms), ..grant });
            return Err(Denial::Declined(NotExchanged::TokensEnded));
        }
        if code.redirect_uri != self.redirect_uri {
            return Err(NotExchanged::OtherRedirect.into());
        }
        match self.bank {
            Ok(None) => {}
            Ok(bank) if bank == code.grant.bank => {}
            _ => return Err(NotExchanged::OtherBank.into()),
        }
        let id = GrantId(view.ids.take());
        view.grants.put(id, Grant { id, ..code.grant.clone() });
        let ends_at_ms = now.at_ms.saturating_add(code.grant.life_ms);
        view.auth_codes.put(code.hash, AuthCode { used_by: Some(id), ends_at_ms, ..code });
        put_pair(view, id, self.access, self.refresh, now);
        Ok(())
    }
}

table! {
    BankUser = "bank_user",
    key |k: String| { nid: *k },
    of |r| r.nid.clone(),
    row |r| {
        nid: r.nid, password: r.password, failures: r.failures, locked_until_ms: r.locked_until_ms, mobile: r.mobile,
    },
    make BankUser { nid, password, failures, locked_until_ms, mobile }
}

table! {
    Consent = "consent",
    key |k: Digest| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, client: r.client, kind: r.kind, redirect_uri: r.redirect_uri, scopes: r.scopes, bank: r.bank,
        max_amount: r.max_amount, monthly_count: r.monthly_count, state: r.state, ends_at_ms: r.ends_at_ms,
        tries: r.tries, user_nid: r.user, login: r.login, otp: r.otp, mobile: r.mobile, deposit: r.deposit,
        deposit_number: r.deposit_number,
    },
    make Consent {
        id, client, kind, redirect_uri, scopes, bank, max_amount, monthly_count, state, ends_at_ms, tries,
        user: user_nid, login, otp, mobile, deposit, deposit_number,
    }
}

table! {
    AuthCode = "auth_code",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| {
        hash: r.hash, client: r.grant.client, kind: r.grant.kind, user_nid: r.grant.user, bank: r.grant.bank,
        scopes: r.grant.scopes, deposits: r.grant.deposits, deposit_numbers: r.grant.deposit_numbers,
        max_amount: r.grant.max_amount, monthly_count: r.grant.monthly_count, life_ms: r.grant.life_ms,
        redirect_uri: r.redirect_uri, used_by: r.used_by.map(|grant| grant.0), ends_at_ms: r.ends_at_ms,
    },
    make AuthCode {
        hash,
        grant: Grant {
            id: GrantId(0), client, kind, user: user_nid, bank, scopes, deposits, deposit_numbers, max_amount,
            monthly_count, life_ms, ended_at_ms: None, forgotten_at_ms: None,
        },
        redirect_uri, used_by: Option::map(used_by, GrantId), ends_at_ms,
    }
}
