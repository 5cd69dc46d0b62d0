//! Operators: who may look at the house and change it, and who may have acted under whose name.

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
