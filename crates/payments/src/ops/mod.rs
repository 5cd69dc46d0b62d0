//! What operators do and what leaves the process: approvals by two, versions of what is changed, the audit, messages and due work.

pub(crate) mod approval;
mod version;

pub use version::{Part, Parts, Precondition, Version, VersionRefusal, Versioned};
