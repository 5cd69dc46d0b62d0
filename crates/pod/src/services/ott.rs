//! One-time tokens (pod.md 1.6). Every reply has a new one, and it is not stored: it contains the time at which it was made, and a signature for the
//! token of the request. Only one-time tokens that come back are stored as used, until they expire.

use std::sync::atomic::{AtomicU64, Ordering};

use payments::{Digest, UsedOtt};

use edge::secrets::Secrets;

/// Life of a one-time token in seconds.
const LIFE_S: i64 = 600;
/// Bits of the time (a second), of the counter that makes tokens of one second different, and of the signature: 64 in total.
const TIME: u32 = 14;
const COUNT: u32 = 25;
const SIGNATURE: u32 = 25;

const fn low(bits: u32) -> u64 {
    (1 << bits) - 1
}

/// The source of one-time tokens of this process.
#[derive(Debug)]
pub struct Otts {
    next: AtomicU64,
}

impl Otts {
    /// Starts the counter at this value. Processes that run in parallel start at random values.
    pub fn from(start: u64) -> Self {
        Self { next: AtomicU64::new(start) }
    }

    /// Makes a one-time token for the caller of a request with this token. Replies have it in hexadecimal digits; it is never 0.
    pub fn make(&self, secrets: &Secrets, token: &Digest, now_ms: i64) -> u64 {
        let second = now_ms.div_euclid(1_000);
        loop {
            let count = self.next.fetch_add(1, Ordering::Relaxed) & low(COUNT);
            let value = value(secrets, token, second, count);
            if value != 0 {
                return value;
            }
        }
    }
}

/// The token for a second and a count: signature, count and time, scrambled so that they cannot be read.
fn value(secrets: &Secrets, token: &Digest, second: i64, count: u64) -> u64 {
    mix(secrets, sign(secrets, token, second, count))
}

/// Rounds of the scrambling: four make a permutation look random.
const ROUNDS: std::ops::Range<u8> = 0..4;

/// A keyed permutation of 64 bits (Luby and Rackoff).
fn mix(secrets: &Secrets, value: u64) -> u64 {
    let (left, right) =
        ROUNDS.fold(halves(value), |(left, right), round| (right, left ^ secrets.ott_round(round, right)));
    whole(left, right)
}

fn unmix(secrets: &Secrets, value: u64) -> u64 {
    let back = |(left, right): (u32, u32), round| (right ^ secrets.ott_round(round, left), left);
    let (left, right) = ROUNDS.rev().fold(halves(value), back);
    whole(left, right)
}

fn halves(value: u64) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = value.to_be_bytes();
    (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
}

fn whole(left: u32, right: u32) -> u64 {
    u64::from(left) << 32 | u64::from(right)
}

/// Signature, count and time, from the highest bit on.
fn sign(secrets: &Secrets, token: &Digest, second: i64, count: u64) -> u64 {
    let signature = secrets.ott(token, second, count) & low(SIGNATURE);
    (signature << (TIME + COUNT)) | (count << TIME) | (second.cast_unsigned() & low(TIME))
}

/// Reads a one-time token that a caller with this token has sent; `None`: it is invalid or has expired.
pub fn read(secrets: &Secrets, token: &Digest, text: &str, now_ms: i64) -> Option<UsedOtt> {
    let shaped = (1..=16).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let value = u64::from_str_radix(text, 16).ok().filter(|value| shaped && *value != 0)?;
    let now = now_ms.div_euclid(1_000);
    let signed = unmix(secrets, value);
    // The latest second up to now that has these low bits.
    let age = now.wrapping_sub((signed & low(TIME)).cast_signed()) & low(TIME).cast_signed();
    let (second, count) = (now - age, (signed >> TIME) & low(COUNT));
    let good = age < LIFE_S && sign(secrets, token, second, count) == signed;
    good.then(|| UsedOtt { value: value.cast_signed(), ends_at_ms: (second + LIFE_S).saturating_mul(1_000) })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const NOW_MS: i64 = 1_795_246_200_000;

    #[test]
    fn a_token_is_good_for_ten_minutes_and_for_the_token_of_its_request() {
        let secrets = Secrets::new(&[7; 32], "operator");
        let otts = Otts::from(u64::MAX);
        let (token, other) = (Digest([1; 32]), Digest([2; 32]));
        let made = format!("{:x}", otts.make(&secrets, &token, NOW_MS));
        let good = |token, text: &str, at_ms| read(&secrets, token, text, at_ms).is_some();
        for (at_ms, expected) in
            [(NOW_MS, true), (NOW_MS + 599_999, true), (NOW_MS + 600_000, false), (NOW_MS - 1_000, false)]
        {
            assert_eq!(good(&token, &made, at_ms), expected, "{at_ms}");
        }
        // The bits of the time repeat; the signature does not.
        assert!(!good(&token, &made, NOW_MS + (1 << TIME) * 1_000));
        assert!(!good(&other, &made, NOW_MS));
        let value = u64::from_str_radix(&made, 16).unwrap();
        for bit in 0..64 {
            assert!(!good(&token, &format!("{:x}", value ^ (1 << bit)), NOW_MS), "bit {bit}");
        }
        for text in ["", "0", "xyz", &made.to_uppercase(), "11111111111111111"] {
            assert!(!good(&token, text, NOW_MS) || text == made, "{text}");
        }
    }

    #[test]
    fn no_two_of_a_second_are_the_same() {
        let (secrets, otts) = (Secrets::new(&[7; 32], "operator"), Otts::from(low(COUNT) - 500));
        let made: HashSet<u64> = (0..1_000).map(|_| otts.make(&secrets, &Digest([1; 32]), NOW_MS)).collect();
        assert_eq!(made.len(), 1_000);
        // Count and time are not visible: each bit is set in about half of the tokens.
        for bit in 0..64 {
            let set = made.iter().filter(|value| *value >> bit & 1 == 1).count();
            assert!((400..=600).contains(&set), "bit {bit}: {set}");
        }
    }
}
