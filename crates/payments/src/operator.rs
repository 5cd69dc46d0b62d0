//! Operators: who may look at the house and change it, what they did, and what takes two of them.
//!
//! ```text
//! proposed ──(another operator says yes)──► approved: done in the same commit
//!     └─────(another says no, or its own author)──► rejected
//! ```
//! What an operator changes is written with the change: there is no one without the other.

use std::fmt;
use std::sync::Arc;

use ledger::{AccountId, Rial, Step, TransferId};

use crate::audit::{AuditEntry, OperatorCommand, rials};
use crate::booking::{BookingRefusal, SUSPENSE, apply};
use crate::view::{Denial, Keys, View};
use crate::{
    At, Command, Digest, FactorUnknown, IssueOperatorToken, Now, OperatorToken, OperatorTokenRefusal, OrderId, Parts,
    ResetFactor, ResolveOrder, ResolveRefusal, Text, Version, Versioned, version,
};

/// What an operator may do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Tell what the acquirer of shops' terminals knows, and nothing else: not even look.
    Acquirer,
    /// Look.
    Viewer,
    /// Look, and do the daily work.
    Operator,
    /// All of that, and say who else may.
    Admin,
}

impl Role {
    /// Whether it tells of payments at terminals: the acquirer's own role, and an admin's.
    pub fn reports_pos(self) -> bool {
        matches!(self, Self::Acquirer | Self::Admin)
    }

    /// What a token of this role may do that belongs to an operator of another; `None`: nothing. Viewers and operators do not have the acquirer's role.
    #[must_use]
    pub fn within(self, bound: Self) -> Option<Self> {
        let least = self.min(bound);
        (least != Self::Acquirer || (self.reports_pos() && bound.reports_pos())).then_some(least)
    }
}

/// A person who runs this server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operator {
    /// One of all operators.
    pub name: Text,
    /// Argon2 hash; empty: this name cannot log in.
    pub password: String,
    /// What it may do.
    pub role: Role,
    /// Whether it may do nothing any more.
    pub disabled: bool,
    /// Since when it may do that, in milliseconds of Unix time: since it is known, or is enabled again.
    pub since_ms: i64,
    /// Operators who may know its password: they made it or set its password, or they depend on one another who did.
    pub depends_on: Vec<Dependency>,
}

/// How long one operator depends on another, in milliseconds: 30 days.
pub const DEPENDENT_MS: i64 = 30 * 86_400_000;
/// The author of what is done with the settings' token.
pub const TOKEN_HOLDER: &str = "api";

/// One operator may have acted under the name of another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dependency {
    /// The name of the one who made the record or set its password.
    pub on: Text,
    /// When, in milliseconds of Unix time. [`DEPENDENT_MS`] later it is over.
    pub at_ms: i64,
}

impl Operator {
    /// The names on which it depends at this time.
    pub fn depends_on(&self, now_ms: i64) -> impl Iterator<Item = &Dependency> {
        self.depends_on.iter().filter(move |known| now_ms < known.at_ms.saturating_add(DEPENDENT_MS))
    }

    /// Whether it decides about other operators.
    fn is_admin(&self) -> bool {
        self.role == Role::Admin && !self.disabled
    }
}

impl Keys {
    /// What says who an author is: an operator's record, or a token.
    pub(crate) fn author(&mut self, author: &Text) {
        match OperatorToken::of_author(author) {
            Some(token) => self.operator_tokens.push(token),
            None => self.operators.push(Text::clone(author)),
        }
    }

    /// The operators behind an author that is a token.
    pub(crate) fn behind_author(&mut self, author: &Text, view: &View) {
        let token = OperatorToken::of_author(author).and_then(|name| view.operator_tokens.get(&name));
        self.operators.extend(token.into_iter().flat_map(|token| token.holders().cloned()));
    }
}

