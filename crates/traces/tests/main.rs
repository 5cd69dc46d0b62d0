//! Traces as a collector gets them: what a span says, what it never says, and what happens when the collector does not take it.
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

mod collector;
mod losses;
mod spans;
