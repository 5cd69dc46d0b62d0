//! The second factor of operators: codes of a device (RFC 6238), and recovery codes.
//!
//! Shape: an operator has one [`SecondFactor`] at most. [`PassFactor`] ends a sign-in whose password was right: the session that the password began
//! goes, the operator's session begins, and what has proved the factor is used up, in one commit.
//! Order of refusals: the session of the password, the factor, its proof.
//! Absent: the secret and the codes. They are compared at the edge.

mod change;
mod pass;
mod reset;
mod row;

pub use change::ChangeFactor;
pub use pass::{FactorProof, FactorRefusal, PassFactor};
pub use reset::FactorUnknown;
pub use row::{ResetFactor, SecondFactor};
