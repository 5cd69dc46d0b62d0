//! Tests of decisions through their public interface: commands on rows in memory.
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

mod memory;

mod alerts;
mod card_attempts;
mod charges;
mod consents;
mod gateway;
mod holds;
mod invoices_model;
mod jobs;
mod log_in;
mod looks;
mod messages;
mod pay_codes;
mod phone;
mod refunds;
mod savepoints;
mod settlement;
mod submissions;
mod submit;
mod versions;
