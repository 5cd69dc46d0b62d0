//! Result codes of card charges, and what each says about the money (finnotech.md 4).

/// What a code says about the money.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ChargeClass {
    /// The money moved.
    Succeeded,
    /// The money did not move.
    Failed,
    /// It is not known whether the money moved: the charge must be inquired, not repeated.
    Unknown,
}

/// A result code that is documented.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ChargeCode(&'static str);

impl ChargeCode {
    /// The charge is done.
    pub const SUCCESS: Self = Self("A00");
    /// The card is not a bon card.
    pub const NOT_A_BON_CARD: Self = Self("A103");
    /// The trackId was used before.
    pub const REPEATED: Self = Self("A104");
    /// The client is not approved for the card.
    pub const NOT_APPROVED: Self = Self("A105");
    /// The money left the deposit and did not reach the card.
    pub const STUCK_ON_FLOAT: Self = Self("A106");
    /// The account has no subsidiary code; of class U.
    pub const NO_SUBSIDIARY: Self = Self("A107");
    /// Above the client's limit of one card over all time.
    pub const PER_CARD: Self = Self("A111");
    /// Above the client's limit of one charge.
    pub const PER_TRANSACTION: Self = Self("A112");
    /// Above the client's daily limit of one card.
    pub const DAILY: Self = Self("A113");
    /// Above the client's monthly limit of one card.
    pub const MONTHLY: Self = Self("A114");
    /// Above the client's limit of one source account over all time.
    pub const ACCOUNT: Self = Self("A115");
    /// Above the client's daily limit of one source account.
    pub const ACCOUNT_DAILY: Self = Self("A116");
    /// Above the client's monthly limit of one source account.
    pub const ACCOUNT_MONTHLY: Self = Self("A117");
    /// Outside of the hours of charges.
    pub const OUT_OF_HOURS: Self = Self("A118");
    /// It is not known whether the charge was done.
    pub const STATUS_UNKNOWN: Self = Self("A123");
    /// The client has no float card.
    pub const NO_FLOAT_CARD: Self = Self("A220");
    /// No card has that number.
    pub const UNKNOWN_CARD: Self = Self("B04");
    /// The request has no valid amount.
    pub const NO_AMOUNT: Self = Self("B10");
    /// The request has no valid trackId.
    pub const NO_TRACK_ID: Self = Self("B12");
    /// The card is not active.
    pub const INACTIVE_CARD: Self = Self("B78");
    /// The deposit does not cover the amount.
    pub const INSUFFICIENT: Self = Self("C10");
    /// The amount is outside of the permitted range.
    pub const AMOUNT_OUT_OF_RANGE: Self = Self("D13");
    /// The charge was not done.
    pub const NOT_DONE: Self = Self("D80");
    /// `getValidCard` has found the card.
    pub const CARD_FOUND: Self = Self("F00");
    /// The charge cannot be inquired at the card network.
    pub const NOT_INQUIRED: Self = Self("G100");
    /// No charge has that trackId.
    pub const NO_SUCH_CHARGE: Self = Self("G101");

    /// The code of this name, if a charge can have it as its result; codes of inquiries are left out.
    pub fn of_charges(name: &str) -> Option<Self> {
        Self::named(name).filter(|code| !code.as_str().starts_with(['F', 'G']))
    }

    /// The code of this name.
    pub fn named(name: &str) -> Option<Self> {
        CODES.iter().find(|(code, _)| *code == name).map(|(code, _)| Self(code))
    }

    /// The code as it is written.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// What the code says about the money.
    pub fn class(self) -> ChargeClass {
        let known = CODES.iter().find(|(code, _)| *code == self.0);
        known.map_or(ChargeClass::Unknown, |(_, class)| *class)
    }

    /// Every documented code.
    pub fn all() -> impl Iterator<Item = Self> {
        CODES.iter().map(|(code, _)| Self(code))
    }
}

use ChargeClass::{Failed, Succeeded, Unknown};

const CODES: [(&str, ChargeClass); 74] = [
    ("A00", Succeeded),
    ("A100", Failed),
    ("A101", Failed),
    ("A102", Failed),
    ("A103", Failed),
    ("A104", Failed),
    ("A105", Failed),
    ("A106", Unknown),
    ("A107", Unknown),
    ("A111", Failed),
    ("A112", Failed),
    ("A113", Failed),
    ("A114", Failed),
    ("A115", Failed),
    ("A116", Failed),
    ("A117", Failed),
    ("A118", Failed),
    ("A123", Unknown),
    ("A210", Failed),
    ("A211", Unknown),
    ("A220", Failed),
    ("B01", Failed),
    ("B02", Failed),
    ("B04", Failed),
    ("B05", Failed),
    ("B06", Failed),
    ("B07", Failed),
    ("B08", Failed),
    ("B09", Failed),
    ("B10", Failed),
    ("B11", Unknown),
    ("B12", Failed),
    ("B14", Failed),
    ("B20", Failed),
    ("B26", Failed),
    ("B75", Failed),
    ("B78", Failed),
    ("C10", Failed),
    ("D01", Failed),
    ("D03", Failed),
    ("D12", Failed),
    ("D13", Failed),
    ("D14", Failed),
    ("D25", Failed),
    ("D30", Failed),
    ("D33", Failed),
    ("D41", Failed),
    ("D43", Failed),
    ("D44", Failed),
    ("D48", Failed),
    ("D51", Failed),
    ("D55", Failed),
    ("D56", Failed),
    ("D57", Failed),
    ("D58", Failed),
    ("D61", Failed),
    ("D65", Failed),
    ("D79", Failed),
    ("D80", Failed),
    ("D84", Unknown),
    ("D88", Unknown),
    ("D90", Unknown),
    ("D91", Unknown),
    ("D100", Unknown),
    ("F00", Succeeded),
    ("F101", Failed),
    ("F123", Failed),
    ("F102", Failed),
    ("F103", Failed),
    ("G100", Unknown),
    ("G101", Unknown),
    ("G102", Unknown),
    ("G103", Unknown),
    ("G104", Unknown),
];
