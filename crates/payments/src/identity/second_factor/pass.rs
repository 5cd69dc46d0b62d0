//! Completing a sign-in by a second factor.

use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, BeginSession, Command, Digest, SecondFactor, Text};

/// What proves the second factor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FactorProof {
    /// A device that this sign-in enrols; [`SecondFactor::last_step`] is the step of its first code.
    Enrolled(SecondFactor),
    /// A one-time code of the device.
    Code {
        /// [`SecondFactor::version`] of the device.
        version: i64,
        /// The time step of the code.
        step: i64,
    },
    /// A recovery code.
    RecoveryCode {
        /// [`SecondFactor::version`] of the device that it stands in for.
        version: i64,
        /// Keyed hash of the recovery code.
        hash: Digest,
    },
}

/// Why a second factor does not complete a sign-in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FactorRefusal {
    /// The code was used before or is of another device, there is no factor, or the session of the password has ended.
    FactorInvalid,
    /// The operator already has a second factor.
    FactorExists,
}

/// Completes a sign-in by a second factor. See the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PassFactor {
    /// The operator that signs in.
    pub operator: Text,
    /// What proves the factor.
    pub proof: FactorProof,
    /// Keyed hash of the session that began with the password.
    pub password_session: Digest,
    /// The operator's session, which begins.
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

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<(), Denial<FactorRefusal>> {
        let session = view.browser_sessions.get(&self.password_session);
        session.filter(|session| at.machine_ms < session.ends_at_ms).ok_or(FactorRefusal::FactorInvalid)?;
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
        self.begin.begin(view, at);
        Ok(())
    }
}

impl PassFactor {
    /// The audit entry of the factor, where there is more to note than the sign-in.
    pub fn entry(&self) -> AuditEntry {
        let proof = match &self.proof {
            FactorProof::Enrolled(_) => "enrolled",
            FactorProof::Code { .. } => "code",
            FactorProof::RecoveryCode { .. } => "recovery code",
        };
        AuditEntry::new("second factor", &self.operator, proof)
    }
}
