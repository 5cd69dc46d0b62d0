//! Keyed hashes, signatures and sealing.
//!
//! Secrets are random and long, so a single keyed hash is enough. Hashes are looked up by key, or compared in constant time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use payments::{Digest, PartyId};
use serde::Serialize;
use sha2::Sha256;
use store::SealedCode;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::key_ring::{Key, KeyRing, SealContext, Unbound};
use crate::mac::{finish, keyed};
use crate::random::{ALPHANUMERIC, NoRandomness, alphanumeric_of};

/// The header of every token: always HS256.
const JWT_HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// The derived keys of this server, and the key ring.
pub struct Secrets {
    hashing: Hmac<Sha256>,
    signing: Hmac<Sha256>,
    operator: Digest,
    cards: Hmac<Sha256>,
    vouchers: Hmac<Sha256>,
    otps: Hmac<Sha256>,
    otts: Hmac<Sha256>,
    successors: Hmac<Sha256>,
    ring: KeyRing,
    unbound: Unbound,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

/// None of the configured keys opens the store's own key.
#[derive(Debug, thiserror::Error)]
#[error("none of the keys (DARIC_KEY, DARIC_OLD_KEYS) opens this store's own key")]
pub struct WrongKey;

/// Why a value was not sealed anew.
#[derive(Debug, thiserror::Error)]
pub enum NotResealed {
    /// No key of the ring opens it in its context.
    #[error("none of the keys opens it")]
    Unopened,
    /// See [`NoRandomness`].
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

impl Secrets {
    /// The secrets of a store. `data_key` is the store's own key in sealed form; all hashes and signatures derive from it, so that they stay valid
    /// when the configured key changes. An empty `data_key` means a store of the first edition, whose own key is the configured one with the
    /// fingerprint `made_with`.
    ///
    /// # Errors
    /// No key of the ring opens the store's own key.
    pub fn of_store(
        ring: KeyRing,
        data_key: &[u8],
        made_with: &[u8; 32],
        operator_token: &str,
    ) -> Result<Self, WrongKey> {
        let key = ring.data_key(data_key, made_with).ok_or(WrongKey)?;
        let unbound = if data_key.is_empty() { Unbound::Opened } else { Unbound::Refused };
        Ok(Self::derive(&key, ring, unbound, operator_token))
    }

    /// Secrets without a store, all derived from one key.
    pub fn new(key: &[u8; 32], operator_token: &str) -> Self {
        let key = Zeroizing::new(*key);
        Self::derive(&key, KeyRing::new(key.clone(), Vec::new()), Unbound::Refused, operator_token)
    }

    fn derive(key: &Key, ring: KeyRing, unbound: Unbound, operator_token: &str) -> Self {
        let derived = |label: &[u8]| {
            let mut mac = keyed(key);
            mac.update(label);
            keyed(&mac.finalize().into_bytes().into())
        };
        let hashing = derived(b"daric hash of secrets");
        let signing = derived(b"daric signature of tokens");
        let operator = finish(hashing.clone(), operator_token.as_bytes());
        let cards = derived(b"daric look-up of cards");
        let vouchers = derived(b"daric look-up of vouchers");
        let otps = derived(b"daric one-time passwords of cards");
        let otts = derived(b"daric one-time tokens of calls");
        let successors = derived(b"daric successors of refresh tokens");
        Self { hashing, signing, operator, cards, vouchers, otps, otts, successors, ring, unbound }
    }

    /// The key ring.
    pub fn ring(&self) -> &KeyRing {
        &self.ring
    }

    /// The keyed hash of a secret.
    pub fn hash(&self, secret: &str) -> Digest {
        finish(self.hashing.clone(), secret.as_bytes())
    }

    /// Whether a secret has this keyed hash; constant time.
    pub fn matches(&self, secret: &str, hash: &Digest) -> bool {
        self.hash(secret).0.ct_eq(&hash.0).into()
    }

    /// The keyed hash by which a card number is looked up.
    pub fn card(&self, number: &str) -> Digest {
        finish(self.cards.clone(), number.as_bytes())
    }

    /// The keyed hash by which the code of an issuer's voucher is looked up, in hexadecimal digits.
    pub fn voucher(&self, issuer: PartyId, code: &str) -> String {
        let mut mac = self.vouchers.clone();
        mac.update(&issuer.0.to_be_bytes());
        HEXLOWER.encode(&finish(mac, code.as_bytes()).0)
    }

