//! The row of a second factor, and its removal as commands and proposals carry it.

use schema::{Json, table};

use crate::{Digest, Text};

/// The device and recovery codes that an operator signs in with, in addition to its password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SecondFactor {
    /// The operator.
    pub operator: Text,
    /// The secret that the device shares, encrypted.
    pub sealed: Vec<u8>,
    /// Random number of the device. Sessions depend on it, so that a new device ends them.
    pub version: i64,
    /// The last accepted time step of 30 seconds: its code and older ones are refused.
    pub last_step: i64,
    /// Keyed hashes of the recovery codes that are not used yet.
    pub recovery: Vec<Digest>,
}

/// Removes an operator's second factor: at its next sign-in the operator enrols a new device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResetFactor {
    /// The operator.
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
