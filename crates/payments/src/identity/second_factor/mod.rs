//! The second factor of operators: one-time codes of a device (RFC 6238), and recovery codes.
//!
//! Shape: an operator has at most one [`SecondFactor`]. [`PassFactor`] completes a sign-in whose password was right. In one commit the session of the
//! password ends, the operator's session begins, and the code that proved the factor is used up.
//! Order of refusals: the session of the password, the factor, its proof.
//! Absent: the secret and the codes. The edge compares them.

mod change;
mod pass;
mod reset;
mod row;

pub use change::ChangeFactor;
pub use pass::{FactorProof, FactorRefusal, PassFactor};
pub use reset::FactorUnknown;
pub use row::{ResetFactor, SecondFactor};
