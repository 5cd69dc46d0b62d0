//! Named tokens of the operator's API.
//!
//! Shape: an [`OperatorToken`] has a name for ever and a role; it may belong to an operator, whose role bounds its own. It ends by itself, or is
//! revoked. In the audit it is `api:` and its name.
//! Who has made a token may have kept it: the two are one where two are needed, for as long as the token lives.
//! Absent: the token itself. It is compared as a hash.

use crate::audit::{AuditEntry, OperatorCommand};
use crate::operator::{Role, SecondAdmin, acts_alone, is_admin};
use crate::view::{Denial, Keys, View};
use crate::{AdminRefusal, At, Command, Digest, Now, Operator, Text};
use schema::{Json, table};

/// What the names of tokens begin with where they stand beside those of operators.
pub const TOKEN_AUTHOR: &str = "api:";

/// See the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OperatorToken {
    /// One of all tokens, also of those that have ended.
    pub name: Text,
    /// Its keyed hash.
    pub hash: Digest,
    /// What it may do.
    pub role: Role,
    /// The operator that it belongs to.
    pub operator: Option<Text>,
    /// Who made it; where that was a token, that token and who made it.
    pub made_by: Vec<Text>,
    /// When it was made, in milliseconds of Unix time.
    pub at_ms: i64,
    /// When it ends, in milliseconds of Unix time.
    pub ends_at_ms: i64,
    /// When it was revoked, in milliseconds of Unix time.
    pub revoked_at_ms: Option<i64>,
}

impl OperatorToken {
    /// The author of what is done with it.
    pub fn author(&self) -> Text {
        Text::from(format!("{TOKEN_AUTHOR}{}", self.name))
    }

    /// The name of the token that is an author.
    pub fn of_author(author: &str) -> Option<Text> {
        author.strip_prefix(TOKEN_AUTHOR).map(Text::from)
    }

    /// Whether it is neither revoked nor at its end.
    pub fn is_alive(&self, now_ms: i64) -> bool {
        self.revoked_at_ms.is_none() && now_ms < self.ends_at_ms
    }

    /// What it may do, by the record of the operator that it belongs to; `None`: nothing.
    pub fn role(&self, operator: Option<&Operator>, now_ms: i64) -> Option<Role> {
        let bound = match (&self.operator, operator) {
            (None, _) => Some(Role::Admin),
            (Some(_), Some(operator)) if !operator.disabled => Some(operator.role),
            (Some(_), _) => None,
        };
        bound.filter(|_| self.is_alive(now_ms)).and_then(|bound| self.role.within(bound))
    }

    /// The operators and tokens that may act with it.
    pub(crate) fn holders(&self) -> impl Iterator<Item = &Text> {
        self.made_by.iter().chain(&self.operator)
    }
}

/// Why a token of the operator's API is not made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OperatorTokenRefusal {
    /// A token of that name exists, or existed.
    OperatorTokenExists,
    /// The operator that it belongs to does not exist, or is disabled.
    OperatorUnknown,
}

/// Makes a token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssueOperatorToken {
    /// Its name.
    pub name: Text,
    /// Its keyed hash.
    pub hash: Digest,
    /// What it may do.
    pub role: Role,
    /// The operator that it belongs to.
    pub operator: Option<Text>,
    /// How long it is good, in milliseconds.
    pub life_ms: i64,
}

impl IssueOperatorToken {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.operator_tokens.push(Text::clone(&self.name));
        keys.operators.extend(self.operator.clone());
    }

    /// Whether it can be done now.
    pub(crate) fn check(&self, view: &View) -> Result<(), OperatorTokenRefusal> {
        if view.operator_tokens.get(&self.name).is_some() {
            return Err(OperatorTokenRefusal::OperatorTokenExists);
        }
        let belongs = self.operator.as_ref().map(|name| view.operators.get(name));
        if belongs.is_some_and(|known| known.is_none_or(|known| known.disabled)) {
            return Err(OperatorTokenRefusal::OperatorUnknown);
        }
        Ok(())
    }

    /// Does it for `author`, who has the token.
    pub(crate) fn issue(&self, author: &Text, view: &mut View, now: &Now) -> Result<(), OperatorTokenRefusal> {
        self.check(view)?;
        let by_token = OperatorToken::of_author(author).and_then(|name| view.operator_tokens.get(&name));
        let others = by_token.map_or_else(Vec::new, |token| token.holders().cloned().collect());
        let Self { name, hash, role, operator, life_ms } = self.clone();
        let made_by = std::iter::once(Text::clone(author)).chain(others).collect();
        let ends_at_ms = now.at_ms.saturating_add(life_ms);
        let token =
            OperatorToken { name, hash, role, operator, made_by, at_ms: now.at_ms, ends_at_ms, revoked_at_ms: None };
        view.operator_tokens.put(Text::clone(&self.name), token);
        Ok(())
    }

    /// What the audit says of it.
    pub(crate) fn entry(&self) -> AuditEntry {
        let of = self.operator.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
        let detail = format!("{:?}{of}, {} days", self.role, self.life_ms / 86_400_000);
        AuditEntry::new("api token", &self.name, &detail)
    }
}

/// Makes a token without a second admin, as [`crate::ChangeOperator`] changes a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MakeOperatorToken {
    /// What.
    pub issue: IssueOperatorToken,
    /// Who.
    pub by: Text,
    /// The names of all operators, as they were read: admins among them are counted in the decision.
    pub known: Vec<Text>,
    /// Whether a second one is needed where there is one.
    pub second: SecondAdmin,
}

impl Command for MakeOperatorToken {
    type Done = ();
    type Refusal = AdminRefusal<OperatorTokenRefusal>;
    const NAME: &'static str = "MakeOperatorToken";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        self.issue.keys(keys);
        keys.operators.push(Text::clone(&self.by));
        keys.operators.extend(self.known.iter().cloned());
    }

    fn decide(
        &self,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<(), Denial<AdminRefusal<OperatorTokenRefusal>>> {
        acts_alone(view, &self.by, &self.known, self.second, now)?;
        Ok(self.issue.issue(&self.by, view, now).map_err(AdminRefusal::Refused)?)
    }
}

impl OperatorCommand for MakeOperatorToken {
    fn entry(&self) -> AuditEntry {
        self.issue.entry()
    }
}

/// Why a token is not ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RevokeRefusal {
    /// Only an admin may do it.
    AdminNeeded,
    /// There is no such token, or it has ended.
    OperatorTokenUnknown,
}

/// Ends a token at once. An admin does it alone: it takes rights away.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RevokeOperatorToken {
    /// Which.
    pub name: Text,
    /// Who.
    pub by: Text,
}

impl Command for RevokeOperatorToken {
    type Done = ();
    type Refusal = RevokeRefusal;
    const NAME: &'static str = "RevokeOperatorToken";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.operator_tokens.push(Text::clone(&self.name));
        keys.author(&self.by);
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        keys.behind_author(&self.by, view);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<RevokeRefusal>> {
        if !is_admin(view, &self.by, now) {
            return Err(RevokeRefusal::AdminNeeded.into());
        }
        let known = view.operator_tokens.get(&self.name).map(|known| OperatorToken::clone(known));
        let known = known.filter(|known| known.is_alive(now.at_ms)).ok_or(RevokeRefusal::OperatorTokenUnknown)?;
        let token = OperatorToken { revoked_at_ms: Some(now.at_ms), ..known };
        view.operator_tokens.put(Text::clone(&self.name), token);
        Ok(())
    }
}

impl OperatorCommand for RevokeOperatorToken {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("revoke api token", &self.name, "")
    }
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
