//! The tables of pages: sessions, log-ins, vouchers, operators. One declaration each.

use ledger::{AccountId, TransferId};
use payments::{
    Act, AuditId, AuditLine, BrowserSession, CardSlip, CreditId, Dependency, Digest, GatewaySession, InvoiceId,
    IssueOperatorToken, KnownAddress, LogInCode, MoneyDay, Operator, OperatorToken, OrderId, OrderKey, PartyId,
    Proposal, ProposalId, ProposalState, Receipt, RegisterOperator, ReleaseSuspense, Released, ResetFactor,
    ResolveOrder, Rial, Role, Scope, Scopes, SecondFactor, SessionState, SsoCode, SsoConsent, SsoConsentKey, SsoFamily,
    SsoFamilyId, SsoGrant, SsoRefresh, StandingPermission, StandingTerms, Text, Tries, Verdict, Visitor, Voucher,
    VoucherKey, VoucherState, Wanted,
};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::invoice_tables::{address, call_address, is_signed};
use crate::table::{Bind, Cell, Coded, Fetch, Json, codes, corrupt, table};

table! {
    GatewaySession = "gateway_session",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| {
        hash: r.hash, invoice: r.invoice, back: r.back, call: address(&r.call), call_signed: is_signed(&r.call), only_party: r.only.map(|party| party.0),
        voucher: r.voucher, holder: r.holder.map(|party| party.0),
        credits: Json::list(r.credits.iter().map(|(credit, delegator)| (credit.0, delegator.0))),
        card_until_ms: r.card_until_ms, state: Json(SessionCell::of(&r.state)), ends_at_ms: r.ends_at_ms,
        forgotten_at_ms: r.forgotten_at_ms(),
    },
    make session(
        GatewaySession {
            hash, invoice, back, call: call_address(call, call_signed), only: party(only_party), voucher, holder: party(holder),
            credits: credits_of(credits), card_until_ms, state: SessionCell::into_state(state), ends_at_ms,
        },
        forgotten_at_ms,
    )?
}

fn party(id: Option<i64>) -> Option<PartyId> {
    id.map(PartyId)
}

fn credits_of(Json(credits): Json<Vec<(i64, i64)>>) -> Vec<(CreditId, PartyId)> {
    credits.into_iter().map(|(credit, delegator)| (CreditId(credit), PartyId(delegator))).collect()
}

fn session(session: GatewaySession, forgotten_at_ms: i64) -> Result<GatewaySession, Error> {
    if session.forgotten_at_ms() == forgotten_at_ms {
        Ok(session)
    } else {
        Err(corrupt("gateway_session", "it is forgotten at another time than its state says"))
    }
}

#[derive(Serialize, Deserialize)]
enum SessionCell {
    Open,
    Canceled,
    Took {
        at_ms: i64,
        /// Terminal, mask, rrn, tref.
        slip: Option<(String, String, String, String)>,
        voucher: i64,
        credit: i64,
        rest: i64,
    },
}

impl SessionCell {
    fn of(state: &SessionState) -> Self {
        match state {
            SessionState::Open => Self::Open,
            SessionState::Canceled => Self::Canceled,
            SessionState::Took(Receipt { at_ms, slip, voucher, credit, rest }) => {
                let cell = |slip: &CardSlip| {
                    (slip.terminal.to_string(), slip.mask.to_string(), slip.rrn.to_string(), slip.tref.to_string())
                };
                let slip = slip.as_ref().map(cell);
                Self::Took { at_ms: *at_ms, slip, voucher: voucher.get(), credit: credit.get(), rest: rest.get() }
            }
        }
    }

    fn into_state(Json(cell): Json<Self>) -> SessionState {
        match cell {
            Self::Open => SessionState::Open,
            Self::Canceled => SessionState::Canceled,
            Self::Took { at_ms, slip, voucher, credit, rest } => {
                let slip = slip.map(|(terminal, mask, rrn, tref)| CardSlip {
                    terminal: Text::from(terminal),
                    mask: Text::from(mask),
                    rrn: Text::from(rrn),
                    tref: Text::from(tref),
                });
                let [voucher, credit, rest] = [voucher, credit, rest].map(Rial::new);
                SessionState::Took(Receipt { at_ms, slip, voucher, credit, rest })
            }
        }
    }
}

table! {
    Voucher = "voucher",
    key |k: VoucherKey| { issuer: k.issuer, code: k.code },
    of |r| r.key.clone(),
    row |r| {
        issuer: r.key.issuer, code: r.key.code, value: r.value, state: Json(VoucherCell::of(&r.state)), sealed: r.sealed,
    },
    make Voucher { key: VoucherKey { issuer, code }, sealed, value, state: VoucherCell::into_state(state) }
}

