//! Comparing what two stores say of the same rows, whose numbers differ.
//!
//! Numbers of rows are no part of the comparison: a store that processes share gives them in blocks, and leaves some out. But what has one number on
//! the one side has one number on the other, and they are in the same order.

use std::collections::BTreeMap;

use payments::FIRST_ID;

/// More numbers than a run gives.
const NUMBERS: i64 = 2_000_000;
/// Numbers that are written behind a day's digits, as in a refCode, have so many digits of their own.
const OWN_DIGITS: i64 = 10_000_000_000;

/// The numbers of one side by those of another, as far as they differ.
#[derive(Clone, Debug, Default)]
pub struct Numbers(BTreeMap<i64, i64>);

/// Which number is meant of a row whose number was never shown: one as far from the other side's as the nearest that is known before it, or behind it.
#[derive(Clone, Copy, Debug)]
pub enum Nearest {
    Before,
    Behind,
}

impl Numbers {
    /// Compares two texts, and learns which numbers are the same.
    pub fn compare(&mut self, one: &str, other: &str) -> Result<(), String> {
        // Most texts are the same, and only pieces that differ are learned from.
        if one == other {
            return Ok(());
        }
        let (mut ones, mut others) = (pieces(one), pieces(other));
        loop {
            let (piece, another) = match (ones.next(), others.next()) {
                (None, None) => return Ok(()),
                pair => (pair.0.unwrap_or_default(), pair.1.unwrap_or_default()),
            };
            if piece != another && !self.learn(piece, another) {
                return Err(format!("{piece} is {another}\n  {one}\n  {other}"));
            }
        }
    }

    /// Whether two texts that are not the same may be numbers of the same row.
    fn learn(&mut self, one: &str, other: &str) -> bool {
        let (Ok(mut one), Ok(mut other)) = (one.parse::<i64>(), other.parse::<i64>()) else { return false };
        if one / OWN_DIGITS == other / OWN_DIGITS {
            (one, other) = (one % OWN_DIGITS, other % OWN_DIGITS);
        }
        let given = FIRST_ID..FIRST_ID + NUMBERS;
        given.contains(&one) && given.contains(&other) && *self.0.entry(one).or_insert(other) == other
    }

    /// That numbers are in the same order on both sides.
    pub fn ascend(&self) -> bool {
        self.0.values().is_sorted_by(|one, next| one < next)
    }

    /// The other side's number of a row.
    pub fn of(&self, number: i64, nearest: Nearest) -> i64 {
        if !(FIRST_ID..FIRST_ID + NUMBERS).contains(&number) {
            return number;
        }
        let known = match nearest {
            Nearest::Before => self.0.range(..=number).next_back(),
            Nearest::Behind => self.0.range(number..).next().or_else(|| self.0.range(..=number).next_back()),
        };
        known.map_or(number, |(one, other)| number + other - one)
    }
}

/// Runs of digits, and what is between them.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut left = text;
    std::iter::from_fn(move || {
        let bytes = left.as_bytes();
        let digits = bytes.first()?.is_ascii_digit();
        let end = bytes.iter().position(|byte| byte.is_ascii_digit() != digits).unwrap_or(bytes.len());
        let (piece, rest) = left.split_at(end);
        left = rest;
        Some(piece)
    })
}

/// Without what the process, and not a command, has written: until when it has claimed a job, and how often one was claimed.
pub fn without_claims(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut left = text;
    while let Some(at) =
        ["leased_until_ms: ", "fence: "].iter().filter_map(|name| Some(left.find(name)? + name.len())).min()
    {
        kept.push_str(&left[..at]);
        left = left[at..].trim_start_matches(|each: char| each.is_ascii_digit());
    }
    kept + left
}

#[test]
fn texts_are_the_same_when_their_numbers_are_of_the_same_rows() {
    let mut numbers = Numbers::default();
    for (one, other, is_same) in [
        ("OrderId(1000001) 7", "OrderId(1008001) 7", true),
        ("OrderId(1000001) 7", "OrderId(1008001) 8", false),
        ("OrderId(1000001)", "OrderId(1008002)", false),
        ("ref 14050830001000001", "ref 14050830001008001", true),
        ("ref 14050831001000001", "ref 14050830001008001", false),
        ("at 1795246200000", "at 1795246200001", false),
        ("a", "a1000001", false),
    ] {
        assert_eq!(numbers.compare(one, other).is_ok(), is_same, "{one} and {other}");
    }
    assert_eq!(numbers.of(1_000_005, Nearest::Before), 1_008_005);
    assert_eq!(without_claims("a leased_until_ms: 77, fence: 3 }"), "a leased_until_ms: , fence:  }");
}
