//! Bank transfers: submitting, settling a cycle, deciding what is undecided, and what comes back.

mod refusal;
mod resolve;
mod returning;
mod settle;
mod submit;
mod wanted;

pub use refusal::{Field, NotAccepted, OrderRefusal, Submitted};
pub use resolve::ResolveOrder;
pub(crate) use resolve::contradicts;
pub use returning::ReturnOrder;
pub(crate) use settle::{Progress, SettleCycle};
pub use submit::{Ends, Given, NameField, SubmitTransfer};
pub(crate) use submit::{decide_later, ref_code};
pub use wanted::Wanted;