#[derive(Serialize, Deserialize)]
enum VoucherCell {
    Free,
    Reserved([u8; 32], i64, i64),
    Used(i64),
}

impl VoucherCell {
    fn of(state: &VoucherState) -> Self {
        match state {
            VoucherState::Free => Self::Free,
            VoucherState::Reserved(session, until_ms, invoice) => Self::Reserved(session.0, *until_ms, invoice.0),
            VoucherState::Used(invoice) => Self::Used(invoice.0),
        }
    }

    fn into_state(Json(cell): Json<Self>) -> VoucherState {
        match cell {
            Self::Free => VoucherState::Free,
            Self::Reserved(session, until_ms, invoice) => {
                VoucherState::Reserved(Digest(session), until_ms, InvoiceId(invoice))
            }
            Self::Used(invoice) => VoucherState::Used(InvoiceId(invoice)),
        }
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

fn visitor(party: (Option<i64>, Option<i64>), operator: (Option<Text>, Option<Digest>)) -> Result<Visitor, Error> {
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

fn log_in_code(code: LogInCode, forgotten_at_ms: i64) -> Result<LogInCode, Error> {
    if code.forgotten_at_ms() == forgotten_at_ms {
        Ok(code)
    } else {
        Err(corrupt("log_in_code", "it is forgotten at another time than it says"))
    }
}

table! {
    SsoCode = "sso_code",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| {
        hash: r.hash, client: r.grant.client, party: r.grant.party, scopes: r.grant.scopes, consent: r.grant.consent,
        access_version: r.grant.access_version, redirect_uri: r.redirect_uri, challenge: r.challenge,
        used_by: r.used_by.map(|family| family.0), ends_at_ms: r.ends_at_ms,
    },
    make SsoCode {
        hash, grant: SsoGrant { client, party, scopes, consent, access_version }, redirect_uri, challenge,
        used_by: Option::map(used_by, SsoFamilyId), ends_at_ms,
    }
}

table! {
    SsoRefresh = "sso_refresh",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| {
        hash: r.hash, family: r.family, client: r.client, party: r.party, used_at_ms: r.used_at_ms,
        ends_at_ms: r.ends_at_ms,
    },
    make SsoRefresh { hash, family, client, party, used_at_ms, ends_at_ms }
}

table! {
    SsoFamily = "sso_family",
    key |k: SsoFamilyId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, client: r.grant.client, party: r.grant.party, scopes: r.grant.scopes, consent: r.grant.consent,
        access_version: r.grant.access_version, ends_at_ms: r.ends_at_ms,
    },
    make SsoFamily { id, grant: SsoGrant { client, party, scopes, consent, access_version }, ends_at_ms }
}

table! {
    SsoConsent = "sso_consent",
    key |k: SsoConsentKey| { party: k.party, client: k.client },
    of |r| r.key,
    row |r| {
        party: r.key.party, client: r.key.client, consent: r.id, scopes: r.scopes, at_ms: r.at_ms,
        standing_limit: r.standing.map_or(Rial::ZERO, |standing| standing.terms.limit),
        standing_period_ms: r.standing.map_or(0, |standing| standing.terms.period_ms),
        standing_spent: r.standing.map_or(Rial::ZERO, |standing| standing.spent),
        standing_since_ms: r.standing.map_or(0, |standing| standing.since_ms),
    },
    make SsoConsent {
        key: SsoConsentKey { party, client }, id: consent, scopes, at_ms,
        standing: standing(standing_limit, standing_period_ms, standing_spent, standing_since_ms),
    }
}

/// A limit of nothing is no permission.
fn standing(limit: Rial, period_ms: i64, spent: Rial, since_ms: i64) -> Option<StandingPermission> {
    limit.is_positive().then_some(StandingPermission { terms: StandingTerms { limit, period_ms }, spent, since_ms })
}

/// Scopes and their names in the database. Names are for ever.
const SCOPES: [(Scope, &str); 5] = [
    (Scope::Profile, "profile"),
    (Scope::WalletRead, "wallet:read"),
    (Scope::InvoicePay, "invoice:pay"),
    (Scope::Business, "business"),
    (Scope::Standing, "invoice:standing"),
];

impl Cell for Scopes {
    fn put(&self, to: &mut impl Bind) -> Result<(), Error> {
        to.text(&names_of(*self))
    }

    fn take(from: &mut impl Fetch) -> Result<Self, Error> {
        named(&from.text()?)
    }
}

/// A set of scopes in the database.
pub(crate) fn names_of(scopes: Scopes) -> String {
    let names = SCOPES.iter().filter(|(scope, _)| scopes.contains(*scope)).map(|(_, name)| *name);
    names.collect::<Vec<_>>().join(" ")
}

pub(crate) fn named(names: &str) -> Result<Scopes, Error> {
    let known = |name: &str| SCOPES.iter().find(|(_, known)| *known == name).map(|(scope, _)| *scope);
    let scope = |name: &str| known(name).ok_or_else(|| corrupt("?", format!("unknown scope {name}")));
    names.split_ascii_whitespace().map(scope).collect()
}

codes!(Role = "operator" { 1 => Role::Viewer, 2 => Role::Operator, 3 => Role::Admin, 4 => Role::Acquirer, });

table! {
    Operator = "operator",
    key |k: Text| { name: *k },
    of |r| Text::clone(&r.name),
    row |r| {
        name: r.name, password: r.password, role: r.role, disabled: r.disabled, since_ms: r.since_ms,
        depends_on: Json(DependencyCell::of(&r.depends_on)),
    },
    make Operator { name, password, role, disabled, since_ms, depends_on: DependencyCell::into_dependencies(depends_on) }
}

/// Name, time.
#[derive(Serialize, Deserialize)]
struct DependencyCell(String, i64);

impl DependencyCell {
    fn of(known: &[Dependency]) -> Vec<Self> {
        known.iter().map(|known| Self(known.on.to_string(), known.at_ms)).collect()
    }

    fn into_dependencies(Json(cells): Json<Vec<Self>>) -> Vec<Dependency> {
        cells.into_iter().map(|Self(on, at_ms)| Dependency { on: Text::from(on), at_ms }).collect()
    }
}

table! {
    SecondFactor = "second_factor",
    key |k: Text| { operator: *k },
    of |r| Text::clone(&r.operator),
    row |r| {
        operator: r.operator, sealed: r.sealed, version: r.version, last_step: r.last_step,
        recovery: Json::list(r.recovery.iter().map(|hash| hash.0)),
    },
    make SecondFactor { operator, sealed, version, last_step, recovery: digests(recovery) }
}

fn digests(Json(hashes): Json<Vec<[u8; 32]>>) -> Vec<Digest> {
    hashes.into_iter().map(Digest).collect()
}

table! {
    OperatorToken = "operator_token",
    key |k: Text| { name: *k },
    of |r| Text::clone(&r.name),
    row |r| {
        name: r.name, hash: r.hash, role: r.role, operator: r.operator, made_by: Json::list(r.made_by.iter().map(|name| name.to_string())),
        at_ms: r.at_ms, ends_at_ms: r.ends_at_ms, revoked_at_ms: r.revoked_at_ms,
    },
    make OperatorToken { name, hash, role, operator, made_by: names(made_by), at_ms, ends_at_ms, revoked_at_ms }
}

fn names(Json(names): Json<Vec<String>>) -> Vec<Text> {
    names.into_iter().map(Text::from).collect()
}

table! {
    MoneyDay = "money_day",
    key |k: i64| { day: *k },
    of |r| r.day,
    row |r| { day: r.day, created: r.created },
    make MoneyDay { day, created }
}

table! {
    AuditLine = "audit_line",
    key |k: AuditId| { id: *k },
    of |r| r.id,
    row |r| { id: r.id, at_ms: r.at_ms, operator: r.by, action: r.action, subject: r.subject, detail: r.detail },
    make AuditLine { id, at_ms, by: operator, action, subject, detail }
}

table! {
    Proposal = "proposal",
    key |k: ProposalId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, act: Json(ActCell::of(&r.act)), operator: r.by, reason: r.reason, at_ms: r.at_ms,
        state: Json(ProposalCell::of(&r.state)), is_open: r.state == ProposalState::Open, ended_at_ms: ended(&r.state),
        seen: r.seen,
    },
    make proposal(
        Proposal {
            id,
            act: ActCell::into_act(act)?,
            by: operator,
            reason,
            at_ms,
            state: ProposalCell::into_state(state),
            seen,
        },
        is_open,
        ended_at_ms,
    )?
}

/// When a proposal was decided.
fn ended(state: &ProposalState) -> Option<i64> {
    match state {
        ProposalState::Open => None,
        ProposalState::Approved(_, at_ms) | ProposalState::Rejected(_, at_ms) => Some(*at_ms),
    }
}

fn proposal(proposal: Proposal, is_open: bool, ended_at_ms: Option<i64>) -> Result<Proposal, Error> {
    if ended(&proposal.state) == ended_at_ms && is_open == ended_at_ms.is_none() {
        Ok(proposal)
    } else {
        Err(corrupt("proposal", "whether it is open is not what its state says"))
    }
}

#[derive(Serialize, Deserialize)]
enum ActCell {
    /// Number, whether the money goes where it should.
    Resolve(i64, bool),
    /// The same by client and trackId.
    ResolveTracked(String, String, bool),
    /// Transfer, amount, account.
    Release(i64, i64, i64),
    /// Name, hash of the password, role, whether it is disabled, whether it is there already.
    Operator(String, String, i64, bool, bool),
    /// Name.
    ResetFactor(String),
    /// Name, hash, role, the operator that it belongs to, how long it is good.
    MakeToken(String, [u8; 32], i64, Option<String>, i64),
}

impl ActCell {
    fn of(act: &Act) -> Self {
        match act {
            Act::Resolve(ResolveOrder { order: Wanted::Number(order), verdict }) => {
                Self::Resolve(order.0, *verdict == Verdict::Done)
            }
            Act::Resolve(ResolveOrder { order: Wanted::Key(key), verdict }) => {
                Self::ResolveTracked(key.client.0.to_string(), key.track_id.to_string(), *verdict == Verdict::Done)
            }
            Act::Release(act) => Self::Release(act.transfer.0, act.amount.get(), act.account.0),
            Act::Operator(RegisterOperator { operator, replace }) => {
                let Operator { name, password, role, disabled, .. } = operator;
                Self::Operator(name.to_string(), password.clone(), role.code(), *disabled, *replace)
            }
            Act::ResetFactor(act) => Self::ResetFactor(act.operator.to_string()),
            Act::MakeToken(act) => {
                let operator = act.operator.as_ref().map(Text::to_string);
                Self::MakeToken(act.name.to_string(), act.hash.0, act.role.code(), operator, act.life_ms)
            }
        }
    }

