//! The hash chains over the audit and over the ledger.
//!
//! Shape: a [`Seal`] is a link: it covers all rows of its table from one number to another, and its hash rests on the hash of the link before it.
//! [`WriteSeal`] appends a link. What a link covers is read and hashed outside of any decision, by the store.
//! Absent: what the rows say. A link whose rows were changed is found by `daric verify`.

mod row;
mod write;

pub use row::{Chain, Seal, SealKey};
pub use write::{SealRefusal, WriteSeal};
