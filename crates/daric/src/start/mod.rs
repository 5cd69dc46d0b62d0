//! The first minute of a sandbox: `/`, a page for browsers and JSON for programs, and what a terminal shows below the ready line. Absent in
//! production.
//!
//! Shape: [`Start`] has the addresses ([`Links`]) of a sandbox as its caller reaches it; `page.rs` and `banner.rs` show them; `examples.rs` has the
//! programs to copy, which a test runs.

pub mod banner;
mod examples;
mod links;
mod page;

pub use links::{AdminPort, OperatorToken, Start, World, reachable};
pub use page::{missing, router};
