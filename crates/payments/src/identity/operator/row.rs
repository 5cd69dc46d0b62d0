//! The row of an operator.

use schema::{Json, codes, table};
use serde::{Deserialize, Serialize};

use crate::Text;

/// What an operator may do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Reports payments at shops' terminals, and does nothing else; may not read.
    Acquirer,
    /// Reads.
    Viewer,
    /// Reads, and does the daily work.
    Operator,
    /// Does all of that, and decides about operators.
    Admin,
}

impl Role {
    /// The name of the role in requests, replies and audit lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Acquirer => "acquirer",
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// Whether it may report payments at terminals: the acquirer and the admin may.
    pub fn reports_pos(self) -> bool {
        matches!(self, Self::Acquirer | Self::Admin)
    }

    /// The role of a token of this role that belongs to an operator of another role: the lesser of the two. `None`: no role in common, because
    /// viewers and operators do not have the acquirer's rights.
    #[must_use]
    pub fn within(self, bound: Self) -> Option<Self> {
        let least = self.min(bound);
        (least != Self::Acquirer || (self.reports_pos() && bound.reports_pos())).then_some(least)
    }
}

/// An operator of this server: a person who runs it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operator {
    /// Unique among operators.
    pub name: Text,
    /// Argon2 hash; empty: the operator cannot log in.
    pub password: String,
    /// The operator's role.
    pub role: Role,
    /// A disabled operator may do nothing.
    pub disabled: bool,
    /// When the operator was registered, or last enabled again, in milliseconds of Unix time.
    pub since_ms: i64,
    /// Names that may know the password: the author who set it, and those on which that author depended.
    pub depends_on: Vec<Dependency>,
}

/// How long one operator depends on another, in milliseconds: 30 days.
pub const DEPENDENT_MS: i64 = 30 * 86_400_000;

/// Another name that may have acted under an operator's name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dependency {
    /// Name of the operator or token that may know the password.
    pub on: Text,
    /// When the password was set, in milliseconds of Unix time. The dependency ends [`DEPENDENT_MS`] later.
    pub at_ms: i64,
}

impl Operator {
    /// The dependencies that still count at this time.
    pub fn depends_on(&self, now_ms: i64) -> impl Iterator<Item = &Dependency> {
        self.depends_on.iter().filter(move |known| now_ms < known.at_ms.saturating_add(DEPENDENT_MS))
    }

    /// Whether it is an enabled admin.
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

/// Name and time of a dependency, as the database has them.
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
