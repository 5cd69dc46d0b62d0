//! Users and businesses: who issues invoices and who pays them, their tokens, and the money that they bring along (pod.md 2, demo.md).

use ledger::{Account, AccountId, AccountKind, Step};

use super::accounts::{CARD_NETWORK, CARD_NOSTRO, GATEWAY_HOLD, blocked, guild_free, guild_open, wallet};
use super::{Credit, CreditId, PartyId, PosTerminal, PosTransaction};
use crate::audit::{AuditEntry, OperatorCommand, rials};
use crate::booking::{BookingRefusal, SUSPENSE, apply, ensure};
use crate::sso_table::{named, names_of};
use crate::view::{Denial, FIRST_ID, Keys, View};
use crate::{At, Command, Digest, Now, OrderId, Rial, Scopes, SsoFamilyId, SsoGrant, Text, Versioned};
use schema::{Json, codes, table};

/// Credits that a party can hold at most: all of them are one row.
const CREDITS: usize = 1_000;

/// What a party is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PartyKind {
    /// A person.
    User,
    /// Somebody who issues invoices.
    Business(Business),
}

/// What only businesses have.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Business {
    /// The guilds that it is paid in.
    pub guilds: Vec<i64>,
    /// Services that are called with one of its keys only: production id, keyed hash.
    pub api_keys: Vec<(u32, Digest)>,
    /// Its account elsewhere, without `IR`; empty: none.
    pub sheba: Text,
    /// What signs the calls to its addresses, encrypted. A replacement without one keeps what is there.
    pub webhook_secret: Vec<u8>,
    /// The one before it.
    pub old_webhook_secret: Option<Box<OldSecret>>,
    /// Whether payers come back with `paid=true` as soon as their money is taken, not when that is verified.
    pub returns_when_taken: bool,
    /// Keyed hash of what it shows as a client of the log-in service; without one it has to prove its requests by a verifier.
    pub client_secret: Option<Digest>,
    /// Where users may be led back to: whole addresses.
    pub redirect_uris: Vec<Text>,
    /// Who may show its payment pages in a frame: origins, as browsers write them.
    pub frame_origins: Vec<Text>,
}

/// What has signed the calls to a business before its present secret, and signs beside it for a while.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OldSecret {
    /// Encrypted. In a replacement it is what is there.
    pub sealed: Vec<u8>,
    /// Until when, in milliseconds of Unix time.
    pub until_ms: i64,
}

impl Business {
    /// What signs a call now, encrypted: one secret, and during a rotation the one before it, too.
    pub fn webhook_secrets(&self, now_ms: i64) -> Vec<Vec<u8>> {
        let old = self.old_webhook_secret.as_ref().filter(|old| now_ms < old.until_ms).map(|old| &old.sealed);
        [Some(&self.webhook_secret), old].into_iter().flatten().filter(|secret| !secret.is_empty()).cloned().collect()
    }

    /// The secrets of a replacement: without a new one, those that are there; with one, what was there is the old one. What signs nothing any
    /// more is not kept.
    fn take_secrets(&mut self, was: &Self, now_ms: i64) {
        let sealed = if self.webhook_secret.is_empty() {
            self.webhook_secret.clone_from(&was.webhook_secret);
            was.old_webhook_secret.as_ref().map(|old| old.sealed.clone()).unwrap_or_default()
        } else {
            was.webhook_secret.clone()
        };
        let until_ms = self.old_webhook_secret.take().map(|old| old.until_ms).filter(|until_ms| now_ms < *until_ms);
        let old = until_ms.filter(|_| !sealed.is_empty()).map(|until_ms| OldSecret { sealed, until_ms });
        self.old_webhook_secret = old.map(Box::new);
    }
}

/// A user or a business.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Party {
    /// Its number; both kinds share one row of numbers.
    pub id: PartyId,
    /// What it is.
    pub kind: PartyKind,
    /// Its handle: one of all parties.
    pub name: Text,
    /// Argon2 hash; empty: it cannot log in.
    pub password: String,
    /// `09` and nine digits; empty: none.
    pub mobile: Text,
    /// Whether the mobile number was seen to be its own.
    pub mobile_verified: bool,
    /// When it joined, in milliseconds of Unix time.
    pub joined_at_ms: i64,
    /// Whether its tokens are refused.
    pub disabled: bool,
    /// Counts new passwords and disablings. Log-ins and tokens of log-ins that began with another count are dead.
    pub access_version: i64,
}

