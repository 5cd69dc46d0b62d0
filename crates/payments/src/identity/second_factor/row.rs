//! The row of a second factor; and its reset, as commands and proposals carry it.

use schema::{Json, table};

use crate::{Digest, Text};

/// What an operator signs in with, beside its password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SecondFactor {
    /// Whose.
    pub operator: Text,
    /// The secret that the device has, too, encrypted.
    pub sealed: Vec<u8>,
    /// Random; sessions rest on it, so that another device ends them.
    pub version: i64,
    /// The last step of 30 seconds whose code was taken: neither its code nor an older one is taken again.
    pub last_step: i64,
    /// Keyed hashes of the recovery codes that were not used.
    pub recovery: Vec<Digest>,
}

/// Takes an operator's second factor away: it enrols another device when it signs in again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResetFactor {
    /// Whose.
    pub operator: Text,
}

table! {
    SecondFactor = "second_factor",
    key |k: Text| { operator: *k },
    of |r| Text::clone(&r.operator),
    row |r| {
        operator: r.operator, sealed: r.sealed, version: r.version, last_step: r.last_step,
        recovery: Json::list(r.recovery.iter().map(|hash| hash.0)),
    },
    make SecondFactor { operator, sealed, version, last_step, recovery: digests(recovery) }
}

fn digests(Json(hashes): Json<Vec<[u8; 32]>>) -> Vec<Digest> {
    hashes.into_iter().map(Digest).collect()
}
