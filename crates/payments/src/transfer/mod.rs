//! Bank transfers: submitting, settling a cycle, deciding what is undecided, and what comes back.

mod refusal;
mod resolve;
mod returning;
mod settle;
mod submit;
mod wanted;

pub use refusal::{Field, NotAccepted, OrderRefusal, Submitted};
pub(crate) use resolve::contradicts;
pub use resolve::{ResolveOrder, ResolveRefusal};
pub use returning::{ReturnOrder, ReturnRefusal};
pub(crate) use settle::{Progress, SettleCycle};
pub use submit::{Ends, Given, NameField, SubmitTransfer};
pub(crate) use submit::{decide_later, ref_code};
pub use wanted::Wanted;
