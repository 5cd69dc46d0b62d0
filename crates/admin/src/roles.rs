//! Roles of operators, and the refusals for a role or author that does not suffice.

use payments::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::Problem;

/// What an operator may do.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RoleName {
    /// Tell of payments at terminals, and nothing else.
    Acquirer,
    /// Look.
    Viewer,
    /// Look, and do the daily work.
    Operator,
    /// All of that, and say who else may.
    Admin,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Acquirer => Self::Acquirer,
            RoleName::Viewer => Self::Viewer,
            RoleName::Operator => Self::Operator,
            RoleName::Admin => Self::Admin,
        }
    }
}

impl From<Role> for RoleName {
    fn from(role: Role) -> Self {
        match role {
            Role::Acquirer => Self::Acquirer,
            Role::Viewer => Self::Viewer,
            Role::Operator => Self::Operator,
            Role::Admin => Self::Admin,
        }
    }
}

/// The refusal if an admin is needed.
pub fn admin_needed() -> Problem {
    Problem::conflict("id", "only an admin may do this")
}

/// The refusal if an operator of the console is needed.
pub fn console_needed() -> Problem {
    Problem::conflict("id", "an operator of the console has to decide it: a token only proposes")
}

/// The refusal if one person may be behind both names.
pub fn not_independent() -> Problem {
    Problem::conflict(
        "id",
        "within 30 days one of the two set the password of the other, or a third one of both: an independent admin has to confirm the operator first",
    )
}
