//! Operators: who may look at the house and change it, what they did, and what takes two of them.
//!
//! ```text
//! proposed ──(another operator says yes)──► approved: done in the same commit
//!     └─────(another says no, or its own author)──► rejected
//! ```
//! What an operator changes is written with the change: there is no one without the other.

use std::sync::Arc;

use ledger::{AccountId, Rial, Step, TransferId};

use crate::booking::{SUSPENSE, apply, refusal_of};
use crate::view::{Keys, View};
use crate::{
    AnyCommand, Digest, IssueOperatorToken, MakeOperatorToken, MoneyDay, Now, OperatorToken, OrderId, Outcome, Part,
    Parts, PassFactor, Precondition, Refusal, ResetFactor, ResolveOrder, RevokeOperatorToken, Rules, Text, Version,
    Versioned,
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
    fn behind_author(&mut self, author: &Text, view: &View) {
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
    fn check(&self, view: &View) -> Result<(), Refusal> {
        match (view.operators.get(&self.operator.name), self.replace) {
            (Some(_), false) => Err(Refusal::OperatorExists),
            (None, true) => Err(Refusal::OperatorUnknown),
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
    fn decide(&self, author: &Text, view: &mut View, now: &Now) -> Result<Outcome, Refusal> {
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
        Ok(Outcome::Done)
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

impl ChangeOperator {
    fn keys(&self, keys: &mut Keys) {
        self.record.keys(keys);
        keys.operators.push(Text::clone(&self.by));
        keys.operators.extend(self.known.iter().cloned());
    }

    fn decide(&self, view: &mut View, now: &Now) -> Result<Outcome, Refusal> {
        let own_password = self.record.operator.name == self.by && self.record.is_password_only(view);
        if !own_password {
            acts_alone(view, &self.by, &self.known, self.second, now)?;
        }
        self.record.decide(&self.by, view, now)
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
pub(crate) fn acts_alone(
    view: &View,
    by: &Text,
    known: &[Text],
    second: SecondAdmin,
    now: &Now,
) -> Result<(), Refusal> {
    let admins = known.iter().filter(|name| view.operators.get(name).is_some_and(|known| known.is_admin()));
    let is_token = OperatorToken::of_author(by).is_some();
    if !is_token && !is_admin(view, by, now) {
        return Err(Refusal::AdminNeeded);
    }
    if is_token || (second == SecondAdmin::WhereThereIsOne && admins.count() >= 2) {
        return Err(Refusal::SecondAdminNeeded);
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

impl ChangeFactor {
    fn keys(&self, keys: &mut Keys) {
        self.reset.keys(keys);
        keys.operators.push(Text::clone(&self.by));
        keys.operators.extend(self.known.iter().cloned());
    }

    fn decide(&self, view: &mut View, now: &Now) -> Result<Outcome, Refusal> {
        acts_alone(view, &self.by, &self.known, self.second, now)?;
        // A session alone does not free its operator from the factor.
        if self.by == self.reset.operator {
            return Err(Refusal::SecondAdminNeeded);
        }
        self.reset.decide(view)
    }
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

impl ConfirmOperator {
    fn keys(&self, keys: &mut Keys) {
        keys.operators.extend([&self.name, &self.on, &self.by].map(Text::clone));
    }

    fn decide(&self, view: &mut View, now: &Now) -> Result<Outcome, Refusal> {
        let known = view.operators.get(&self.name).map(|known| Operator::clone(known));
        let mut operator = known.ok_or(Refusal::OperatorUnknown)?;
        if OperatorToken::of_author(&self.by).is_some() {
            return Err(Refusal::ConsoleNeeded);
        }
        if !is_admin(view, &self.by, now) {
            return Err(Refusal::AdminNeeded);
        }
        if self.by == self.name || !are_independent(view, &self.by, &self.on, now) {
            return Err(Refusal::NotIndependent);
        }
        if operator.depends_on(now.at_ms).all(|known| known.on != self.on) {
            return Err(Refusal::NotDependent);
        }
        operator.depends_on.retain(|known| known.on != self.on);
        view.operators.put(Text::clone(&operator.name), operator);
        Ok(Outcome::Done)
    }
}

/// An audit line's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AuditId(pub i64);

/// Something that an operator did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditLine {
    /// Its number.
    pub id: AuditId,
    /// When, in milliseconds of Unix time.
    pub at_ms: i64,
    /// Who.
    pub by: Text,
    /// What, in one word.
    pub action: Text,
    /// With what: a number or name.
    pub subject: Text,
    /// More, for the reader; no secret.
    pub detail: Text,
}

/// What stands in an audit line beside who and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deed {
    /// One word.
    pub action: Text,
    /// A number or name.
    pub subject: Text,
    /// No secret.
    pub detail: Text,
}

/// Something that an operator does: the command, if it is one, and the line that tells of it, in one commit. What is refused leaves no line.
#[derive(Clone, Debug)]
pub struct Operate {
    /// Who.
    pub by: Text,
    /// What is written of it.
    pub deed: Deed,
    /// What is done; `None`: it is done elsewhere.
    pub command: Option<Box<AnyCommand>>,
    /// What it expects of the row that it replaces; `None`: it replaces none.
    pub precondition: Option<Precondition>,
    /// Most money that such commands create in a day; `None`: it is not counted.
    pub money_of_day: Option<Rial>,
}

impl AnyCommand {
    /// What is done.
    pub fn wanted(&self) -> &Self {
        match self {
            Self::Operate(Operate { command: Some(command), .. }) => command.wanted(),
            command => command,
        }
    }
}

impl Operate {
    pub(crate) fn keys(&self, now: &Now, rules: &Rules, keys: &mut Keys) {
        if let Some(command) = &self.command {
            command.keys(now, rules, keys);
        }
        keys.money_days.extend(self.counts().map(|_| now.date.long()));
    }

    /// The money that is counted, and most of a day.
    fn counts(&self) -> Option<(Rial, Rial)> {
        let created = self.command.as_ref().map_or(Rial::ZERO, |command| command.creates());
        self.money_of_day.filter(|_| created.is_positive()).map(|most| (created, most))
    }

    pub(crate) fn more_keys(&self, view: &View, now: &Now, rules: &Rules, keys: &mut Keys) {
        if let Some(command) = &self.command {
            command.more_keys(view, now, rules, keys);
        }
    }

    /// The row whose changed parts are named in the audit. Of operators the deed itself says what changes.
    fn replaced<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        let command = self.command.as_ref().filter(|command| !matches!(***command, AnyCommand::Operators(_)))?;
        command.replaces(view)
    }

    pub(crate) fn decide(&self, view: &mut View, now: &Now, rules: &Rules) -> Result<Outcome, Refusal> {
        if let (Some(precondition), Some(command)) = (&self.precondition, &self.command)
            && let Some(row) = command.replaces(view)
        {
            precondition.check(&row)?;
        }
        let before = self.replaced(view).map(|row| Version::of(&row));
        let counted = self.counts().map(|(created, most)| MoneyDay::and(created, most, view, now)).transpose()?;
        let outcome = self.command.as_ref().map_or(Ok(Outcome::Done), |command| command.decide(view, now, rules))?;
        if let Some(day) = counted {
            view.money_days.put(day.day, day);
        }
        let changed = before.and_then(|before| before.changed(&self.replaced(view)?));
        let (id, Deed { action, subject, detail }) = (AuditId(view.ids.take()), self.deed.clone());
        let detail = changed.map_or(detail.clone(), |parts| with_changed(&detail, parts));
        let (at_ms, by) = (now.at_ms, Text::clone(&self.by));
        view.audit_lines.put(id, AuditLine { id, at_ms, by, action, subject, detail });
        let version = |command: &AnyCommand| command.replaces(view).map(|row| Version::of(&row));
        Ok(match (&self.precondition, &self.command) {
            (Some(_), Some(command)) => Outcome::Replaced(Box::new(outcome), version(command)),
            (None, _) | (_, None) => outcome,
        })
    }
}

/// A detail with the names of what was changed. That of a gate says it already, in the words that `verify` reads; so does that of the close of day.
fn with_changed(detail: &Text, parts: Parts) -> Text {
    let names: Vec<_> =
        parts.iter().filter(|part| !matches!(part, Part::Gate | Part::DayClose)).map(Part::name).collect();
    match (names.is_empty(), detail.is_empty()) {
        (true, _) => Text::clone(detail),
        (false, true) => Text::from(format!("changed: {}", names.join(", "))),
        (false, false) => Text::from(format!("{detail}; changed: {}", names.join(", "))),
    }
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

impl ReleaseSuspense {
    fn keys(&self, keys: &mut Keys) {
        keys.released.push(self.transfer);
        keys.accounts.extend([SUSPENSE, self.account]);
    }

    /// Whether it can be done now.
    fn check(&self, view: &View) -> Result<(), Refusal> {
        if view.released.get(&self.transfer).is_some() {
            return Err(Refusal::ReleasedBefore);
        }
        let to = view.books.account(self.account).filter(|account| account.kind.is_a_customers());
        if to.is_none_or(|account| !account.gate.takes_credits()) {
            return Err(Refusal::DestinationNotUsable);
        }
        Ok(())
    }

    fn decide(&self, view: &mut View, now: &Now) -> Result<Outcome, Refusal> {
        self.check(view)?;
        let step = Step::Post { debit: SUSPENSE, credit: self.account, amount: self.amount };
        // Of no order: what an order's own transfers come to stays as it is.
        let by = apply(view, &[step], now, OrderId(0)).map_err(refusal_of)?[0];
        view.released.put(self.transfer, Released { transfer: self.transfer, by });
        Ok(Outcome::Done)
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
    fn keys(&self, keys: &mut Keys) {
        match self {
            Self::Resolve(act) => act.keys(keys),
            Self::Release(act) => act.keys(keys),
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

    fn more_keys(&self, view: &View, now: &Now, rules: &Rules, keys: &mut Keys) {
        match self {
            Self::Resolve(act) => act.more_keys(view, now, rules, keys),
            Self::Release(_) | Self::Operator(_) | Self::ResetFactor(_) | Self::MakeToken(_) => {}
        }
    }

    fn decide(&self, author: &Text, view: &mut View, now: &Now, rules: &Rules) -> Result<Outcome, Refusal> {
        match self {
            Self::Resolve(act) => act.decide(view, now, rules),
            Self::Release(act) => act.decide(view, now),
            Self::Operator(act) => act.decide(author, view, now),
            Self::ResetFactor(act) => act.decide(view),
            Self::MakeToken(act) => act.decide(author, view, now),
        }
    }

    /// Whether it could be done now: what cannot be done is not proposed.
    fn check(&self, view: &View) -> Result<(), Refusal> {
        match self {
            Self::Resolve(act) => act.check(view),
            Self::Release(act) => act.check(view),
            Self::Operator(act) => act.check(view),
            Self::ResetFactor(act) => act.check(view),
            Self::MakeToken(act) => act.check(view),
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
    fn check_seen(&self, view: &View) -> Result<(), Refusal> {
        let changed = self.seen.as_ref().zip(self.act.replaces(view)).and_then(|(seen, row)| seen.changed(&row));
        changed.map_or(Ok(()), |parts| Err(Refusal::Stale(parts)))
    }
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

impl Propose {
    fn keys(&self, keys: &mut Keys) {
        self.act.keys(keys);
        keys.author(&self.by);
    }

    fn decide(&self, view: &mut View, now: &Now) -> Result<Outcome, Refusal> {
        if self.act.needs_admin() && !is_admin(view, &self.by, now) {
            return Err(Refusal::AdminNeeded);
        }
        self.act.check(view)?;
        let Self { act, by, reason } = self.clone();
        let seen = act.replaces(view).map(|row| Version::of(&row));
        let id = ProposalId(view.ids.take());
        view.proposals.put(id, Proposal { id, act, by, reason, at_ms: now.at_ms, state: ProposalState::Open, seen });
        Ok(Outcome::Proposed(id))
    }
}

impl DecideProposal {
    fn keys(&self, keys: &mut Keys) {
        keys.proposals.push(self.proposal.id);
        keys.author(&self.by);
        keys.author(&self.proposal.by);
        self.proposal.act.keys(keys);
    }

    fn decide(&self, view: &mut View, now: &Now, rules: &Rules) -> Result<Outcome, Refusal> {
        let known = view.proposals.get(&self.proposal.id).map(|known| Proposal::clone(known));
        let known = known.ok_or(Refusal::ProposalUnknown)?;
        if known.state != ProposalState::Open {
            return Err(Refusal::ProposalDecided);
        }
        // This content was read; under the same number there may be another.
        let as_read = Proposal { state: known.state.clone(), ..Proposal::clone(&self.proposal) };
        if known != as_read {
            return Err(Refusal::ProposalUnknown);
        }
        let is_own = known.by == self.by;
        if OperatorToken::of_author(&self.by).is_some() && !(is_own && self.say == Say::No) {
            return Err(Refusal::ConsoleNeeded);
        }
        if known.act.needs_admin() && !is_own && !is_admin(view, &self.by, now) {
            return Err(Refusal::AdminNeeded);
        }
        let by = Text::clone(&self.by);
        let (state, outcome) = match self.say {
            Say::Yes if is_own => return Err(Refusal::OwnProposal),
            Say::Yes if role_of(view, &known.by, now) < Some(known.act.least_role()) => {
                return Err(Refusal::AuthorGone);
            }
            Say::Yes if !are_independent(view, &known.by, &self.by, now) => return Err(Refusal::NotIndependent),
            Say::Yes => {
                known.act.check(view)?;
                known.check_seen(view)?;
                let outcome = known.act.decide(&known.by, view, now, rules)?;
                (ProposalState::Approved(by, now.at_ms), outcome)
            }
            Say::No => (ProposalState::Rejected(by, now.at_ms), Outcome::Done),
        };
        view.proposals.put(known.id, Proposal { state, act: known.act.decided(), ..known });
        Ok(outcome)
    }
}

/// The verbs of operators among themselves.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each variant's type says it")]
pub enum OperatorVerb {
    Register(ChangeOperator),
    ResetFactor(ChangeFactor),
    MakeToken(MakeOperatorToken),
    RevokeToken(RevokeOperatorToken),
    PassFactor(PassFactor),
    Confirm(ConfirmOperator),
    Release(ReleaseSuspense),
    Propose(Propose),
    Decide(DecideProposal),
}

impl OperatorVerb {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        match self {
            Self::Register(verb) => verb.keys(keys),
            Self::ResetFactor(verb) => verb.keys(keys),
            Self::MakeToken(verb) => verb.keys(keys),
            Self::RevokeToken(verb) => verb.keys(keys),
            Self::PassFactor(verb) => verb.keys(keys),
            Self::Confirm(verb) => verb.keys(keys),
            Self::Release(verb) => verb.keys(keys),
            Self::Propose(verb) => verb.keys(keys),
            Self::Decide(verb) => verb.keys(keys),
        }
    }

    pub(crate) fn more_keys(&self, view: &View, now: &Now, rules: &Rules, keys: &mut Keys) {
        match self {
            Self::Decide(verb) => {
                keys.behind_author(&verb.proposal.by, view);
                verb.proposal.act.more_keys(view, now, rules, keys);
            }
            Self::Propose(verb) => keys.behind_author(&verb.by, view),
            Self::RevokeToken(verb) => keys.behind_author(&verb.by, view),
            Self::Register(_)
            | Self::ResetFactor(_)
            | Self::MakeToken(_)
            | Self::PassFactor(_)
            | Self::Confirm(_)
            | Self::Release(_) => {}
        }
    }

    pub(crate) fn decide(&self, view: &mut View, now: &Now, rules: &Rules) -> Result<Outcome, Refusal> {
        match self {
            Self::Register(verb) => verb.decide(view, now),
            Self::ResetFactor(verb) => verb.decide(view, now),
            Self::MakeToken(verb) => verb.decide(view, now),
            Self::RevokeToken(verb) => verb.decide(view, now),
            Self::PassFactor(verb) => verb.decide(view, now),
            Self::Confirm(verb) => verb.decide(view, now),
            Self::Release(verb) => verb.decide(view, now),
            Self::Propose(verb) => verb.decide(view, now),
            Self::Decide(verb) => verb.decide(view, now, rules),
        }
    }
}