impl Party {
    /// What it has as a business, if it is one.
    pub fn business(&self) -> Option<&Business> {
        match &self.kind {
            PartyKind::User => None,
            PartyKind::Business(business) => Some(business),
        }
    }

    /// Whether it is a business of a guild.
    pub fn is_of_guild(&self, guild: i64) -> bool {
        self.business().is_some_and(|business| business.guilds.contains(&guild))
    }

    /// Its mobile number, if that is verified.
    pub fn verified_mobile(&self) -> Option<&Text> {
        (self.mobile_verified && !self.mobile.is_empty()).then_some(&self.mobile)
    }
}

/// Who has a handle.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Handle {
    /// The handle.
    pub name: Text,
    /// Whose.
    pub party: PartyId,
}

/// A token that names a party.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ApiToken {
    /// Its keyed hash.
    pub hash: Digest,
    /// Whom it names.
    pub party: PartyId,
    /// When it was made, in milliseconds of Unix time.
    pub created_at_ms: i64,
    /// When it ends, in milliseconds of Unix time; `None`: when it is revoked.
    pub ends_at_ms: Option<i64>,
    /// The business that the party gave it to by logging in; `None`: it is the party's own.
    pub client: Option<PartyId>,
    /// The family that it is dead without; `None`: it is the party's own.
    pub family: Option<SsoFamilyId>,
    /// What it may be used for, where that is less than what its family may.
    pub scopes: Option<Scopes>,
}

impl ApiToken {
    /// Whether it is good at an instant.
    pub fn is_alive(&self, now_ms: i64) -> bool {
        self.ends_at_ms.is_none_or(|ends| now_ms < ends)
    }

    /// What it is for, of what its family is for.
    pub fn narrowed(&self, grant: SsoGrant) -> SsoGrant {
        SsoGrant { scopes: self.scopes.unwrap_or(grant.scopes), ..grant }
    }
}

/// All credits of a holder, by age.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CreditBook {
    /// Whose.
    pub holder: PartyId,
    /// What it may spend.
    pub credits: Vec<Credit>,
}

/// Why a party's record is not written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PartyRefusal {
    /// A party of that number or handle exists.
    PartyExists,
    /// There is none, or no party can have that number.
    PartyUnknown,
    /// A party keeps its kind, its handle and its guilds.
    PartyNotChangeable,
}

/// Makes a party, or changes its record. Guilds are added, never taken away: their accounts may have money.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterParty {
    /// The record; number 0: the next free one.
    pub party: Party,
    /// Whether a party of that number must, or must not, exist.
    pub replace: bool,
}

impl Command for RegisterParty {
    type Done = PartyId;
    type Refusal = PartyRefusal;
    const NAME: &'static str = "RegisterParty";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        let party = &self.party;
        keys.parties.push(party.id);
        keys.handles.push(Text::clone(&party.name));
        keys.accounts.extend([CARD_NETWORK, CARD_NOSTRO, GATEWAY_HOLD, SUSPENSE]);
        keys.accounts.extend(accounts(party).into_iter().map(|(id, _)| id));
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<PartyId, Denial<PartyRefusal>> {
        let mut party = self.party.clone();
        let known = view.parties.get(&party.id).cloned();
        match (&known, self.replace) {
            (Some(_), false) => return Err(PartyRefusal::PartyExists.into()),
            (None, true) => return Err(PartyRefusal::PartyUnknown.into()),
            _ => {}
        }
        let named = view.handles.get(&party.name).map(|handle| handle.party);
        if named.is_some_and(|named| named != party.id) {
            return Err(PartyRefusal::PartyExists.into());
        }
        if let Some(known) = &known {
            let (was, is) = (known.business(), party.business());
            let kept = was.is_some() == is.is_some()
                && was.into_iter().flat_map(|b| &b.guilds).all(|guild| party.is_of_guild(*guild));
            if !kept || known.name != party.name {
                return Err(PartyRefusal::PartyNotChangeable.into());
            }
            party.joined_at_ms = known.joined_at_ms;
            let ends_log_ins = party.password != known.password || (party.disabled && !known.disabled);
            party.access_version = known.access_version.saturating_add(i64::from(ends_log_ins));
        } else {
            // Numbers that are counted up to are nobody's to choose.
            party.id = match party.id.0 {
                0 => PartyId(view.ids.take()),
                1..FIRST_ID => party.id,
                _ => return Err(PartyRefusal::PartyUnknown.into()),
            };
            party.joined_at_ms = if party.joined_at_ms == 0 { now.at_ms } else { party.joined_at_ms };
        }
        if let PartyKind::Business(is) = &mut party.kind {
            is.take_secrets(
                known.as_ref().and_then(|known| known.business()).unwrap_or(&Business::default()),
                now.at_ms,
            );
        }
        for (id, kind) in [
            (CARD_NETWORK, AccountKind::Receivable),
            (CARD_NOSTRO, AccountKind::Nostro),
            (GATEWAY_HOLD, AccountKind::Clearing),
            (SUSPENSE, AccountKind::Suspense),
        ] {
            ensure(view, id, kind);
        }
        for (id, kind) in accounts(&party) {
            if view.books.account(id).is_none() {
                view.books.open_account(Account::open(id, kind));
            }
        }
        let handle = Handle { name: Text::clone(&party.name), party: party.id };
        view.handles.put(Text::clone(&party.name), handle);
        let id = party.id;
        view.parties.put(id, party);
        Ok(id)
    }
}