/// Those who may act under a name: it, the operators on whom it depends, and of a token those who hold it.
fn circle(view: &View, name: &Text, now: &Now) -> Vec<Text> {
    let token = OperatorToken::of_author(name).and_then(|name| view.operator_tokens.get(&name));
    let mut all: Vec<Text> = match token {
        Some(token) => token.holders().cloned().collect(),
        None => vec![Text::clone(name)],
    };
    let known = all.iter().filter_map(|name| view.operators.get(name));
    let on: Vec<Text> =
        known.flat_map(|known| known.depends_on(now.at_ms).map(|known| Text::clone(&known.on))).collect();
    all.extend(on);
    all.extend(token.map(|_| Text::clone(name)));
    all
}

/// Whether two names stand for two persons: neither depends on the other, and no third one may act as both.
fn are_independent(view: &View, one: &Text, other: &Text, now: &Now) -> bool {
    let other = circle(view, other, now);
    circle(view, one, now).iter().all(|name| !other.contains(name))
}

/// Whether a name decides about operators: an admin, the settings' token, or a token with that role.
pub(crate) fn is_admin(view: &View, name: &Text, now: &Now) -> bool {
    role_of(view, name, now) == Some(Role::Admin)
}

/// The role of an author now; `None`: it may do nothing any more.
fn role_of(view: &View, name: &Text, now: &Now) -> Option<Role> {
    if let Some(token) = OperatorToken::of_author(name) {
        let token = view.operator_tokens.get(&token)?;
        let operator = token.operator.as_ref().and_then(|name| view.operators.get(name));
        return token.role(operator.map(|known| &**known), now.at_ms);
    }
    if **name == *TOKEN_HOLDER {
        return Some(Role::Admin);
    }
    view.operators.get(name).filter(|known| !known.disabled).map(|known| known.role)
}

/// Why an operator's record is not written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecordRefusal {
    /// An operator of that name exists.
    OperatorExists,
    /// There is none.
    OperatorUnknown,
}

/// Makes an operator, or changes its record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterOperator {
    /// The record; an empty password of one that is replaced: the one that it had.
    pub operator: Operator,
    /// Whether an operator of that name must, or must not, exist.
    pub replace: bool,
}

impl RegisterOperator {
    fn keys(&self, keys: &mut Keys) {
        keys.operators.push(Text::clone(&self.operator.name));
    }

    /// Whether it could be done now.
    fn check(&self, view: &View) -> Result<(), RecordRefusal> {
        match (view.operators.get(&self.operator.name), self.replace) {
            (Some(_), false) => Err(RecordRefusal::OperatorExists),
            (None, true) => Err(RecordRefusal::OperatorUnknown),
            _ => Ok(()),
        }
    }

    /// Whether it changes nothing but the password.
    fn is_password_only(&self, view: &View) -> bool {
        let known = view.operators.get(&self.operator.name);
        let same = |known: &Operator| (known.role, known.disabled) == (self.operator.role, self.operator.disabled);
        self.replace && known.is_some_and(|known| same(known))
    }

    /// Does it for `author`, who knows the password that is set.
    fn register(&self, author: &Text, view: &mut View, now: &Now) -> Result<(), RecordRefusal> {
        self.check(view)?;
        let mut operator = self.operator.clone();
        let sets_password = !operator.password.is_empty();
        let known = view.operators.get(&operator.name).map(|known| Operator::clone(known));
        operator.depends_on = known.iter().flat_map(|known| known.depends_on(now.at_ms).cloned()).collect();
        match known {
            None => operator.since_ms = now.at_ms,
            Some(known) => {
                let again = known.disabled && !operator.disabled;
                // Another instant than before, also where the clock stands.
                operator.since_ms = if again { now.at_ms.max(known.since_ms + 1) } else { known.since_ms };
                if operator.password.is_empty() {
                    operator.password = known.password;
                }
            }
        }
        if sets_password && **author != *TOKEN_HOLDER {
            for on in circle(view, author, now).into_iter().filter(|on| *on != operator.name) {
                operator.depends_on.retain(|known| known.on != on);
                operator.depends_on.push(Dependency { on, at_ms: now.at_ms });
            }
        }
        view.operators.put(Text::clone(&operator.name), operator);
        Ok(())
    }

