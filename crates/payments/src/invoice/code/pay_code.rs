//! The row of a code that pays an invoice.

use schema::{Json, table};

use crate::ops::message::{address, call_address, provenance};
use crate::wrong_tries::TryLimit;
use crate::{CallAddress, CreditId, Digest, InvoiceId, PartyId, Text};

/// A code that pays an invoice from its customer's wallet. An invoice has at most one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayCode {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The number that it was sent to.
    pub mobile: Text,
    /// Keyed hash of the code.
    pub hash: Digest,
    /// When it was sent, in milliseconds of Unix time.
    pub at_ms: i64,
    /// Wrong tries of this code.
    pub tries: i64,
    /// Credits that pay first, each with its delegator.
    pub credits: Vec<(CreditId, PartyId)>,
    /// Whether only these credits may pay.
    pub forced: bool,
    /// The call to make when the code has paid; `None`: no call.
    pub call: Option<CallAddress>,
}

/// Lifetime of a code, in milliseconds.
pub const PAY_CODE_LIFE_MS: i64 = 600_000;
/// Wrong tries that end a code.
pub const MAX_PAY_CODE_TRIES: i64 = 3;
/// [`MAX_PAY_CODE_TRIES`] as a limit.
pub(super) const OF_PAY_CODE: TryLimit = TryLimit::while_counted(MAX_PAY_CODE_TRIES);

impl PayCode {
    /// When the code expires, in milliseconds of Unix time.
    pub fn ends_at_ms(&self) -> i64 {
        self.at_ms.saturating_add(PAY_CODE_LIFE_MS)
    }

    /// The same code, used or void. Its hash stays until the row is forgotten, so that the same text sent again is not counted as a wrong try.
    pub fn over(&self) -> Self {
        Self { tries: MAX_PAY_CODE_TRIES, ..self.clone() }
    }

    /// Whether the code can still pay.
    pub fn is_open(&self, now_ms: i64) -> bool {
        now_ms < self.ends_at_ms() && !OF_PAY_CODE.is_reached(self.tries)
    }
}

table! {
    PayCode = "pay_code",
    key |k: InvoiceId| { invoice: *k },
    of |r| r.invoice,
    row |r| {
        invoice: r.invoice, mobile: r.mobile, hash: r.hash, at_ms: r.at_ms, tries: r.tries,
        credits: Json::list(r.credits.iter().map(|(credit, delegator)| (credit.0, delegator.0))), forced: r.forced,
        call_uri: address(&r.call), call_signed: provenance(&r.call),
    },
    make PayCode {
        invoice, mobile, hash, at_ms, tries, credits: credits_of(credits), forced,
        call: call_address(call_uri, call_signed),
    }
}

fn credits_of(Json(credits): Json<Vec<(i64, i64)>>) -> Vec<(CreditId, PartyId)> {
    credits.into_iter().map(|(credit, delegator)| (CreditId(credit), PartyId(delegator))).collect()
}
