//! Browser sessions: parties on POD's pages, operators in their console (pod.md 2.2).

mod begin;
mod end;
mod keep;
mod row;

pub use begin::BeginSession;
pub(crate) use begin::begin;
pub use end::EndSession;
pub use keep::KeepSession;
pub use row::{BrowserSession, Visitor};