    /// What the audit says of it.
    fn entry(&self) -> AuditEntry {
        let Operator { name, password, role, disabled, .. } = &self.operator;
        let state = if *disabled { " disabled" } else { "" };
        let password = if password.is_empty() { "" } else { ", password set" };
        AuditEntry::new("operator", name, &format!("{role:?}{state}{password}"))
    }
}

/// Why an admin does not do alone what may take two.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum AdminRefusal<R> {
    /// Only an admin may do it.
    AdminNeeded,
    /// A second admin has to approve it.
    SecondAdminNeeded,
    /// It cannot be done.
    Refused(R),
}

/// The reason alone: an audit line shows it.
impl<R: fmt::Debug> fmt::Debug for AdminRefusal<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AdminNeeded => f.write_str("AdminNeeded"),
            Self::SecondAdminNeeded => f.write_str("SecondAdminNeeded"),
            Self::Refused(why) => why.fmt(f),
        }
    }
}

/// Makes an operator, or changes its record, without a second admin: with the operator's token, the own password, or while there are fewer than
/// two enabled admins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangeOperator {
    /// What.
    pub record: RegisterOperator,
    /// Who.
    pub by: Text,
    /// The names of all operators, as they were read: admins among them are counted in the decision.
    pub known: Vec<Text>,
    /// Whether a second admin is needed where there is one.
    pub second: SecondAdmin,
}

impl Command for ChangeOperator {
    type Done = ();
    type Refusal = AdminRefusal<RecordRefusal>;
    const NAME: &'static str = "ChangeOperator";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        self.record.keys(keys);
        keys.operators.push(Text::clone(&self.by));
        keys.operators.extend(self.known.iter().cloned());
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<AdminRefusal<RecordRefusal>>> {
        let own_password = self.record.operator.name == self.by && self.record.is_password_only(view);
        if !own_password {
            acts_alone(view, &self.by, &self.known, self.second, now)?;
        }
        Ok(self.record.register(&self.by, view, now).map_err(AdminRefusal::Refused)?)
    }
}

impl OperatorCommand for ChangeOperator {
    fn entry(&self) -> AuditEntry {
        self.record.entry()
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        version::operator(&self.record.operator.name, view)
    }

    fn tells_changes(&self) -> bool {
        true
    }
}

/// Whether acts on operators need a second admin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecondAdmin {
    /// Where there are two enabled admins.
    WhereThereIsOne,
    /// Never: a sandbox's token of the settings.
    Never,
}

/// Whether one admin acts on operators without a second one: an operator or the settings' token, while there are fewer than two enabled admins
/// among those that are known, or where none is needed. A named token never does.
pub(crate) fn acts_alone<R>(
    view: &View,
    by: &Text,
    known: &[Text],
    second: SecondAdmin,
    now: &Now,
) -> Result<(), AdminRefusal<R>> {
    let admins = known.iter().filter(|name| view.operators.get(name).is_some_and(|known| known.is_admin()));
    let is_token = OperatorToken::of_author(by).is_some();
    if !is_token && !is_admin(view, by, now) {
        return Err(AdminRefusal::AdminNeeded);
    }
    if is_token || (second == SecondAdmin::WhereThereIsOne && admins.count() >= 2) {
        return Err(AdminRefusal::SecondAdminNeeded);
    }
    Ok(())
}

/// Takes the second factor of another operator away without a second admin, as [`ChangeOperator`] changes its record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangeFactor {
    /// What.
    pub reset: ResetFactor,
    /// Who.
    pub by: Text,
    /// The names of all operators, as they were read: admins among them are counted in the decision.
    pub known: Vec<Text>,
    /// Whether a second admin is needed where there is one.
    pub second: SecondAdmin,
}

impl Command for ChangeFactor {
    type Done = ();
    type Refusal = AdminRefusal<FactorUnknown>;
    const NAME: &'static str = "ChangeFactor";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        self.reset.keys(keys);
        keys.operators.push(Text::clone(&self.by));
        keys.operators.extend(self.known.iter().cloned());
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<AdminRefusal<FactorUnknown>>> {
        acts_alone(view, &self.by, &self.known, self.second, now)?;
        // A session alone does not free its operator from the factor.
        if self.by == self.reset.operator {
            return Err(AdminRefusal::SecondAdminNeeded.into());
        }
        Ok(self.reset.reset(view).map_err(AdminRefusal::Refused)?)
    }
}

