//! The port to the issuer of the cards that pay.
//!
//! An issuer is asked before the decision, outside of any transaction, and its answer comes with the command. The decision uses it
//! only if the payment gets to the place of that answer among the checks: a payment that is declined before never was at the issuer.

use std::fmt::Debug;

use ledger::Rial;

use crate::{Declined, Digest};

/// What a payment asks of an issuer.
#[derive(Clone, Copy, Debug)]
pub struct Authorization<'a> {
    /// Keyed hash of the card's number.
    pub card: &'a Digest,
    /// How much, in rials; `None`: not known yet.
    pub amount: Option<Rial>,
}

/// What an issuer says: the reasons for which it declines, none of them if it approves. Of several, the one that is checked first is the
/// call's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct IssuerAnswer(u32);

impl IssuerAnswer {
    /// It lets the payment go on.
    pub const APPROVES: Self = Self(0);

    /// It declines for this reason, too.
    #[must_use]
    pub fn and(self, why: Declined) -> Self {
        Self(self.0 | 1 << why as u32)
    }

    /// Whether it declines for this reason.
    pub fn declines(self, why: Declined) -> bool {
        self.0 & 1 << why as u32 != 0
    }

    /// Declines if this is the place of one of its reasons among the checks.
    pub(crate) fn at(self, place: Declined) -> Result<(), Declined> {
        if self.declines(place) { Err(place) } else { Ok(()) }
    }
}

/// A card as its payer shows it. It is in memory only.
#[derive(Clone, Copy)]
pub struct ShownCard<'a> {
    /// Its number.
    pub number: &'a str,
    /// Its last month: Jalali `YYYYMM`.
    pub expires: i64,
    /// Its security code, as it was typed.
    pub security_code: &'a str,
}

impl Debug for ShownCard<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ShownCard")
    }
}

/// Whoever has issued the cards.
pub trait Issuer: Send + Sync + Debug {
    /// Asks about a payment.
    fn authorize(&self, request: &Authorization<'_>) -> IssuerAnswer;

    /// Whether a card's security code is right for its number and last month.
    fn check(&self, card: &ShownCard<'_>) -> SecurityCheck;

    /// The security code to be printed on a card that is issued here, by its number and last month (Jalali `YYYYMM`); `None`: others print it.
    fn security_code(&self, number: &str, expires: i64) -> Option<String>;
}

/// Whether the security code that was typed is the card's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecurityCheck {
    /// It is.
    Right,
    /// It is not, or was none.
    Wrong,
}
