//! Account numbers and IBANs, and which account each names (finnotech.md 1.2).

use std::fmt;

use text::number;

use crate::{Bank, DepositKey};

/// An account number: `[0-9][0-9.-]{4,29}`, as given but with Latin digits and without blanks. `.`, `-` and leading zeros do not count in look-ups.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AccountNumber(String);

impl AccountNumber {
    /// Reads an account number; `None` if `text` does not have the shape of one.
    pub fn parse(text: &str) -> Option<Self> {
        let text = number::account(text);
        let bytes = text.as_bytes();
        let shaped = (5..=30).contains(&bytes.len())
            && bytes[0].is_ascii_digit()
            && bytes.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
        shaped.then(|| Self(text.into_owned()))
    }

    /// The number as it is kept: with `.` and `-` if they were given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits of the number, without `.` and `-`.
    pub fn digits(&self) -> String {
        self.0.chars().filter(char::is_ascii_digit).collect()
    }

    /// The digits without leading zeros, which tell one account from another.
    pub fn significant(&self) -> String {
        self.digits().trim_start_matches('0').to_owned()
    }

    /// The key of the deposit with this number at `bank`.
    pub fn key(&self, bank: Bank) -> DepositKey {
        DepositKey::new(bank, &self.digits())
    }
}

/// An Iranian IBAN: `IR`, two check digits, the bank's code, nineteen digits of account. Look-ups ignore the check digits.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Iban {
    text: String,
    bank: Bank,
}

impl Iban {
    /// Reads an IBAN; `None` if `text` does not have the shape of one, or if its bank does not exist. Letters become capitals.
    pub fn parse(text: &str) -> Option<Self> {
        let text = number::compact(text);
        let bytes = text.as_bytes();
        let shaped =
            bytes.len() == 26 && bytes[..2].eq_ignore_ascii_case(b"IR") && bytes[2..].iter().all(u8::is_ascii_digit);
        if !shaped {
            return None;
        }
        let bank = Bank::from_code(text.get(4..7)?)?;
        Some(Self { text: text.to_ascii_uppercase(), bank })
    }

    /// The IBAN of an account: check digits are `98 − (bank, account padded to 19 digits, 182700) mod 97`.
    pub fn of(bank: Bank, account_digits: &str) -> Self {
        let bban = format!("{bank}{account_digits:0>19}");
        let check = 98 - mod_97(bban.bytes().chain(*b"182700"));
        Self { text: format!("IR{check:02}{bban}"), bank }
    }

    /// The IBAN with capital letters.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The bank in the IBAN.
    pub fn bank(&self) -> Bank {
        self.bank
    }

    /// The key of the deposit that the IBAN names.
    pub fn key(&self) -> DepositKey {
        DepositKey::new(self.bank, &self.text[7..])
    }

    /// Whether its check digits are right (ISO 7064 mod 97-10).
    pub fn checks(&self) -> bool {
        mod_97(self.text[4..].bytes().chain(*b"1827").chain(self.text[2..4].bytes())) == 1
    }
}

fn mod_97(digits: impl Iterator<Item = u8>) -> u32 {
    digits.fold(0, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97)
}

impl fmt::Display for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The destination of a transfer.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Destination {
    /// An account of the source's bank.
    Account(AccountNumber),
    /// An account of any bank.
    Iban(Iban),
}

impl Destination {
    /// Reads an IBAN or an account number; `None` if `text` has the shape of neither.
    pub fn parse(text: &str) -> Option<Self> {
        match Iban::parse(text) {
            Some(iban) => Some(Self::Iban(iban)),
            None => AccountNumber::parse(text).map(Self::Account),
        }
    }

    /// The text for echoes in replies.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Account(number) => number.as_str(),
            Self::Iban(iban) => iban.as_str(),
        }
    }

    /// The destination's bank, for a source at `source`.
    pub fn bank(&self, source: Bank) -> Bank {
        match self {
            Self::Account(_) => source,
            Self::Iban(iban) => iban.bank(),
        }
    }

    /// The key of the destination's deposit, for a source at `source`.
    pub fn key(&self, source: Bank) -> DepositKey {
        match self {
            Self::Account(number) => number.key(source),
            Self::Iban(iban) => iban.key(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_number_has_the_documented_shape() {
        for (text, shaped) in [
            ("0302876214008", true),
            ("0302.876-214", true),
            ("12345", true),
            ("1234", false),
            (".2345", false),
            ("123456789012345678901234567890", true),
            ("1234567890123456789012345678901", false),
            ("12345a", false),
            ("۱۲۳۴۵", true),
            ("۰۳۰۲ ۸۷۶ ۲۱۴", true),
            ("", false),
        ] {
            assert_eq!(AccountNumber::parse(text).is_some(), shaped, "{text}");
        }
    }

    /// second-edition.md 1.5.
    #[test]
    fn an_account_is_the_same_with_and_without_its_leading_zeros() {
        let bank = Bank::from_code("062").unwrap();
        let key = Iban::parse("IR230620000000302876214008").unwrap().key();
        for text in ["0302876214008", "302876214008", "000302876214008", "0302-876-214008", "۰۳۰۲۸۷۶۲۱۴۰۰۸"]
        {
            assert_eq!(AccountNumber::parse(text).unwrap().key(bank), key, "{text}");
        }
    }

    #[test]
    fn ibans_of_the_documents_are_computed_and_read_back() {
        // finnotech.md 6, the table of correct IBANs.
        for (bank, account, iban) in [
            ("062", "0302876214008", "IR230620000000302876214008"),
            ("062", "0302876732005", "IR490620000000302876732005"),
            ("016", "776700000", "IR420160000000000776700000"),
            ("054", "47000123456601", "IR320540000047000123456601"),
            ("069", "100200300400", "IR020690000000100200300400"),
            ("015", "300400500600", "IR870150000000300400500600"),
            ("057", "100200300400", "IR780570000000100200300400"),
        ] {
            let bank = Bank::from_code(bank).unwrap();
            let made = Iban::of(bank, account);
            assert_eq!(made.as_str(), iban);
            assert!(made.checks());
            let read = Iban::parse(&iban.to_ascii_lowercase()).unwrap();
            assert_eq!(read, made);
            assert_eq!(read.key(), AccountNumber::parse(account).unwrap().key(bank));
        }
    }

    #[test]
    fn the_check_digits_of_the_seed_are_wrong_but_name_the_same_account() {
        let seed = Iban::parse("IR120620000000302876732005").unwrap();
        assert!(!seed.checks());
        assert_eq!(seed.key(), Iban::parse("IR490620000000302876732005").unwrap().key());
    }

    #[test]
    fn what_has_no_known_bank_or_the_wrong_length_is_no_iban() {
        for text in ["IR062960000000100324200001", "IR49062000000030287673200", "XX490620000000302876732005", "IR"] {
            assert_eq!(Iban::parse(text), None, "{text}");
        }
    }
}
