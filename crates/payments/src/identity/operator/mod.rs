//! Operators of this server: their records and roles, and which of them may have acted under another's name.

mod alone;
mod author;
mod change;
mod confirm;
mod register;
mod registration;
mod row;

pub(crate) use alone::acts_alone;
pub use alone::{AdminRefusal, SecondAdmin};
pub use author::TOKEN_HOLDER;
pub(crate) use author::{are_independent, is_admin, role_of};
pub use change::ChangeOperator;
pub use confirm::{ConfirmOperator, ConfirmRefusal};
pub use register::RecordRefusal;
pub(crate) use register::versioned;
pub use registration::RegisterOperator;
pub use row::{DEPENDENT_MS, Dependency, Operator, Role};
