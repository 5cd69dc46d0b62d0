//! One-time tokens (pod.md 1.6): in every reply, remembered by nobody. A token says when it was made and is signed for the token of the
//! request that it answers; only those that come back are written down, until their time is over.

use std::sync::atomic::{AtomicU64, Ordering};

use payments::{Digest, UsedOtt};

use edge::secrets::Secrets;

/// How long one is good, in seconds.
const LIFE_S: i64 = 600;
/// Bits of the second in which it was made, of what makes it another than its neighbours, and of the signature: 64 in all.
const TIME: u32 = 14;
const COUNT: u32 = 25;
const SIGNATURE: u32 = 25;

const fn low(bits: u32) -> u64 {
    (1 << bits) - 1
}

/// See the module.
#[derive(Debug)]
pub struct Otts {
    next: AtomicU64,
}

impl Otts {
    /// Counts on from anywhere: several processes count side by side.
    pub fn from(start: u64) -> Self {
        Self { next: AtomicU64::new(start) }
    }

    /// A new one for the caller of a request with this token; it is told in hexadecimal digits.
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

/// The value of a second and a count: signature, count and time, mixed up so that nobody reads them.
fn value(secrets: &Secrets, token: &Digest, second: i64, count: u64) -> u64 {
    mix(secrets, sign(secrets, token, second, count))
}

/// Rounds of the mixing: four make a permutation look random.
const ROUNDS: std::ops::Range<u8> = 0..4;

/// A permutation of 64 bits by a key (Luby and Rackoff).
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

/// Signature, count, time, from the highest bit on.
fn sign(secrets: &Secrets, token: &Digest, second: i64, count: u64) -> u64 {
    let signature = secrets.ott(token, second, count) & low(SIGNATURE);
    (signature << (TIME + COUNT)) | (count << TIME) | (second.cast_unsigned() & low(TIME))
}

/// A token that came back with this token of its caller; `None`: it is not good.
pub fn read(secrets: &Secrets, token: &Digest, text: &str, now_ms: i64) -> Option<UsedOtt> {
    let shaped = (1..=16).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let value = u64::from_str_radix(text, 16).ok().filter(|value| shaped && *value != 0)?;
    let now = now_ms.div_euclid(1_000);
    let signed = unmix(secrets, value);
    // The latest second that is not after now and ends so.
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
        // What its bits say of the time comes round again; its signature does not.
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
        // Nothing of the count or the time is seen: each bit is set about as often as not.
        for bit in 0..64 {
            let set = made.iter().filter(|value| *value >> bit & 1 == 1).count();
            assert!((400..=600).contains(&set), "bit {bit}: {set}");
        }
    }
}
