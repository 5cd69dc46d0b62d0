//! HTTP plumbing that every dialect shares.
//!
//! Shape: [`observe::observe`] takes a request from its bytes to its line in the log; in between stand [`body`] (read whole, within limits),
//! [`intake`] (texts that are texts), [`cors`], the [`request_log`] and [`strict`] mode. [`Edge`] is what handlers of all dialects have in common.
//! A dialect describes itself to this crate as a [`dialect::Dialect`]: its paths, how it reads bodies, how it words what reaches no handler.
//! Absent: every dialect, pages, the sandbox, SQL.

pub mod basic;
pub mod body;
pub mod budget;
pub mod cards;
pub mod connections;
pub mod cors;
pub mod dialect;
mod edge;
pub mod form;
pub mod head;
pub mod intake;
pub mod key_ring;
pub mod large;
mod mac;
pub mod metric_help;
pub mod mode;
pub mod observe;
pub mod origins;
pub mod pace;
pub mod passwords;
pub mod payer_cards;
pub mod peer;
pub mod random;
pub mod refused;
pub mod reply;
pub mod request_log;
pub mod secrets;
pub mod strict;
pub mod to_its_end;

pub use edge::{Edge, Shared};
pub use mode::{Mode, Reset, Security};
