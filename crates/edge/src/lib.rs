//! HTTP plumbing that all dialects share.
//!
//! Shape: [`observe::observe`] handles a request from its bytes to its log line, by way of [`body`] (reads it whole, within limits), [`intake`]
//! (checks that it is valid text), [`cors`], the [`request_log`] and [`strict`] mode; what [`struck`] a request is noted on the way. [`Edge`] is the state that handlers of all dialects share.
//! A dialect describes itself to this crate as a [`dialect::Dialect`]: its paths, how it reads bodies, how it words errors outside its handlers.
//! Absent: every dialect, pages, the sandbox, SQL.

mod app;
pub mod basic;
pub mod body;
pub mod budget;
pub mod card_payments;
pub mod connections;
pub mod cors;
pub mod dialect;
mod edge;
pub mod form;
pub mod head;
pub mod intake;
pub mod key_ring;
pub mod large;
mod logo_path;
pub mod long_poll;
mod mac;
pub mod metric_help;
pub mod mode;
pub mod observe;
pub mod origins;
pub mod passwords;
pub mod payer_card_settings;
pub mod peer;
pub mod random;
pub mod rate_limiter;
pub mod refused;
pub mod reply;
pub mod request_log;
pub mod secrets;
pub mod site_code;
pub mod spans;
pub mod strict;
pub mod struck;
pub mod to_its_end;

pub use app::App;
pub use edge::{Edge, Shared};
pub use logo_path::logo_path;
pub use mode::{Mode, Reset, Security};
