//! Random values from the operating system.

/// The system gave no randomness.
#[derive(Debug, thiserror::Error)]
#[error("no randomness: {0}")]
pub struct NoRandomness(pub getrandom::Error);

/// Digits and letters: the alphabet of random values on the wire.
pub(crate) const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A random text of `length` digits, all equally likely.
///
/// # Errors
/// The system gives no randomness.
pub fn digits(length: usize) -> Result<String, NoRandomness> {
    let mut text = String::with_capacity(length);
    let mut bytes = [0u8; 16];
    while text.len() < length {
        getrandom::fill(&mut bytes).map_err(NoRandomness)?;
        // Bytes of 250 and above are skipped, so that all digits are equally likely.
        for byte in bytes.iter().filter(|byte| **byte < 250).take(length - text.len()) {
            text.push(char::from(b'0' + byte % 10));
        }
    }
    Ok(text)
}

/// Length of a recovery code: ten characters of 32, that is 50 random bits.
pub const RECOVERY_CODE: usize = 10;

/// A code that replaces a lost device once: lower-case letters and digits without those that look alike.
///
/// # Errors
/// The system gives no randomness.
pub fn recovery_code() -> Result<String, NoRandomness> {
    random(b"abcdefghijkmnpqrstuvwxyz23456789", RECOVERY_CODE)
}

/// 64 random bits.
///
/// # Errors
/// The system gives no randomness.
pub fn bits() -> Result<u64, NoRandomness> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(NoRandomness)?;
    Ok(u64::from_be_bytes(bytes))
}

/// A random text of `length` hexadecimal digits, in lower case.
///
/// # Errors
/// The system gives no randomness.
pub fn hexadecimal(length: usize) -> Result<String, NoRandomness> {
    random(b"0123456789abcdef", length)
}

/// A random text of `length` letters of 32: all capitals but I and O, and a to h.
///
/// # Errors
/// The system gives no randomness.
pub fn letters(length: usize) -> Result<String, NoRandomness> {
    // Capitals without I and O, which look like digits.
    random(b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefgh", length)
}

/// A random text over an alphabet whose length is a power of two of at most 256.
fn random(alphabet: &[u8], length: usize) -> Result<String, NoRandomness> {
    let mut bytes = vec![0u8; length];
    getrandom::fill(&mut bytes).map_err(NoRandomness)?;
    Ok(bytes.iter().map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()])).collect())
}

/// A random text of `length` digits and letters.
///
/// # Errors
/// The system gives no randomness.
pub fn alphanumeric(length: usize) -> Result<String, NoRandomness> {
    let mut text = String::with_capacity(length);
    let mut bytes = [0u8; 64];
    while text.len() < length {
        getrandom::fill(&mut bytes).map_err(NoRandomness)?;
        alphanumeric_of(&bytes, &mut text, length);
    }
    Ok(text)
}

/// Appends digits and letters drawn from random bytes to a text, up to `length` characters.
pub(crate) fn alphanumeric_of(bytes: &[u8], text: &mut String, length: usize) {
    // Bytes of 248 and above are skipped, so that all 62 characters are equally likely.
    for byte in bytes.iter().filter(|byte| **byte < 248).take(length - text.len()) {
        text.push(char::from(ALPHANUMERIC[usize::from(*byte) % ALPHANUMERIC.len()]));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    #[test]
    fn random_texts_have_the_length_and_alphabet_asked_for() {
        let (first, second) = (alphanumeric(256).unwrap(), alphanumeric(256).unwrap());
        assert!(first.len() == 256 && first.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let many = digits(4_096).unwrap();
        assert!(many.len() == 4_096 && (b'0'..=b'9').all(|digit| many.bytes().any(|byte| byte == digit)));
        assert!(many.bytes().all(|byte| byte.is_ascii_digit()));
        assert_ne!(first, second);
    }
}
