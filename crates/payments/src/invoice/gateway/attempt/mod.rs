//! A payment by a card of another bank. It is written first, with all that it holds; then its network is asked, outside any transaction
//! (invariant 7).
//!
//! ```text
//!            ┌──────────────► approved   its money is the shop's, or waits to be verified
//!  asked ────┼──► unknown ──► declined   what was held is released, and the payer may try again
//!            └──────┴───────► not taken  the same: the network does not have it, or an operator has decided so
//! ```
//! Shape: [`begin`](begin::begin) is commit 1, and [`ReportAuthorization`] commit 2. Commit 1 fixes what voucher and credit pay: the voucher is
//! reserved without an end, the credit is spent, and its money is held by pending transfers. Commit 2 posts all of it, or releases it.
//! The row has no card data but a keyed hash of the number. The process that has the rest in memory authorizes once; all others only inquire.
//! Absent: calling the network, which the engine's workers do.

mod begin;
mod decide;
mod report;
mod resolution;
mod resolve;
mod row;

pub use begin::AttemptTerms;
pub(super) use begin::{Beginning, begin};
pub use report::{AuthorizationReported, ReportAuthorization};
pub use resolution::ResolveCardAttempt;
pub use resolve::ResolveCardRefusal;
pub use row::{AttemptCode, CardAttempt, CardAttemptId, CardAttemptState, HeldLeg};
