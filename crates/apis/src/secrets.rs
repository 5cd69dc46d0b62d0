//! Keyed hashes, signatures and random values.
//!
//! Secrets are random and long, so one keyed hash is enough; a hash is looked up or compared in constant time.

use aes_gcm_siv::Aes256GcmSiv;
use aes_gcm_siv::aead::Aead;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use payments::Digest;
use serde::Serialize;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Digits and letters: the alphabet of random values on the wire.
const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Bytes of a sealed card's nonce.
const NONCE: usize = 12;

/// The header of every token: HS256 and nothing else.
const JWT_HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// Secrets that everybody knows: the demo world's. Production takes none of them.
pub const DEMO_SECRETS: [&str; 7] = [
    "drops-secret",
    "demo-admin-token",
    "demo-shop-token",
    "demo-supplier-token",
    "demo-ali-token",
    "demo-zahra-token",
    "demo-nima-token",
];

/// The keys of this server.
pub struct Secrets {
    hashing: Hmac<Sha256>,
    signing: Hmac<Sha256>,
    operator: Digest,
    cards: Hmac<Sha256>,
    otps: Hmac<Sha256>,
    otts: Hmac<Sha256>,
    successors: Hmac<Sha256>,
    sealing: Aes256GcmSiv,
    fingerprint: [u8; 32],
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

/// The system gave no randomness.
#[derive(Debug, thiserror::Error)]
#[error("no randomness: {0}")]
pub struct NoRandomness(getrandom::Error);

impl Secrets {
    /// Derives the keys from the configured one; `operator_token` opens the operator's API.
    pub fn new(key: &[u8; 32], operator_token: &str) -> Self {
        let derived = |label: &[u8]| {
            let mut mac = keyed(key);
            mac.update(label);
            keyed(&mac.finalize().into_bytes().into())
        };
        let hashing = derived(b"daric hash of secrets");
        let signing = derived(b"daric signature of tokens");
        let operator = finish(hashing.clone(), operator_token.as_bytes());
        let cards = derived(b"daric look-up of cards");
        let otps = derived(b"daric one-time passwords of cards");
        let otts = derived(b"daric one-time tokens of calls");
        let successors = derived(b"daric successors of refresh tokens");
        let mut sealing = keyed(key);
        sealing.update(b"daric sealing of cards");
        let sealing = Aes256GcmSiv::new(&sealing.finalize().into_bytes());
        let fingerprint = finish(keyed(key), b"daric fingerprint of the key").0;
        Self { hashing, signing, operator, cards, otps, otts, successors, sealing, fingerprint }
    }

    /// Tells one configured key from another without telling the key.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    /// The keyed hash of a secret.
    pub fn hash(&self, secret: &str) -> Digest {
        finish(self.hashing.clone(), secret.as_bytes())
    }

    /// Whether a secret has this hash.
    pub fn matches(&self, secret: &str, hash: &Digest) -> bool {
        self.hash(secret).0.ct_eq(&hash.0).into()
    }

    /// The keyed hash under which a card's number is looked up.
    pub fn card(&self, number: &str) -> Digest {
        finish(self.cards.clone(), number.as_bytes())
    }

    /// The keyed hash of a one-time password for a card, of which this is the keyed hash.
    pub fn otp(&self, card: &Digest, otp: &str) -> Digest {
        let mut mac = self.otps.clone();
        mac.update(&card.0);
        finish(mac, otp.as_bytes())
    }

    /// The security code of a card that is hosted here, by its number and last month (pod.md 5.3): three digits, kept nowhere.
    pub fn security_code(&self, number: &str, expires: i64) -> String {
        let mut mac = self.cards.clone();
        mac.update(b"security code");
        mac.update(&expires.to_be_bytes());
        let hash = finish(mac, number.as_bytes()).0;
        let value = hash.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
        format!("{:03}", value % 1_000)
    }

    /// The keyed hash of a code that pays an invoice.
    pub fn pay_code(&self, invoice: i64, code: &str) -> Digest {
        let mut mac = self.otps.clone();
        mac.update(b"invoice");
        mac.update(&invoice.to_be_bytes());
        finish(mac, code.as_bytes())
    }

