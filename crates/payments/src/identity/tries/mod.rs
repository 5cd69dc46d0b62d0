//! Limits on guessing a secret: wrong tries, counted by the keyed hash of a name, a number or an address, and the locks that follow.
//!
//! A try of a password is counted before the password is compared, under the name as it was typed, whether or not that name exists. So parallel
//! guesses get no more tries than sequential ones, and a lock does not reveal which names exist. A right password gives its try back.
//! Absent: the passwords and codes themselves. The edge compares them, or they are compared as hashes.

mod ceiling;
mod known_address;
mod row;
mod standing;
mod take;

pub use ceiling::Ceiling;
pub use known_address::{ADDRESS_KNOWN_MS, KnownAddress};
pub use row::{Locked, Tries};
pub(crate) use standing::forget;
pub use take::{TakeTry, TryClock};