impl OperatorCommand for ChangeFactor {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("reset second factor", &self.reset.operator, "")
    }
}

/// Why an operator is not confirmed, in order of precedence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConfirmRefusal {
    /// There is no such operator.
    OperatorUnknown,
    /// An operator of the console has to do it: a token does not.
    ConsoleNeeded,
    /// Only an admin may do it.
    AdminNeeded,
    /// One person may be behind both names.
    NotIndependent,
    /// The record does not depend on that operator.
    NotDependent,
}

/// An admin confirms that an operator is a person apart from one on whom its record depends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfirmOperator {
    /// Whose record.
    pub name: Text,
    /// On whom it depends no longer.
    pub on: Text,
    /// Who confirms it.
    pub by: Text,
}

impl Command for ConfirmOperator {
    type Done = ();
    type Refusal = ConfirmRefusal;
    const NAME: &'static str = "ConfirmOperator";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.operators.extend([&self.name, &self.on, &self.by].map(Text::clone));
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<ConfirmRefusal>> {
        let known = view.operators.get(&self.name).map(|known| Operator::clone(known));
        let mut operator = known.ok_or(ConfirmRefusal::OperatorUnknown)?;
        if OperatorToken::of_author(&self.by).is_some() {
            return Err(ConfirmRefusal::ConsoleNeeded.into());
        }
        if !is_admin(view, &self.by, now) {
            return Err(ConfirmRefusal::AdminNeeded.into());
        }
        if self.by == self.name || !are_independent(view, &self.by, &self.on, now) {
            return Err(ConfirmRefusal::NotIndependent.into());
        }
        if operator.depends_on(now.at_ms).all(|known| known.on != self.on) {
            return Err(ConfirmRefusal::NotDependent.into());
        }
        operator.depends_on.retain(|known| known.on != self.on);
        view.operators.put(Text::clone(&operator.name), operator);
        Ok(())
    }
}

impl OperatorCommand for ConfirmOperator {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("confirm operator", &self.name, &format!("apart from {}", self.on))
    }
}

/// Why money stays in suspense, in order of precedence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReleaseRefusal {
    /// It was given out of suspense before.
    ReleasedBefore,
    /// The account is no customer's, or takes no credits.
    DestinationNotUsable,
    /// The ledger does not book it.
    NotBooked(BookingRefusal),
}

/// Gives money in suspense to whose it is. Each entry once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReleaseSuspense {
    /// The transfer that put it there.
    pub transfer: TransferId,
    /// How much that was.
    pub amount: Rial,
    /// Whose it is.
    pub account: AccountId,
}

/// Money that was given out of suspense.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Released {
    /// The transfer that had put it there.
    pub transfer: TransferId,
    /// The transfer that gave it.
    pub by: TransferId,
}

impl Command for ReleaseSuspense {
    type Done = ();
    type Refusal = ReleaseRefusal;
    const NAME: &'static str = "ReleaseSuspense";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.released.push(self.transfer);
        keys.accounts.extend([SUSPENSE, self.account]);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<ReleaseRefusal>> {
        Ok(self.release(view, now)?)
    }
}

impl OperatorCommand for ReleaseSuspense {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("release suspense", &self.transfer.0.to_string(), &rials(self.amount))
    }
}

impl ReleaseSuspense {
    /// Whether it can be done now.
    fn check(&self, view: &View) -> Result<(), ReleaseRefusal> {
        if view.released.get(&self.transfer).is_some() {
            return Err(ReleaseRefusal::ReleasedBefore);
        }
        let to = view.books.account(self.account).filter(|account| account.kind.is_a_customers());
        if to.is_none_or(|account| !account.gate.takes_credits()) {
            return Err(ReleaseRefusal::DestinationNotUsable);
        }
        Ok(())
    }

