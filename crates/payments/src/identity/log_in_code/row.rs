//! The row of a code that logs a party in.

use schema::{Corrupt, corrupt, table};

use crate::{Digest, PartyId};

/// Lifetime of a log-in code, in milliseconds.
pub const LOG_IN_CODE_MS: i64 = 300_000;

/// The window in which the codes of a number are counted, in milliseconds: ten minutes.
pub(super) const CODES_MS: i64 = 600_000;

/// A log-in code of a party, sent to its mobile number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LogInCode {
    /// Keyed hash of the number.
    pub mobile: Digest,
    /// The party that logs in with it.
    pub party: PartyId,
    /// Keyed hash of the code; `None`: the code was used.
    pub hash: Option<Digest>,
    /// When it was sent, in milliseconds of Unix time.
    pub at_ms: i64,
    /// When the window of `sent` began, in milliseconds of Unix time.
    pub since_ms: i64,
    /// Codes that were sent in that window.
    pub sent: i64,
}

impl LogInCode {
    /// When neither the code nor the count of codes has an effect any more, in milliseconds of Unix time.
    pub fn forgotten_at_ms(&self) -> i64 {
        self.at_ms.saturating_add(LOG_IN_CODE_MS).max(self.since_ms.saturating_add(CODES_MS))
    }
}

table! {
    LogInCode = "log_in_code",
    key |k: Digest| { mobile: *k },
    of |r| r.mobile,
    row |r| {
        mobile: r.mobile, party: r.party, hash: r.hash, at_ms: r.at_ms, since_ms: r.since_ms, sent: r.sent,
        forgotten_at_ms: r.forgotten_at_ms(),
    },
    make log_in_code(LogInCode { mobile, party, hash, at_ms, since_ms, sent }, forgotten_at_ms)?
}

fn log_in_code(code: LogInCode, forgotten_at_ms: i64) -> Result<LogInCode, Corrupt> {
    if code.forgotten_at_ms() == forgotten_at_ms {
        Ok(code)
    } else {
        Err(corrupt("log_in_code", "it is forgotten at another time than it says"))
    }
}