    fn into_act(Json(cell): Json<Self>) -> Result<Act, Error> {
        let verdict = |done| if done { Verdict::Done } else { Verdict::Failed };
        Ok(match cell {
            Self::Resolve(order, done) => {
                Act::Resolve(ResolveOrder { order: Wanted::Number(OrderId(order)), verdict: verdict(done) })
            }
            Self::ResolveTracked(client, track_id, done) => {
                let key =
                    OrderKey { client: payments::ClientId::from(client.as_str()), track_id: track_id.as_str().into() };
                Act::Resolve(ResolveOrder { order: Wanted::Key(key), verdict: verdict(done) })
            }
            Self::Release(transfer, amount, account) => Act::Release(ReleaseSuspense {
                transfer: TransferId(transfer),
                amount: Rial::new(amount),
                account: AccountId(account),
            }),
            Self::Operator(name, password, role, disabled, replace) => {
                let role = Role::of_code(role)?;
                let (name, depends_on) = (Text::from(name), Vec::new());
                let operator = Operator { name, password, role, disabled, since_ms: 0, depends_on };
                Act::Operator(RegisterOperator { operator, replace })
            }
            Self::ResetFactor(name) => Act::ResetFactor(ResetFactor { operator: Text::from(name) }),
            Self::MakeToken(name, hash, role, operator, life_ms) => Act::MakeToken(IssueOperatorToken {
                name: Text::from(name),
                hash: Digest(hash),
                role: Role::of_code(role)?,
                operator: operator.map(Text::from),
                life_ms,
            }),
        })
    }
}

#[derive(Serialize, Deserialize)]
enum ProposalCell {
    Open,
    Approved(String, i64),
    Rejected(String, i64),
}

impl ProposalCell {
    fn of(state: &ProposalState) -> Self {
        match state {
            ProposalState::Open => Self::Open,
            ProposalState::Approved(by, at_ms) => Self::Approved(by.to_string(), *at_ms),
            ProposalState::Rejected(by, at_ms) => Self::Rejected(by.to_string(), *at_ms),
        }
    }

    fn into_state(Json(cell): Json<Self>) -> ProposalState {
        match cell {
            Self::Open => ProposalState::Open,
            Self::Approved(by, at_ms) => ProposalState::Approved(Text::from(by), at_ms),
            Self::Rejected(by, at_ms) => ProposalState::Rejected(Text::from(by), at_ms),
        }
    }
}

table! {
    Released = "suspense_release",
    key |k: TransferId| { transfer: *k },
    of |r| r.transfer,
    row |r| { transfer: r.transfer, given_by: r.by },
    make Released { transfer, by: given_by }
}