impl OperatorCommand for RegisterParty {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("party", &self.party.name, if self.party.disabled { "disabled" } else { "" })
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        view.parties.get(&self.party.id).map(|row| Versioned::Party(row))
    }
}

/// The accounts that a party has.
fn accounts(party: &Party) -> Vec<(AccountId, AccountKind)> {
    let mut accounts = vec![(wallet(party.id), AccountKind::Wallet), (blocked(party.id), AccountKind::Blocked)];
    for guild in party.business().into_iter().flat_map(|business| &business.guilds) {
        accounts.push((guild_open(party.id, *guild), AccountKind::GuildOpen));
        accounts.push((guild_free(party.id, *guild), AccountKind::GuildFree));
    }
    accounts
}

/// There is no such party, or no business where one is needed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PartyUnknown;

/// Gives a party a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IssueApiToken {
    /// Keyed hash of the token.
    pub hash: Digest,
    /// Whom it names.
    pub party: PartyId,
    /// How long it is good, in milliseconds; `None`: until it is revoked.
    pub life_ms: Option<i64>,
}

impl Command for IssueApiToken {
    type Done = ();
    type Refusal = PartyUnknown;
    const NAME: &'static str = "IssueApiToken";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.parties.push(self.party);
        keys.api_tokens.push(self.hash);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<PartyUnknown>> {
        view.parties.get(&self.party).ok_or(PartyUnknown)?;
        let (created_at_ms, ends_at_ms) = (now.at_ms, self.life_ms.map(|life_ms| now.at_ms.saturating_add(life_ms)));
        let token = ApiToken {
            hash: self.hash,
            party: self.party,
            created_at_ms,
            ends_at_ms,
            client: None,
            family: None,
            scopes: None,
        };
        view.api_tokens.put(self.hash, token);
        Ok(())
    }
}

impl OperatorCommand for IssueApiToken {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("token", &self.party.0.to_string(), "given")
    }
}

/// There is no such token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ApiTokenUnknown;

/// Ends a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RevokeApiToken {
    /// Keyed hash of the token.
    pub hash: Digest,
}

impl Command for RevokeApiToken {
    type Done = ();
    type Refusal = ApiTokenUnknown;
    const NAME: &'static str = "RevokeApiToken";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.api_tokens.push(self.hash);
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<ApiTokenUnknown>> {
        view.api_tokens.get(&self.hash).ok_or(ApiTokenUnknown)?;
        view.api_tokens.remove(self.hash);
        Ok(())
    }
}

impl OperatorCommand for RevokeApiToken {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("token", "", "revoked")
    }
}

/// Why a wallet is not filled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WalletRefusal {
    /// There is no such party.
    PartyUnknown,
    /// The ledger does not book it.
    NotBooked(BookingRefusal),
}

/// Fills a party's wallet from the operator's bank account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FillWallet {
    /// Whose.
    pub party: PartyId,
    /// How much.
    pub amount: Rial,
    /// When it was, in milliseconds of Unix time; `None`: now.
    pub at_ms: Option<i64>,
}

impl Command for FillWallet {
    type Done = ();
    type Refusal = WalletRefusal;
    const NAME: &'static str = "FillWallet";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.parties.push(self.party);
        keys.accounts.extend([CARD_NOSTRO, wallet(self.party)]);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<WalletRefusal>> {
        view.parties.get(&self.party).ok_or(WalletRefusal::PartyUnknown)?;
        let step = Step::Post { debit: CARD_NOSTRO, credit: wallet(self.party), amount: self.amount };
        let at = self.at_ms.and_then(Now::at);
        apply(view, &[step], at.as_ref().unwrap_or(now), OrderId(0))
            .map_err(|why| WalletRefusal::NotBooked(why.into()))?;
        Ok(())
    }
}