    fn release(&self, view: &mut View, now: &Now) -> Result<(), ReleaseRefusal> {
        self.check(view)?;
        let step = Step::Post { debit: SUSPENSE, credit: self.account, amount: self.amount };
        // Of no order: what an order's own transfers come to stays as it is.
        let by = apply(view, &[step], now, OrderId(0)).map_err(|why| ReleaseRefusal::NotBooked(why.into()))?[0];
        view.released.put(self.transfer, Released { transfer: self.transfer, by });
        Ok(())
    }
}

/// Why what takes two operators cannot be done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ActRefusal {
    /// The order stays as it is.
    Resolve(ResolveRefusal),
    /// The money stays in suspense.
    Release(ReleaseRefusal),
    /// The operator's record is not written.
    Operator(RecordRefusal),
    /// The second factor is not taken away.
    ResetFactor(FactorUnknown),
    /// The token is not made.
    MakeToken(OperatorTokenRefusal),
}

/// The reason alone: an audit line shows it.
impl fmt::Debug for ActRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolve(why) => why.fmt(f),
            Self::Release(why) => why.fmt(f),
            Self::Operator(why) => why.fmt(f),
            Self::ResetFactor(why) => why.fmt(f),
            Self::MakeToken(why) => why.fmt(f),
        }
    }
}

/// What takes two operators.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Act {
    /// An order leaves the unknown.
    Resolve(ResolveOrder),
    /// Money leaves suspense.
    Release(ReleaseSuspense),
    /// An operator is made, or its record changes. Admins alone propose and approve it.
    Operator(RegisterOperator),
    /// An operator's second factor is taken away. Admins alone propose and approve it.
    ResetFactor(ResetFactor),
    /// A token of the operator's API is made. Admins alone propose and approve it.
    MakeToken(IssueOperatorToken),
}

impl Act {
    fn keys(&self, at: At<'_>, keys: &mut Keys) {
        match self {
            Self::Resolve(act) => act.keys(at, keys),
            Self::Release(act) => act.keys(at, keys),
            Self::Operator(act) => act.keys(keys),
            Self::ResetFactor(act) => act.keys(keys),
            Self::MakeToken(act) => act.keys(keys),
        }
    }

    /// Who may propose and approve it.
    fn least_role(&self) -> Role {
        if self.needs_admin() { Role::Admin } else { Role::Operator }
    }

    /// Whether only admins propose and approve it.
    pub fn needs_admin(&self) -> bool {
        match self {
            Self::Resolve(_) | Self::Release(_) => false,
            Self::Operator(_) | Self::ResetFactor(_) | Self::MakeToken(_) => true,
        }
    }

    fn more_keys(&self, view: &View, at: At<'_>, keys: &mut Keys) {
        match self {
            Self::Resolve(act) => act.more_keys(view, at, keys),
            Self::Release(_) | Self::Operator(_) | Self::ResetFactor(_) | Self::MakeToken(_) => {}
        }
    }

    fn run(&self, author: &Text, view: &mut View, At { now, rules }: At<'_>) -> Result<(), ActRefusal> {
        match self {
            Self::Resolve(act) => act.resolve(view, now, rules).map(|_| ()).map_err(ActRefusal::Resolve),
            Self::Release(act) => act.release(view, now).map_err(ActRefusal::Release),
            Self::Operator(act) => act.register(author, view, now).map_err(ActRefusal::Operator),
            Self::ResetFactor(act) => act.reset(view).map_err(ActRefusal::ResetFactor),
            Self::MakeToken(act) => act.issue(author, view, now).map_err(ActRefusal::MakeToken),
        }
    }

    /// Whether it could be done now: what cannot be done is not proposed.
    fn check(&self, view: &View) -> Result<(), ActRefusal> {
        match self {
            Self::Resolve(act) => act.check(view).map_err(ActRefusal::Resolve),
            Self::Release(act) => act.check(view).map_err(ActRefusal::Release),
            Self::Operator(act) => act.check(view).map_err(ActRefusal::Operator),
            Self::ResetFactor(act) => act.check(view).map_err(ActRefusal::ResetFactor),
            Self::MakeToken(act) => act.check(view).map_err(ActRefusal::MakeToken),
        }
    }

