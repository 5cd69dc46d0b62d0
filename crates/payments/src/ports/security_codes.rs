//! The port to the security codes that are printed on cards.
//!
//! A code is compared before the decision, which is told the outcome only: the code itself is in no command and in no row.

use std::fmt::Debug;

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

/// The security codes of the cards that are hosted here.
pub trait SecurityCodes: Send + Sync + Debug {
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
