//! The port to the security codes that are printed on cards.
//!
//! A code is compared before the decision. The decision gets only the result, so the code is in no command and in no row.

use std::fmt::Debug;

/// A card with the data that its payer typed. It is kept in memory only.
#[derive(Clone, Copy)]
pub struct ShownCard<'a> {
    /// The card's number.
    pub number: &'a str,
    /// The last month in which the card is valid: Jalali `YYYYMM`.
    pub expires: i64,
    /// The security code as typed.
    pub security_code: &'a str,
}

impl Debug for ShownCard<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ShownCard")
    }
}

/// The security codes of the cards that are hosted here.
pub trait SecurityCodes: Send + Sync + Debug {
    /// Whether the security code is right for the card's number and last month.
    fn check(&self, card: &ShownCard<'_>) -> SecurityCheck;

    /// The security code to print on a card issued here, by its number and last month (Jalali `YYYYMM`); `None`: the codes are made elsewhere.
    fn security_code(&self, number: &str, expires: i64) -> Option<String>;
}

/// Whether the typed security code is the card's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecurityCheck {
    /// The code is right.
    Right,
    /// The code is wrong, or was not a code.
    Wrong,
}