    /// What the audit says of it.
    fn entry(&self) -> AuditEntry {
        match self {
            Self::Resolve(act) => act.entry(),
            Self::Release(act) => {
                let detail = format!("{} to {}", rials(act.amount), act.account.0);
                AuditEntry { detail: Text::from(detail), ..act.entry() }
            }
            Self::Operator(act) => act.entry(),
            Self::ResetFactor(act) => AuditEntry::new("reset second factor", &act.operator, ""),
            Self::MakeToken(act) => act.entry(),
        }
    }

    /// As it is kept once it is decided: hashes are needed no longer.
    fn decided(self) -> Self {
        match self {
            Self::MakeToken(act) => Self::MakeToken(IssueOperatorToken { hash: Digest([0; 32]), ..act }),
            Self::Operator(mut act) => {
                act.operator.password.clear();
                Self::Operator(act)
            }
            other => other,
        }
    }

    /// Whether both are about the same order, or the same money.
    pub fn is_about_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Resolve(one), Self::Resolve(other)) => one.order == other.order,
            (Self::Release(one), Self::Release(other)) => one.transfer == other.transfer,
            (Self::Operator(one), Self::Operator(other)) => one.operator.name == other.operator.name,
            (Self::ResetFactor(one), Self::ResetFactor(other)) => one.operator == other.operator,
            (Self::MakeToken(one), Self::MakeToken(other)) => one.name == other.name,
            _ => false,
        }
    }
}

/// A proposal's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ProposalId(pub i64);

/// How a proposal stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProposalState {
    /// Undecided.
    Open,
    /// Done, because this operator said yes at this instant, in milliseconds of Unix time.
    Approved(Text, i64),
    /// Not done, because this operator said no.
    Rejected(Text, i64),
}

/// Something that an operator wants done and another one has to agree to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proposal {
    /// Its number.
    pub id: ProposalId,
    /// What.
    pub act: Act,
    /// Who.
    pub by: Text,
    /// Why.
    pub reason: Text,
    /// When, in milliseconds of Unix time.
    pub at_ms: i64,
    /// How it stands.
    pub state: ProposalState,
    /// The version of what it changes, as it was when it was proposed; `None`: it changes no row that was there.
    pub seen: Option<Version>,
}

impl Proposal {
    /// Whether what it changes is as it was when it was proposed.
    fn check_seen(&self, view: &View) -> Result<(), DecideRefusal> {
        let changed = self.seen.as_ref().zip(self.act.replaces(view)).and_then(|(seen, row)| seen.changed(&row));
        changed.map_or(Ok(()), |parts| Err(DecideRefusal::Stale(parts)))
    }
}

/// Why something is not proposed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProposeRefusal {
    /// Only an admin may propose it.
    AdminNeeded,
    /// It cannot be done.
    Act(ActRefusal),
}

/// Proposes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Propose {
    /// What.
    pub act: Act,
    /// Who.
    pub by: Text,
    /// Why.
    pub reason: Text,
}

/// What an operator says to a proposal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Say {
    /// It shall be done.
    Yes,
    /// It shall not.
    No,
}

/// Why a proposal stays as it is, in order of precedence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DecideRefusal {
    /// There is no such proposal, or it has another content.
    ProposalUnknown,
    /// It was approved or rejected before.
    ProposalDecided,
    /// An operator of the console has to approve it: a token does not.
    ConsoleNeeded,
    /// Only an admin may decide it.
    AdminNeeded,
    /// A proposer may not approve their own proposal.
    OwnProposal,
    /// Its proposer may not act any more.
    AuthorGone,
    /// One person may be behind both names.
    NotIndependent,
    /// What it changes has changed since it was proposed, in these parts.
    Stale(Parts),
    /// It cannot be done.
    Act(ActRefusal),
}

/// Says yes or no to a proposal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DecideProposal {
    /// Which, as it was read.
    pub proposal: Arc<Proposal>,
    /// Who.
    pub by: Text,
    /// Yes or no.
    pub say: Say,
}

impl Command for Propose {
    type Done = ProposalId;
    type Refusal = ProposeRefusal;
    const NAME: &'static str = "Propose";