    /// The code of an issuer's voucher in its stored form: hash, sealed code, and masked code.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn seal_voucher(&self, issuer: PartyId, code: &str) -> Result<SealedCode, NoRandomness> {
        let hash = self.voucher(issuer, code);
        let sealed = self.seal(SealContext::Voucher(&hash), code)?;
        let last: Vec<char> = code.chars().rev().take(2).collect();
        // The last two characters of a short code would reveal too much of it.
        let end = if code.chars().count() > 4 { last.into_iter().rev().collect() } else { String::new() };
        Ok(SealedCode { hash, sealed, shown: format!("…{end}") })
    }

    /// The code of a voucher, or its hash if no key opens it.
    pub fn voucher_code(&self, hash: &str, sealed: &[u8]) -> String {
        self.open(SealContext::Voucher(hash), sealed).map_or_else(|| hash.to_owned(), |code| (*code).clone())
    }

    /// The keyed hash of a one-time password for the card with this keyed hash.
    pub fn otp(&self, card: &Digest, otp: &str) -> Digest {
        let mut mac = self.otps.clone();
        mac.update(&card.0);
        finish(mac, otp.as_bytes())
    }

    /// The security code of a card that is hosted here, derived from its number and last month (pod.md 5.3): three digits, stored nowhere.
    pub fn security_code(&self, number: &str, expires: i64) -> String {
        let mut mac = self.cards.clone();
        mac.update(b"security code");
        mac.update(&expires.to_be_bytes());
        let hash = finish(mac, number.as_bytes()).0;
        let value = hash.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
        format!("{:03}", value % 1_000)
    }

    /// The keyed hash of a code with which an invoice is paid.
    pub fn pay_code(&self, invoice: i64, code: &str) -> Digest {
        let mut mac = self.otps.clone();
        mac.update(b"invoice");
        mac.update(&invoice.to_be_bytes());
        finish(mac, code.as_bytes())
    }

    /// The signature in a one-time token of POD, for the keyed hash of a token, a second and a count.
    pub fn ott(&self, token: &Digest, second: i64, count: u64) -> u64 {
        let mut mac = self.otts.clone();
        mac.update(&token.0);
        mac.update(&second.to_be_bytes());
        let hash = finish(mac, &count.to_be_bytes()).0;
        hash.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
    }

    /// The round function that scrambles a one-time token of POD.
    pub fn ott_round(&self, round: u8, half: u32) -> u32 {
        let mut mac = self.otts.clone();
        mac.update(&[round]);
        let hash = finish(mac, &half.to_be_bytes()).0;
        hash.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
    }

    /// Encrypts a secret that is needed again, and binds it to its context.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn seal(&self, context: SealContext<'_>, secret: &str) -> Result<Vec<u8>, NoRandomness> {
        self.ring.seal(context, secret.as_bytes())
    }

    /// Opens a value that was sealed in this context; `None`: it was sealed with another key or in another context, or it was changed.
    pub fn open(&self, context: SealContext<'_>, sealed: &[u8]) -> Option<Zeroizing<String>> {
        let mut opened = self.ring.open(context, sealed, self.unbound)?;
        String::from_utf8(std::mem::take(&mut opened)).ok().map(Zeroizing::new)
    }

    /// Seals a value anew with the current key. `Ok(None)`: it is sealed with it already.
    ///
    /// # Errors
    /// No key opens the value, or the system gives no randomness.
    pub fn reseal(&self, context: SealContext<'_>, sealed: &[u8]) -> Result<Option<Vec<u8>>, NotResealed> {
        if self.ring.is_current(context, sealed) {
            return Ok(None);
        }
        let opened = self.ring.open(context, sealed, self.unbound).ok_or(NotResealed::Unopened)?;
        Ok(Some(self.ring.seal(context, &opened)?))
    }

    /// Seals the store's own key with the current key.
    ///
    /// # Errors
    /// As [`Secrets::reseal`].
    pub fn reseal_data_key(&self, sealed: &[u8], made_with: &[u8; 32]) -> Result<Vec<u8>, NotResealed> {
        let key = self.ring.data_key(sealed, made_with).ok_or(NotResealed::Unopened)?;
        Ok(self.ring.seal(SealContext::DataKey, &key[..])?)
    }

    /// HMAC-SHA256 of a text with a secret that was sealed here; `None`: the secret cannot be opened.
    pub fn sign_text(&self, context: SealContext<'_>, sealed: &[u8], text: &str) -> Option<[u8; 32]> {
        sign_with(&self.open(context, sealed)?, text)
    }