impl OperatorCommand for FillWallet {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("wallet", &self.party.0.to_string(), &rials(self.amount))
    }

    fn creates(&self) -> Rial {
        self.amount
    }
}

/// Why a credit is not given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CreditRefusal {
    /// This party does not exist.
    PartyUnknown(PartyId),
    /// The holder has a credit of that name.
    CreditExists,
    /// The holder has as many credits as there can be.
    TooManyCredits,
}

/// Lets a party spend another one's money, up to a limit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GiveCredit {
    /// Whose money.
    pub delegator: PartyId,
    /// Who may spend it.
    pub holder: PartyId,
    /// What names it in calls: one of the holder's.
    pub hash: Text,
    /// How much.
    pub limit: Rial,
}

impl Command for GiveCredit {
    type Done = ();
    type Refusal = CreditRefusal;
    const NAME: &'static str = "GiveCredit";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.parties.extend([self.delegator, self.holder]);
        keys.credit_books.push(self.holder);
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<CreditRefusal>> {
        for party in [self.delegator, self.holder] {
            view.parties.get(&party).ok_or(CreditRefusal::PartyUnknown(party))?;
        }
        let mut credits = view.credit_books.get(&self.holder).map_or_else(Vec::new, |book| book.credits.clone());
        if credits.iter().any(|credit| credit.hash == self.hash) {
            return Err(CreditRefusal::CreditExists.into());
        }
        if credits.len() >= CREDITS {
            return Err(CreditRefusal::TooManyCredits.into());
        }
        // Of this holder's row only: its numbers begin with 1.
        let id = CreditId(credits.last().map_or(1, |credit| credit.id.0 + 1));
        let (delegator, holder, hash, left) = (self.delegator, self.holder, Text::clone(&self.hash), self.limit);
        credits.push(Credit { id, delegator, holder, hash, left });
        view.credit_books.put(self.holder, CreditBook { holder: self.holder, credits });
        Ok(())
    }
}

impl OperatorCommand for GiveCredit {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("credit", &self.holder.0.to_string(), &format!("{} {}", self.hash, rials(self.limit)))
    }
}

/// Makes a terminal of a shop, or changes whose it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterPosTerminal {
    /// The record.
    pub terminal: PosTerminal,
}

impl Command for RegisterPosTerminal {
    type Done = ();
    type Refusal = PartyUnknown;
    const NAME: &'static str = "RegisterPosTerminal";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.parties.push(self.terminal.business);
        keys.pos_terminals.push(Text::clone(&self.terminal.number));
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<PartyUnknown>> {
        let business = view.parties.get(&self.terminal.business).and_then(|party| party.business());
        business.ok_or(PartyUnknown)?;
        view.pos_terminals.put(Text::clone(&self.terminal.number), self.terminal.clone());
        Ok(())
    }
}

impl OperatorCommand for RegisterPosTerminal {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("pos terminal", &self.terminal.number, "")
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        let row = view.pos_terminals.get(&self.terminal.number);
        Some(Versioned::PosTerminal(row.map(|row| &**row)))
    }
}

/// The terminal's network has reported that payment before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PosTransactionExists;

/// The network of a shop's terminal reports a payment. What it has reported before stays.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReportPos {
    /// The payment.
    pub transaction: PosTransaction,
}

impl Command for ReportPos {
    type Done = ();
    type Refusal = PosTransactionExists;
    const NAME: &'static str = "ReportPos";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.pos_transactions.push(self.transaction.key.clone());
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<PosTransactionExists>> {
        let PosTransaction { key, .. } = &self.transaction;
        if view.pos_transactions.get(key).is_some() {
            return Err(PosTransactionExists.into());
        }
        view.pos_transactions.put(key.clone(), self.transaction.clone());
        Ok(())
    }
}

impl OperatorCommand for ReportPos {
    fn entry(&self) -> AuditEntry {
        let PosTransaction { key, amount, .. } = &self.transaction;
        AuditEntry::new("pos payment", &key.reference, &rials(*amount))
    }
}

fn text(text: &Text) -> String {
    text.to_string()
}

codes! {
    /// What a party is, without what only businesses have.
    enum PartyCode = "party" { 1 => User, 2 => Business, }
}

fn party_code(kind: &PartyKind) -> PartyCode {
    match kind {
        PartyKind::User => PartyCode::User,
        PartyKind::Business(_) => PartyCode::Business,
    }
}