    fn keys(&self, at: At<'_>, keys: &mut Keys) {
        self.act.keys(at, keys);
        keys.author(&self.by);
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        keys.behind_author(&self.by, view);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<ProposalId, Denial<ProposeRefusal>> {
        if self.act.needs_admin() && !is_admin(view, &self.by, now) {
            return Err(ProposeRefusal::AdminNeeded.into());
        }
        self.act.check(view).map_err(ProposeRefusal::Act)?;
        let Self { act, by, reason } = self.clone();
        let seen = act.replaces(view).map(|row| Version::of(&row));
        let id = ProposalId(view.ids.take());
        view.proposals.put(id, Proposal { id, act, by, reason, at_ms: now.at_ms, state: ProposalState::Open, seen });
        Ok(id)
    }
}

impl OperatorCommand for Propose {
    fn entry(&self) -> AuditEntry {
        let act = self.act.entry();
        let detail = match &self.act {
            Act::Operator(_) | Act::MakeToken(_) => Text::from(format!("{}: {}", act.detail, self.reason)),
            Act::Resolve(_) | Act::Release(_) | Act::ResetFactor(_) => Text::clone(&self.reason),
        };
        AuditEntry { action: Text::from(format!("propose {}", act.action)), detail, ..act }
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        self.act.replaces(view)
    }
}

impl Command for DecideProposal {
    type Done = ();
    type Refusal = DecideRefusal;
    const NAME: &'static str = "DecideProposal";

    fn keys(&self, at: At<'_>, keys: &mut Keys) {
        keys.proposals.push(self.proposal.id);
        keys.author(&self.by);
        keys.author(&self.proposal.by);
        self.proposal.act.keys(at, keys);
    }

    fn more_keys(&self, view: &View, at: At<'_>, keys: &mut Keys) {
        keys.behind_author(&self.proposal.by, view);
        self.proposal.act.more_keys(view, at, keys);
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<(), Denial<DecideRefusal>> {
        let now = at.now;
        let known = view.proposals.get(&self.proposal.id).map(|known| Proposal::clone(known));
        let known = known.ok_or(DecideRefusal::ProposalUnknown)?;
        if known.state != ProposalState::Open {
            return Err(DecideRefusal::ProposalDecided.into());
        }
        // This content was read; under the same number there may be another.
        let as_read = Proposal { state: known.state.clone(), ..Proposal::clone(&self.proposal) };
        if known != as_read {
            return Err(DecideRefusal::ProposalUnknown.into());
        }
        let is_own = known.by == self.by;
        if OperatorToken::of_author(&self.by).is_some() && !(is_own && self.say == Say::No) {
            return Err(DecideRefusal::ConsoleNeeded.into());
        }
        if known.act.needs_admin() && !is_own && !is_admin(view, &self.by, now) {
            return Err(DecideRefusal::AdminNeeded.into());
        }
        let by = Text::clone(&self.by);
        let state = match self.say {
            Say::Yes if is_own => return Err(DecideRefusal::OwnProposal.into()),
            Say::Yes if role_of(view, &known.by, now) < Some(known.act.least_role()) => {
                return Err(DecideRefusal::AuthorGone.into());
            }
            Say::Yes if !are_independent(view, &known.by, &self.by, now) => {
                return Err(DecideRefusal::NotIndependent.into());
            }
            Say::Yes => {
                known.act.check(view).map_err(DecideRefusal::Act)?;
                known.check_seen(view)?;
                known.act.run(&known.by, view, at).map_err(DecideRefusal::Act)?;
                ProposalState::Approved(by, now.at_ms)
            }
            Say::No => ProposalState::Rejected(by, now.at_ms),
        };
        view.proposals.put(known.id, Proposal { state, act: known.act.decided(), ..known });
        Ok(())
    }
}

impl OperatorCommand for DecideProposal {
    fn entry(&self) -> AuditEntry {
        let act = self.proposal.act.entry();
        let said = if self.say == Say::Yes { "approve" } else { "reject" };
        AuditEntry { action: Text::from(format!("{said} {}", act.action)), ..act }
    }
}
