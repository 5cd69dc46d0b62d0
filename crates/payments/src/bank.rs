//! Banks by their three-digit codes.

use std::fmt;

/// A bank's code, as in characters 5–7 of an IBAN. Only codes of the table exist (finnotech.md 3.12).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Bank(u16);

/// Code and Persian name of every bank (finnotech.md 3.12).
const BANKS: [(u16, &str); 38] = [
    (10, "مرکزی"),
    (11, "صنعت و معدن"),
    (12, "ملت"),
    (13, "رفاه"),
    (14, "مسکن"),
    (15, "سپه"),
    (16, "کشاورزی"),
    (17, "ملی"),
    (18, "تجارت"),
    (19, "صادرات"),
    (20, "توسعه صادرات"),
    (21, "پست بانک"),
    (22, "توسعه تعاون"),
    (51, "توسعه"),
    (52, "قوامین"),
    (53, "کارآفرین"),
    (54, "پارسیان"),
    (55, "اقتصاد نوین"),
    (56, "سامان"),
    (57, "پاسارگاد"),
    (58, "سرمایه"),
    (59, "سینا"),
    (60, "مهر ایران"),
    (61, "شهر"),
    (62, "آینده"),
    (63, "انصار"),
    (64, "گردشگری"),
    (65, "حکمت"),
    (66, "دی"),
    (69, "ایران زمین"),
    (70, "رسالت"),
    (73, "کوثر"),
    (75, "ملل"),
    (78, "خاورمیانه"),
    (79, "مهر اقتصاد"),
    (80, "نور"),
    (90, "مهر ایران"),
    (95, "ایران ونزوئلا"),
];

impl Bank {
    /// Sepah.
    pub const SEPAH: Self = Self(15);
    /// Keshavarzi: its clients may use client-credential tokens.
    pub const KESHAVARZI: Self = Self(16);
    /// Parsian: a paya order only holds the money.
    pub const PARSIAN: Self = Self(54);
    /// Ayandeh: closes its books shortly before midnight.
    pub const AYANDEH: Self = Self(62);
    /// Iran Zamin.
    pub const IRAN_ZAMIN: Self = Self(69);
    /// The banks whose accounts live in this ledger.
    pub const HOSTED: [Self; 5] = [Self::SEPAH, Self::KESHAVARZI, Self::PARSIAN, Self::AYANDEH, Self::IRAN_ZAMIN];

    /// The bank of a three-digit code, if the table has it.
    pub fn from_code(code: &str) -> Option<Self> {
        if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Self::from_number(code.parse().ok()?)
    }

    /// The bank of a code given as a number (`62` for 062), if the table has it.
    pub fn from_number(number: u16) -> Option<Self> {
        BANKS.iter().any(|(code, _)| *code == number).then_some(Self(number))
    }

    /// The code as a number.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// Whether its accounts live in this ledger.
    pub fn is_hosted(self) -> bool {
        Self::HOSTED.contains(&self)
    }

    /// The bank's Persian name.
    pub fn name(self) -> &'static str {
        BANKS.iter().find(|(code, _)| *code == self.0).map_or("", |(_, name)| name)
    }
}

impl fmt::Display for Bank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_digit_codes_of_the_table_are_banks() {
        for (code, expected) in
            [("062", Some(Bank::AYANDEH)), ("62", None), ("0062", None), ("067", None), ("+62", None), ("", None)]
        {
            assert_eq!(Bank::from_code(code), expected, "{code}");
        }
        assert_eq!(Bank::AYANDEH.to_string(), "062");
        assert_eq!(Bank::AYANDEH.name(), "آینده");
    }
}
