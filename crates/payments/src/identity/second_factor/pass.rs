//! Ending a sign-in by a second factor.

use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, BeginSession, Command, Digest, SecondFactor, Text};

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
