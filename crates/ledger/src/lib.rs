//! Double-entry bookkeeping.
//!
//! Shape: [`Books`] hold loaded accounts and pending transfers. A chain of [`Step`]s is applied whole or not at all; each step
//! becomes one [`Transfer`], which carries the balances of both its accounts after it.
//! Absent: clocks, I/O, serialisation, and any dependency. Instants are Unix milliseconds given by the caller.

mod account;
mod books;
mod chart;
mod refusal;
mod rial;
mod transfer;

pub use account::{Account, AccountId, AccountStatus, Balances};
pub use books::{Books, Savepoint, Step};
pub use chart::{AccountKind, Limit, Side};
pub use refusal::Refusal;
pub use rial::Rial;
pub use transfer::{Pending, PendingState, Transfer, TransferId, TransferKind};
