//! Sending a log-in code to a party's mobile number.

use std::sync::Arc;

use super::row::CODES_MS;
use crate::ops::message::write_code;
use crate::view::{Denial, Keys, View};
use crate::window::Window;
use crate::{At, Command, Digest, Locked, LogInCode, MessageId, PartyId, Text, Tries};

/// Most codes that a number is sent in [`CODES_MS`].
const CODES: i64 = 3;

/// Writes a log-in code and the message that it is sent with. Refused when too many codes were sent, or too many wrong ones were tried.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskLogInCode {
    /// Keyed hash of the mobile number.
    pub mobile: Digest,
    /// The number: `09` and nine digits.
    pub to: Text,
    /// The party that has this number.
    pub party: PartyId,
    /// Keyed hash of the code.
    pub hash: Digest,
}

impl Command for AskLogInCode {
    type Done = MessageId;
    type Refusal = Locked;
    const NAME: &'static str = "AskLogInCode";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.log_in_tries.push(self.mobile);
        keys.log_in_codes.push(self.mobile);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<MessageId, Denial<Locked>> {
        Tries::of(view, &self.mobile, now)?;
        let window = |code: &Arc<LogInCode>| Window { since_ms: code.since_ms, count: code.sent };
        let known = view.log_in_codes.get(&self.mobile).map_or_else(|| Window::begun(now), window);
        let Window { since_ms, count: sent } = known.renewed(CODES_MS, now);
        if sent >= CODES {
            return Err(Locked.into());
        }
        let Self { mobile, party, hash, .. } = *self;
        let code = LogInCode { mobile, party, hash: Some(hash), at_ms: now.at_ms, since_ms, sent: sent + 1 };
        view.log_in_codes.put(mobile, code);
        Ok(write_code(view, &self.to, None, now))
    }
}
