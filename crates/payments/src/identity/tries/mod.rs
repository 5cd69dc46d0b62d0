//! How often a secret may be guessed: wrong tries by keyed hash of a name, a number or an address, and what they lock.
//!
//! Tries are counted before a password is looked at, by what was typed for a name, whether anybody has it or not: so many guesses at once have
//! no more of them than one after another, and nobody learns from a lock who is there. A right password gives the tries back.
//! Absent: passwords and codes themselves; they are compared at the edge, or as hashes.

mod ceiling;
mod known_address;
mod row;
mod standing;
mod take;

pub use ceiling::Ceiling;
pub use known_address::{ADDRESS_KNOWN_MS, KnownAddress};
pub use row::{Locked, Tries};
pub(crate) use standing::forget;
pub use take::TakeTry;