table! {
    Party = "party",
    key |k: PartyId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, kind: party_code(&r.kind), name: r.name, password: r.password,
        mobile: r.mobile, mobile_verified: r.mobile_verified, joined_at_ms: r.joined_at_ms, disabled: r.disabled,
        access_version: r.access_version,
        guilds: Json(r.business().map(|b| b.guilds.clone()).unwrap_or_default()),
        api_keys: Json::list(r.business().into_iter().flat_map(|b| &b.api_keys).map(|(id, key)| (*id, key.0))),
        sheba: r.business().map_or_else(|| Text::from(""), |b| Text::clone(&b.sheba)),
        webhook_secret: r.business().map(|b| b.webhook_secret.clone()).unwrap_or_default(),
        old_webhook_secret: old_secret(r).map(|old| old.sealed.clone()).unwrap_or_default(),
        old_webhook_secret_until_ms: old_secret(r).map_or(0, |old| old.until_ms),
        returns_when_taken: r.business().is_some_and(|b| b.returns_when_taken),
        client_secret: r.business().and_then(|b| b.client_secret),
        redirect_uris: Json::list(r.business().into_iter().flat_map(|b| &b.redirect_uris).map(text)),
        frame_origins: Json::list(r.business().into_iter().flat_map(|b| &b.frame_origins).map(text)),
    },
    make Party {
        id,
        kind: party_kind(kind, Business {
            guilds: Json::<Vec<i64>>::into_inner(guilds), api_keys: api_keys_of(api_keys), sheba, webhook_secret,
            old_webhook_secret: old_secret_of(old_webhook_secret, old_webhook_secret_until_ms),
            returns_when_taken, client_secret, redirect_uris: texts(redirect_uris), frame_origins: texts(frame_origins),
        }),
        name, password, mobile, mobile_verified, joined_at_ms, disabled, access_version,
    }
}

fn old_secret(party: &Party) -> Option<&OldSecret> {
    party.business().and_then(|business| business.old_webhook_secret.as_deref())
}

fn old_secret_of(sealed: Vec<u8>, until_ms: i64) -> Option<Box<OldSecret>> {
    (!sealed.is_empty()).then(|| Box::new(OldSecret { sealed, until_ms }))
}

fn api_keys_of(Json(api_keys): Json<Vec<(u32, [u8; 32])>>) -> Vec<(u32, Digest)> {
    api_keys.into_iter().map(|(id, key)| (id, Digest(key))).collect()
}

fn texts(Json(texts): Json<Vec<String>>) -> Vec<Text> {
    texts.into_iter().map(Text::from).collect()
}

fn party_kind(code: PartyCode, business: Business) -> PartyKind {
    match code {
        PartyCode::User => PartyKind::User,
        PartyCode::Business => PartyKind::Business(business),
    }
}

table! {
    Handle = "handle",
    key |k: Text| { name: *k },
    of |r| Text::clone(&r.name),
    row |r| { name: r.name, party: r.party },
    make Handle { name, party }
}

table! {
    ApiToken = "api_token",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| {
        hash: r.hash, party: r.party, created_at_ms: r.created_at_ms, ends_at_ms: r.ends_at_ms,
        client: r.client.map(|client| client.0), family: r.family.map(|family| family.0),
        scopes: r.scopes.map(|scopes| Text::from(names_of(scopes))),
    },
    make ApiToken {
        hash, party, created_at_ms, ends_at_ms, client: Option::map(client, PartyId),
        family: Option::map(family, SsoFamilyId),
        scopes: Option::map(scopes, |names: Text| named(&names)).transpose()?,
    }
}

/// Number, delegator, hash, what is left.
type CreditCell = (i64, i64, String, i64);

table! {
    CreditBook = "credit_book",
    key |k: PartyId| { holder: *k },
    of |r| r.holder,
    row |r| { holder: r.holder, credits: Json::list(r.credits.iter().map(credit_cell)) },
    make credit_book(holder, credits)
}

fn credit_cell(credit: &Credit) -> CreditCell {
    (credit.id.0, credit.delegator.0, text(&credit.hash), credit.left.get())
}

fn credit_book(holder: PartyId, Json(credits): Json<Vec<CreditCell>>) -> CreditBook {
    let credit = |(id, delegator, hash, left): CreditCell| Credit {
        id: CreditId(id),
        delegator: PartyId(delegator),
        holder,
        hash: Text::from(hash),
        left: Rial::new(left),
    };
    CreditBook { holder, credits: credits.into_iter().map(credit).collect() }
}
