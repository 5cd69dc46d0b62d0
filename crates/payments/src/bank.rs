//! Banks and their three-digit codes.

use schema::{Bind, Cell, Fetch, Nullable, corrupt};
use std::fmt;

/// A bank's code, as in characters 5–7 of an IBAN. Every value is a code of the table (finnotech.md 3.12).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Bank(u16);

/// Code, Persian name (finnotech.md 3.12) and English name of every bank.
const BANKS: [(u16, &str, &str); 38] = [
    (10, "مرکزی", "Central"),
    (11, "صنعت و معدن", "Industry and Mine"),
    (12, "ملت", "Mellat"),
    (13, "رفاه", "Refah"),
    (14, "مسکن", "Maskan"),
    (15, "سپه", "Sepah"),
    (16, "کشاورزی", "Keshavarzi"),
    (17, "ملی", "Melli"),
    (18, "تجارت", "Tejarat"),
    (19, "صادرات", "Saderat"),
    (20, "توسعه صادرات", "Export Development"),
    (21, "پست بانک", "Post"),
    (22, "توسعه تعاون", "Cooperative Development"),
    (51, "توسعه", "Development"),
    (52, "قوامین", "Ghavamin"),
    (53, "کارآفرین", "Karafarin"),
    (54, "پارسیان", "Parsian"),
    (55, "اقتصاد نوین", "Eghtesad Novin"),
    (56, "سامان", "Saman"),
    (57, "پاسارگاد", "Pasargad"),
    (58, "سرمایه", "Sarmayeh"),
    (59, "سینا", "Sina"),
    (60, "مهر ایران", "Mehr Iran"),
    (61, "شهر", "Shahr"),
    (62, "آینده", "Ayandeh"),
    (63, "انصار", "Ansar"),
    (64, "گردشگری", "Gardeshgari"),
    (65, "حکمت", "Hekmat"),
    (66, "دی", "Day"),
    (69, "ایران زمین", "Iran Zamin"),
    (70, "رسالت", "Resalat"),
    (73, "کوثر", "Kosar"),
    (75, "ملل", "Melal"),
    (78, "خاورمیانه", "Middle East"),
    (79, "مهر اقتصاد", "Mehr Eghtesad"),
    (80, "نور", "Noor"),
    (90, "مهر ایران", "Mehr Iran"),
    (95, "ایران ونزوئلا", "Iran Venezuela"),
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
        BANKS.iter().any(|(code, ..)| *code == number).then_some(Self(number))
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
        BANKS.iter().find(|(code, ..)| *code == self.0).map_or("", |(_, name, _)| name)
    }

    /// The bank's English name.
    pub fn english_name(self) -> &'static str {
        BANKS.iter().find(|(code, ..)| *code == self.0).map_or("", |(.., name)| name)
    }
}

impl fmt::Display for Bank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.0)
    }
}

impl Cell for Bank {
    fn put<B: Bind>(&self, to: &mut B) -> Result<(), B::Error> {
        i64::from(self.number()).put(to)
    }

    fn take<F: Fetch>(from: &mut F) -> Result<Self, F::Error> {
        let bank = u16::try_from(i64::take(from)?).ok().and_then(Self::from_number);
        Ok(bank.ok_or_else(|| corrupt("?", "unknown bank"))?)
    }
}

impl Nullable for Bank {
    fn put_optional<B: Bind>(value: Option<&Self>, to: &mut B) -> Result<(), B::Error> {
        to.int(value.map(|bank| i64::from(bank.number())))
    }

    fn take_optional<F: Fetch>(from: &mut F) -> Result<Option<Self>, F::Error> {
        let Some(number) = from.int()? else { return Ok(None) };
        let bank = u16::try_from(number).ok().and_then(Self::from_number);
        Ok(Some(bank.ok_or_else(|| corrupt("?", "unknown bank"))?))
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
        assert_eq!((Bank::AYANDEH.name(), Bank::AYANDEH.english_name()), ("آینده", "Ayandeh"));
    }
}
