//! Finnotech's bodies, replies, error table and scopes (finnotech.md).

pub mod cards;
pub mod charge_codes;
pub mod envelope;
pub mod errors;
pub mod replies;
pub mod scopes;
pub mod transfer_to;
