//! The row of an operator.

use schema::{Json, codes, table};
use serde::{Deserialize, Serialize};

use crate::Text;

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
    pub(super) fn is_admin(&self) -> bool {
        self.role == Role::Admin && !self.disabled
    }
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
