//! The second factor of operators: codes of a device (RFC 6238), and recovery codes.
//!
//! Shape: an operator has one [`SecondFactor`] at most. [`PassFactor`] ends a sign-in whose password was right: the session that the password began
//! goes, the operator's session begins, and what has proved the factor is used up, in one commit.
//! Order of refusals: the session of the password, the factor, its proof.
//! Absent: the secret and the codes. They are compared at the edge.

use crate::audit::AuditEntry;
use crate::view::{Denial, Keys, View};
use crate::{At, BeginSession, Command, Digest, Text};
use schema::{Json, table};

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

/// What proves the second factor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FactorProof {
    /// A device that is enrolled by this; its first code is of [`SecondFactor::last_step`].
    Enrolled(SecondFactor),
    /// A code of the device.
    Code {
        /// [`SecondFactor::version`] of the device.
        version: i64,
        /// The step that the code is of.
        step: i64,
    },
    /// A recovery code.
    RecoveryCode {
        /// [`SecondFactor::version`] of the device in whose place it stands.
        version: i64,
        /// Its keyed hash.
        hash: Digest,
    },
}

/// Why a second factor does not end a sign-in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FactorRefusal {
    /// The code was used, or is of another device, or the password was shown too long ago.
    FactorInvalid,
    /// The operator has a second factor.
    FactorExists,
}

/// See the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PassFactor {
    /// Who.
    pub operator: Text,
    /// By what.
    pub proof: FactorProof,
    /// Keyed hash of the session that the password began.
    pub password_session: Digest,
    /// The session that begins.
    pub begin: BeginSession,
}

impl Command for PassFactor {
    type Done = ();
    type Refusal = FactorRefusal;
    const NAME: &'static str = "PassFactor";

    fn keys(&self, at: At<'_>, keys: &mut Keys) {
        keys.second_factors.push(Text::clone(&self.operator));
        keys.browser_sessions.push(self.password_session);
        self.begin.keys(at, keys);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<FactorRefusal>> {
        let session = view.browser_sessions.get(&self.password_session);
        session.filter(|session| now.at_ms < session.ends_at_ms).ok_or(FactorRefusal::FactorInvalid)?;
        let known = view.second_factors.get(&self.operator).map(|known| SecondFactor::clone(known));
        let factor = match (&self.proof, known) {
            (FactorProof::Enrolled(_), Some(_)) => return Err(FactorRefusal::FactorExists.into()),
            (FactorProof::Enrolled(factor), None) => factor.clone(),
            (FactorProof::Code { version, step }, Some(known))
                if *version == known.version && known.last_step < *step =>
            {
                SecondFactor { last_step: *step, ..known }
            }
            (FactorProof::RecoveryCode { version, hash }, Some(known))
                if *version == known.version && known.recovery.contains(hash) =>
            {
                let recovery = known.recovery.iter().filter(|known| *known != hash).copied().collect();
                SecondFactor { recovery, ..known }
            }
            (FactorProof::Code { .. } | FactorProof::RecoveryCode { .. }, _) => {
                return Err(FactorRefusal::FactorInvalid.into());
            }
        };
        view.second_factors.put(Text::clone(&self.operator), factor);
        view.browser_sessions.remove(self.password_session);
        self.begin.begin(view, now);
        Ok(())
    }
}

impl PassFactor {
    /// What the audit says of the factor, where it says more than that the operator has signed in.
    pub fn entry(&self) -> AuditEntry {
        let proof = match &self.proof {
            FactorProof::Enrolled(_) => "enrolled",
            FactorProof::Code { .. } => "code",
            FactorProof::RecoveryCode { .. } => "recovery code",
        };
        AuditEntry::new("second factor", &self.operator, proof)
    }
}

/// The operator has no second factor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FactorUnknown;

/// Takes an operator's second factor away: it enrols another device when it signs in again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResetFactor {
    /// Whose.
    pub operator: Text,
}

impl ResetFactor {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        keys.second_factors.push(Text::clone(&self.operator));
    }

    /// Whether it can be done now.
    pub(crate) fn check(&self, view: &View) -> Result<(), FactorUnknown> {
        view.second_factors.get(&self.operator).map(|_| ()).ok_or(FactorUnknown)
    }

    pub(crate) fn reset(&self, view: &mut View) -> Result<(), FactorUnknown> {
        self.check(view)?;
        view.second_factors.remove(Text::clone(&self.operator));
        Ok(())
    }
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