    /// The CSRF token of a page's forms, bound to `request`.
    pub fn csrf(&self, request: &str) -> String {
        let mut mac = self.hashing.clone();
        mac.update(b"csrf");
        let bytes = finish(mac, request.as_bytes()).0;
        bytes.iter().map(|byte| char::from(ALPHANUMERIC[usize::from(*byte) % ALPHANUMERIC.len()])).collect()
    }

    /// The refresh token that replaces this one. It is derived, so that the same one can be returned again without being stored.
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

    /// Compares two texts in constant time.
    pub fn same(&self, one: &str, other: &str) -> bool {
        one.as_bytes().ct_eq(other.as_bytes()).into()
    }

    /// Whether a token is the configured operator token.
    pub fn is_operator(&self, token: &str) -> bool {
        self.matches(token, &self.operator)
    }

    /// A signed JWT with these claims.
    ///
    /// # Errors
    /// The claims do not serialise as JSON.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, serde_json::Error> {
        let claims = serde_json::to_vec(claims)?;
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(JWT_HEADER), URL_SAFE_NO_PAD.encode(claims));
        let signature = finish(self.signing.clone(), signed.as_bytes());
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.0)))
    }
}

/// The signature of a text with a secret (HMAC-SHA256); `None`: the secret cannot be used.
pub fn sign_with(secret: &str, text: &str) -> Option<[u8; 32]> {
    // Secrets may have any length: HMAC first hashes a key longer than a block.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(text.as_bytes());
    Some(mac.finalize().into_bytes().into())
}

/// A card number for display: its first six and last four digits.
pub fn masked(number: &str) -> String {
    match (number.get(..6), number.len().checked_sub(4).and_then(|at| number.get(at..))) {
        (Some(first), Some(last)) if number.len() > 10 => format!("{first}{}{last}", "*".repeat(number.len() - 10)),
        _ => "*".repeat(number.len()),
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
    fn hashes_of_cards_and_passwords_differ_by_card_and_by_server() {
        let (one, other) = (Secrets::new(&[1; 32], "operator"), Secrets::new(&[2; 32], "operator"));
        let number = "6362144304319309";
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
    fn hashes_and_signatures_stay_when_the_configured_key_changes() {
        let ring = |current: u8, old: &[u8]| {
            KeyRing::new(Zeroizing::new([current; 32]), old.iter().map(|byte| Zeroizing::new([*byte; 32])).collect())
        };
        let made = ring(1, &[]);
        let (of_made, data_key) = (made.fingerprints()[0], made.fresh_data_key().unwrap());
        let (context, number) = (SealContext::WebhookSecret("shop"), "6362144304319309");
        // A new store, and one of the first edition.
        for data_key in [&data_key[..], b""] {
            let of = |ring| Secrets::of_store(ring, data_key, &of_made, "operator");
            let (before, after) = (of(ring(1, &[])).unwrap(), of(ring(2, &[1])).unwrap());
            assert_eq!(before.hash("token"), after.hash("token"));
            assert_eq!(before.card(number), after.card(number));
            assert_eq!(before.sign(&1).unwrap(), after.sign(&1).unwrap());
            assert_eq!(before.security_code(number, 140_512), after.security_code(number, 140_512));
            let sealed = before.seal(context, "secret").unwrap();
            let anew = after.reseal(context, &sealed).unwrap().expect("it is of the old key");
            assert!(after.reseal(context, &anew).unwrap().is_none());
            assert_eq!(after.open(context, &anew).as_deref().map(String::as_str), Some("secret"));
            assert!(matches!(of(ring(2, &[])), Err(WrongKey)));
            // Once sealed anew, the store no longer needs the old key, and all hashes stay valid.
            let own = after.reseal_data_key(data_key, &of_made).unwrap();
            let rotated = Secrets::of_store(ring(2, &[]), &own, &of_made, "operator").unwrap();
            assert_eq!((rotated.hash("token"), rotated.card(number)), (before.hash("token"), before.card(number)));
            assert_eq!(rotated.open(context, &anew).as_deref().map(String::as_str), Some("secret"));
            assert_eq!(rotated.open(context, &sealed), None);
        }
        // Values of the first edition are opened only until their store is sealed anew.
        let unbound = ring(1, &[]).seal_unbound("secret");
        let (of_first, of_new) = (&b""[..], &data_key[..]);
        for (data_key, opens) in [(of_first, true), (of_new, false)] {
            let secrets = Secrets::of_store(ring(2, &[1]), data_key, &of_made, "operator").unwrap();
            assert_eq!(secrets.open(context, &unbound).is_some(), opens);
            let anew = secrets.reseal(context, &unbound);
            assert_eq!(matches!(anew, Ok(Some(_))), opens, "{anew:?}");
        }
    }
}