    /// What signs a one-time token of POD: for the keyed hash of a token, a second, a count.
    pub fn ott(&self, token: &Digest, second: i64, count: u64) -> u64 {
        let mut mac = self.otts.clone();
        mac.update(&token.0);
        mac.update(&second.to_be_bytes());
        let hash = finish(mac, &count.to_be_bytes()).0;
        hash.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
    }

    /// A round of what mixes up a one-time token of POD.
    pub fn ott_round(&self, round: u8, half: u32) -> u32 {
        let mut mac = self.otts.clone();
        mac.update(&[round]);
        let hash = finish(mac, &half.to_be_bytes()).0;
        hash.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
    }

    /// A card's number, or another secret that is needed again, encrypted: a random nonce, then the text and its tag.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn seal(&self, number: &str) -> Result<Vec<u8>, NoRandomness> {
        let mut nonce = [0u8; NONCE];
        getrandom::fill(&mut nonce).map_err(NoRandomness)?;
        // Short texts are far below what the cipher can take.
        let sealed = self.sealing.encrypt(&nonce.into(), number.as_bytes()).unwrap_or_default();
        Ok([&nonce[..], &sealed].concat())
    }

    /// Signs a text with a secret that was sealed here, in hexadecimal digits; `None`: the secret cannot be opened.
    pub fn sign_text(&self, sealed: &[u8], text: &str) -> Option<String> {
        let secret = self.open(sealed)?;
        // Secrets of any length: a longer one than a block is hashed first.
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
        mac.update(text.as_bytes());
        Some(mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// What was sealed again; `None`: it was sealed with another key, or changed.
    pub fn open(&self, sealed: &[u8]) -> Option<String> {
        let (nonce, text) = sealed.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        String::from_utf8(self.sealing.decrypt(&nonce.into(), text).ok()?).ok()
    }

    /// The hidden token of a page's forms: bound to the request that the page is about.
    pub fn csrf(&self, request: &str) -> String {
        let mut mac = self.hashing.clone();
        mac.update(b"csrf");
        let bytes = finish(mac, request.as_bytes()).0;
        bytes.iter().map(|byte| char::from(ALPHANUMERIC[usize::from(*byte) % ALPHANUMERIC.len()])).collect()
    }

    /// The token that follows a refresh token: the same each time, so that it can be given again without being kept.
    pub fn successor(&self, token: &str, length: usize) -> String {
        let mut text = String::with_capacity(length);
        for block in 0u64.. {
            let mut mac = self.successors.clone();
            mac.update(&block.to_be_bytes());
            alphanumeric_of(&finish(mac, token.as_bytes()).0, &mut text, length);
            if text.len() == length {
                break;
            }
        }
        text
    }

    /// Whether two texts are the same; takes as long whatever they are.
    pub fn same(&self, one: &str, other: &str) -> bool {
        one.as_bytes().ct_eq(other.as_bytes()).into()
    }

    /// Whether a token is the operator's.
    pub fn is_operator(&self, token: &str) -> bool {
        self.matches(token, &self.operator)
    }

    /// A signed token with these claims.
    ///
    /// # Errors
    /// The claims are no JSON.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, serde_json::Error> {
        let claims = serde_json::to_vec(claims)?;
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(JWT_HEADER), URL_SAFE_NO_PAD.encode(claims));
        let signature = finish(self.signing.clone(), signed.as_bytes());
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.0)))
    }
}

fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    // A key shorter than a block is padded with zeros.
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    Hmac::<Sha256>::new(&block.into())
}

fn finish(mut mac: Hmac<Sha256>, message: &[u8]) -> Digest {
    mac.update(message);
    Digest(mac.finalize().into_bytes().into())
}

/// A card's number as it may be shown: its first six and last four digits.
pub fn masked(number: &str) -> String {
    match (number.get(..6), number.len().checked_sub(4).and_then(|at| number.get(at..))) {
        (Some(first), Some(last)) if number.len() > 10 => format!("{first}{}{last}", "*".repeat(number.len() - 10)),
        _ => "*".repeat(number.len()),
    }
}

