//! Result codes of card charges and what each means for the money (finnotech.md 4).

/// What a code says of the money.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ChargeClass {
    /// It moved.
    Succeeded,
    /// It did not move.
    Failed,
    /// Whether it moved is not known: inquire, never repeat.
    Unknown,
}

/// One of the documented codes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ChargeCode(&'static str);

impl ChargeCode {
    /// Done.
    pub const SUCCESS: Self = Self("A00");
    /// Not a bon card.
    pub const NOT_A_BON_CARD: Self = Self("A103");
    /// The trackId was used before.
    pub const REPEATED: Self = Self("A104");
    /// The client has no access to the card.
    pub const NOT_APPROVED: Self = Self("A105");
    /// The money left the deposit and did not reach the card.
    pub const STUCK_ON_FLOAT: Self = Self("A106");
    /// The account has no subsidiary code: of class U.
    pub const NO_SUBSIDIARY: Self = Self("A107");
    /// Above the client's limit of one card's charges.
    pub const PER_CARD: Self = Self("A111");
    /// Above the client's limit of one charge.
    pub const PER_TRANSACTION: Self = Self("A112");
    /// Above the client's daily limit of a card.
    pub const DAILY: Self = Self("A113");
    /// Above the client's monthly limit of a card.
    pub const MONTHLY: Self = Self("A114");
    /// Above the client's limit of a source account.
    pub const ACCOUNT: Self = Self("A115");
    /// Above the client's daily limit of a source account.
    pub const ACCOUNT_DAILY: Self = Self("A116");
    /// Above the client's monthly limit of a source account.
    pub const ACCOUNT_MONTHLY: Self = Self("A117");
    /// Out of the hours of charges.
    pub const OUT_OF_HOURS: Self = Self("A118");
    /// Whether it was done is not known.
    pub const STATUS_UNKNOWN: Self = Self("A123");
    /// The client has no float card.
    pub const NO_FLOAT_CARD: Self = Self("A220");
    /// No such card.
    pub const UNKNOWN_CARD: Self = Self("B04");
    /// What was sent is no amount.
    pub const NO_AMOUNT: Self = Self("B10");
    /// What was sent is no trackId.
    pub const NO_TRACK_ID: Self = Self("B12");
    /// The card is not active.
    pub const INACTIVE_CARD: Self = Self("B78");
    /// The deposit does not have it.
    pub const INSUFFICIENT: Self = Self("C10");
    /// No charge has that amount.
    pub const AMOUNT_OUT_OF_RANGE: Self = Self("D13");
    /// It did not succeed.
    pub const NOT_DONE: Self = Self("D80");
    /// getValidCard found it.
    pub const CARD_FOUND: Self = Self("F00");
    /// The card network cannot be asked about a charge.
    pub const NOT_INQUIRED: Self = Self("G100");
    /// No charge has that trackId.
    pub const NO_SUCH_CHARGE: Self = Self("G101");

    /// The code of that name, if a charge can end with it: not one of an inquiry.
    pub fn of_charges(name: &str) -> Option<Self> {
        Self::named(name).filter(|code| !code.as_str().starts_with(['F', 'G']))
    }

    /// The code of that name.
    pub fn named(name: &str) -> Option<Self> {
        CODES.iter().find(|(code, _)| *code == name).map(|(code, _)| Self(code))
    }

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// What it says of the money.
    pub fn class(self) -> ChargeClass {
        let known = CODES.iter().find(|(code, _)| *code == self.0);
        known.map_or(ChargeClass::Unknown, |(_, class)| *class)
    }

    /// Every code.
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
