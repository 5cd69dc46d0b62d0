//! The row of a token of the operators' API; and its issue, as commands and proposals carry it.

use schema::{Json, table};

use crate::{Digest, Operator, Role, Text};

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
