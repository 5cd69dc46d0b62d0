//! Suspense: money whose destination takes no credits, and its release to an account.

mod release;
mod row;

pub use release::ReleaseRefusal;
pub use row::{ReleaseSuspense, Released};
