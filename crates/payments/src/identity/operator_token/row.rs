//! The row of a token of the operators' API, and its issue as commands and proposals carry it.

use schema::{Json, table};

use crate::{Digest, Operator, Role, Text};

/// Prefix of tokens' names where they are used beside those of operators.
pub const TOKEN_AUTHOR: &str = "api:";

/// A token of the operators' API. See the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OperatorToken {
    /// Unique among all tokens, ended ones included.
    pub name: Text,
    /// Keyed hash of the token.
    pub hash: Digest,
    /// Its role, which that of its operator bounds.
    pub role: Role,
    /// The operator that it belongs to; `None`: it belongs to no operator.
    pub operator: Option<Text>,
    /// The author who issued it; if that was a token, that token and its holders.
    pub made_by: Vec<Text>,
    /// When it was issued, in milliseconds of Unix time.
    pub at_ms: i64,
    /// When it expires, in milliseconds of Unix time.
    pub ends_at_ms: i64,
    /// When it was revoked, in milliseconds of Unix time.
    pub revoked_at_ms: Option<i64>,
}

impl OperatorToken {
    /// The author's name of commands that come with this token.
    pub fn author(&self) -> Text {
        Text::from(format!("{TOKEN_AUTHOR}{}", self.name))
    }

    /// The name of the token that an author's name stands for; `None`: the author is not a named token.
    pub fn of_author(author: &str) -> Option<Text> {
        author.strip_prefix(TOKEN_AUTHOR).map(Text::from)
    }

    /// Whether it is neither revoked nor expired.
    pub fn is_alive(&self, now_ms: i64) -> bool {
        self.revoked_at_ms.is_none() && now_ms < self.ends_at_ms
    }

    /// Its role now, bounded by the record of the operator that it belongs to; `None`: it may do nothing.
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

/// Issues a token of the operators' API.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssueOperatorToken {
    /// Its name.
    pub name: Text,
    /// Keyed hash of the token.
    pub hash: Digest,
    /// The token's role.
    pub role: Role,
    /// The operator that it belongs to; `None`: it belongs to no operator.
    pub operator: Option<Text>,
    /// Lifetime in milliseconds.
    pub life_ms: i64,
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