/// A random text of `length` digits, each as likely as the others.
///
/// # Errors
/// The system gives no randomness.
pub fn digits(length: usize) -> Result<String, NoRandomness> {
    let mut text = String::with_capacity(length);
    let mut bytes = [0u8; 16];
    while text.len() < length {
        getrandom::fill(&mut bytes).map_err(NoRandomness)?;
        // Bytes from 250 on are left out.
        for byte in bytes.iter().filter(|byte| **byte < 250).take(length - text.len()) {
            text.push(char::from(b'0' + byte % 10));
        }
    }
    Ok(text)
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

/// A random text of `length` hexadecimal digits, in small letters.
///
/// # Errors
/// The system gives no randomness.
pub fn hexadecimal(length: usize) -> Result<String, NoRandomness> {
    random(b"0123456789abcdef", length)
}

/// A random text of `length` letters, large and small.
///
/// # Errors
/// The system gives no randomness.
pub fn letters(length: usize) -> Result<String, NoRandomness> {
    // Without those that look like others.
    random(b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefgh", length)
}

/// A random text of letters of an alphabet whose length is a power of two.
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

/// Adds digits and letters that come of random bytes to a text, up to `length` characters.
fn alphanumeric_of(bytes: &[u8], text: &mut String, length: usize) {
    // Bytes from 248 on are left out, so that each of the 62 characters is as likely as the others.
    for byte in bytes.iter().filter(|byte| **byte < 248).take(length - text.len()) {
        text.push(char::from(ALPHANUMERIC[usize::from(*byte) % ALPHANUMERIC.len()]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_signed_in_the_way_every_library_reads() {
        let secrets = Secrets::new(&[7; 32], "operator");
        let token = secrets.sign(&serde_json::json!({"clientId": "drops"})).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        assert_eq!(parts.len(), 3);
        let decode = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        assert_eq!(decode(parts[0]), r#"{"alg":"HS256","typ":"JWT"}"#);
        assert_eq!(decode(parts[1]), r#"{"clientId":"drops"}"#);
        let signature = finish(secrets.signing.clone(), format!("{}.{}", parts[0], parts[1]).as_bytes());
        assert_eq!(URL_SAFE_NO_PAD.decode(parts[2]).unwrap(), signature.0);
    }

    #[test]
    fn only_the_secret_itself_matches_its_hash_and_keys_differ_by_server() {
        let (one, other) = (Secrets::new(&[1; 32], "operator"), Secrets::new(&[2; 32], "operator"));
        assert!(one.matches("drops-secret", &one.hash("drops-secret")));
        assert!(!one.matches("drops-secret ", &one.hash("drops-secret")));
        assert_ne!(one.hash("drops-secret"), other.hash("drops-secret"));
        assert!(one.is_operator("operator") && !one.is_operator("operator2"));
    }

    #[test]
    fn a_card_s_number_is_opened_by_the_key_that_sealed_it_and_never_sealed_alike() {
        let (one, other) = (Secrets::new(&[1; 32], "operator"), Secrets::new(&[2; 32], "operator"));
        let number = "6362144304319309";
        let (sealed, again) = (one.seal(number).unwrap(), one.seal(number).unwrap());
        assert_ne!(sealed, again);
        assert_eq!(one.open(&sealed).as_deref(), Some(number));
        assert_eq!(other.open(&sealed), None);
        let mut changed = sealed.clone();
        changed[NONCE] ^= 1;
        for broken in [&changed[..], &sealed[..NONCE], &sealed[..3], b""] {
            assert_eq!(one.open(broken), None);
        }
        assert!(one.card(number) != other.card(number) && one.card(number) != one.hash(number));
        let (card, another) = (one.card(number), one.card("6362142376876523"));
        assert!(
            one.otp(&card, "12345") == one.otp(&card, "12345") && one.otp(&card, "12345") != one.otp(&another, "12345")
        );
        assert!(one.otp(&card, "12345") != other.otp(&card, "12345"));
    }

    #[test]
    fn a_refresh_token_has_one_successor_that_only_this_server_can_tell() {
        let (one, other) = (Secrets::new(&[1; 32], "operator"), Secrets::new(&[2; 32], "operator"));
        for length in [32, 256] {
            let next = one.successor("token", length);
            assert!(next.len() == length && next.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            assert_eq!(one.successor("token", length), next);
            assert!(other.successor("token", length) != next && one.successor("another", length) != next);
        }
    }

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
