//! Money that has no account to go to, and giving it to whose it is.

mod release;
mod row;

pub use release::ReleaseRefusal;
pub use row::{ReleaseSuspense, Released};
