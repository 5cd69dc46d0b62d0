//! Double-entry rules.
//!
//! Shape: [`Books`] hold loaded accounts and pending transfers; a chain of [`Step`]s either all happen or none does, and
//! each becomes one [`Transfer`] with the balances of both its accounts after it.
//! Absent: clocks, I/O, serialisation, and any dependency. Instants are milliseconds given by the caller.

mod account;
mod books;
mod chart;
mod refusal;
mod rial;
mod transfer;

pub use account::{Account, AccountId, Balances, Gate};
pub use books::{Books, Savepoint, Step};
pub use chart::{AccountKind, Limit, Side};
pub use refusal::Refusal;
pub use rial::Rial;
pub use transfer::{Pending, PendingState, Transfer, TransferId, TransferKind};
