//! Sealed (encrypted) values, and the keys that open them.
//!
//! Shape: a [`KeyRing`] has the current key and older ones. The current key seals; a sealed value names the key that opens it by key id. Each value
//! is bound to its [`SealContext`]: copied to another row or another column, it does not open.
//! Format: one byte (2), four bytes of key id, twelve bytes of nonce, then the ciphertext with its tag. Values of the first edition have only nonce
//! and ciphertext and are bound to nothing; they are opened until the store is sealed anew (`daric rekey`).

use aes_gcm_siv::Aes256GcmSiv;
use aes_gcm_siv::aead::{Aead, Payload};
use hmac::{KeyInit, Mac};
use payments::Digest;
use zeroize::Zeroizing;

use crate::mac::{finish, keyed};
use crate::random::NoRandomness;

/// A configured key; wiped from memory on drop.
pub type Key = Zeroizing<[u8; 32]>;

/// The first byte of a sealed value: the version of the format.
const FORM: u8 = 2;
/// Bytes of a key's id.
const ID: usize = 4;
/// Bytes of a nonce.
const NONCE: usize = 12;

/// What a sealed value is bound to: its purpose and its row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SealContext<'a> {
    /// The number of a client's card, by its keyed hash.
    Card(&'a Digest),
    /// The number of a payer's card, by its keyed hash.
    PayerCard(&'a Digest),
    /// The code of a voucher, by its keyed hash in hexadecimal digits.
    Voucher(&'a str),
    /// The current and the previous secret that sign calls to a business, by its handle, which never changes.
    WebhookSecret(&'a str),
    /// The secret of an operator's device, by the operator's name, which never changes.
    SecondFactor(&'a str),
    /// The secret of a device that is not enrolled yet, stored in the page state of a session.
    NewFactor(&'a str),
    /// The card data that was typed, stored in the page state of a session.
    TypedCard(&'a str),
    /// The entry state of a session of the payment pages, by the session's number.
    Entry(&'a str),
    /// What the next page of a session of the payment pages shows, by the session's number.
    PageState(&'a str),
    /// New secrets on their way to the page that shows them once, by the operator's session.
    Shown(&'a str),
    /// The store's own key.
    DataKey,
}

impl SealContext<'_> {
    /// The associated data: purpose, or table and column; then the row's key.
    fn associated(&self) -> Vec<u8> {
        let (what, row): (&str, &[u8]) = match self {
            Self::Card(number) => ("card.sealed", &number.0),
            Self::PayerCard(number) => ("payer_card.sealed", &number.0),
            Self::Voucher(hash) => ("voucher.sealed", hash.as_bytes()),
            Self::WebhookSecret(handle) => ("party.webhook_secret", handle.as_bytes()),
            Self::SecondFactor(operator) => ("second_factor.sealed", operator.as_bytes()),
            Self::NewFactor(session) => ("page.factor", session.as_bytes()),
            Self::TypedCard(session) => ("page.card", session.as_bytes()),
            Self::Entry(session) => ("page.entry", session.as_bytes()),
            Self::PageState(session) => ("page.state", session.as_bytes()),
            Self::Shown(session) => ("page.shown", session.as_bytes()),
            Self::DataKey => ("origin.data_key", b""),
        };
        [what.as_bytes(), b"\0", row].concat()
    }
}

/// A key, and the keys derived from it.
#[derive(Clone)]
struct Derived {
    key: Key,
    fingerprint: [u8; 32],
    sealing: Aes256GcmSiv,
    /// Opens values of the first edition.
    unbound: Aes256GcmSiv,
}

impl Derived {
    fn of(key: Key) -> Self {
        let cipher = |label: &[u8]| {
            let mut mac = keyed(&key);
            mac.update(label);
            Aes256GcmSiv::new(&mac.finalize().into_bytes())
        };
        let (sealing, unbound) = (cipher(b"daric sealing of values"), cipher(b"daric sealing of cards"));
        let fingerprint = finish(keyed(&key), b"daric fingerprint of the key").0;
        Self { key, fingerprint, sealing, unbound }
    }

    fn id(&self) -> &[u8] {
        &self.fingerprint[..ID]
    }
}

/// See the module.
#[derive(Clone)]
pub struct KeyRing {
    current: Derived,
    old: Vec<Derived>,
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyRing")
    }
}

impl KeyRing {
    /// A ring of the current key, and of older keys that only open.
    pub fn new(current: Key, old: Vec<Key>) -> Self {
        Self { current: Derived::of(current), old: old.into_iter().map(Derived::of).collect() }
    }

    fn keys(&self) -> impl Iterator<Item = &Derived> {
        std::iter::once(&self.current).chain(&self.old)
    }

    /// Fingerprints that identify the keys without revealing them, the current one first.
    pub fn fingerprints(&self) -> Vec<[u8; 32]> {
        self.keys().map(|key| key.fingerprint).collect()
    }

    /// A new data key for a new store, sealed.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn fresh_data_key(&self) -> Result<Vec<u8>, NoRandomness> {
        let mut key = Zeroizing::new([0u8; 32]);
        getrandom::fill(&mut key[..]).map_err(NoRandomness)?;
        self.seal(SealContext::DataKey, &key[..])
    }

    /// A store's own key: the sealed one, or, for a store of the first edition, the configured key with the fingerprint `made_with`.
    pub(crate) fn data_key(&self, sealed: &[u8], made_with: &[u8; 32]) -> Option<Key> {
        if sealed.is_empty() {
            return self.keys().find(|key| key.fingerprint == *made_with).map(|key| key.key.clone());
        }
        let opened = self.open(SealContext::DataKey, sealed, Unbound::Refused)?;
        Some(Zeroizing::new(opened.as_slice().try_into().ok()?))
    }

    /// Encrypts a value with the current key and binds it to its context.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn seal(&self, context: SealContext<'_>, value: &[u8]) -> Result<Vec<u8>, NoRandomness> {
        let mut nonce = [0u8; NONCE];
        getrandom::fill(&mut nonce).map_err(NoRandomness)?;
        let payload = Payload { msg: value, aad: &context.associated() };
        // Encryption cannot fail here: values are far shorter than the cipher's limit.
        let sealed = self.current.sealing.encrypt(&nonce.into(), payload).unwrap_or_default();
        Ok([&[FORM][..], self.current.id(), &nonce, &sealed].concat())
    }

    /// Opens a value sealed in this context; `None`: no key opens it, it belongs to another context, or it was changed.
    pub(crate) fn open(&self, context: SealContext<'_>, sealed: &[u8], unbound: Unbound) -> Option<Zeroizing<Vec<u8>>> {
        let opened = self.open_bound(context, sealed);
        opened.or_else(|| match unbound {
            Unbound::Opened => self.open_unbound(sealed),
            Unbound::Refused => None,
        })
    }

    fn open_bound(&self, context: SealContext<'_>, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (id, rest) = sealed.strip_prefix(&[FORM])?.split_at_checked(ID)?;
        let (nonce, text) = rest.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let associated = context.associated();
        let mut keys = self.keys().filter(|key| key.id() == id);
        keys.find_map(|key| key.sealing.decrypt(&nonce.into(), Payload { msg: text, aad: &associated }).ok())
            .map(Zeroizing::new)
    }

    fn open_unbound(&self, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, text) = sealed.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        self.keys().find_map(|key| key.unbound.decrypt(&nonce.into(), text).ok()).map(Zeroizing::new)
    }

    /// Whether a value is sealed with the current key and bound to this context.
    pub(crate) fn is_current(&self, context: SealContext<'_>, sealed: &[u8]) -> bool {
        let id = sealed.strip_prefix(&[FORM]).and_then(|rest| rest.get(..ID));
        id == Some(self.current.id()) && self.open_bound(context, sealed).is_some()
    }
}

/// Whether values of the first edition, which are bound to no context, are opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unbound {
    /// They are: the store has not been sealed anew.
    Opened,
    /// They are not.
    Refused,
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
impl KeyRing {
    /// Seals a value as the first edition did.
    pub(crate) fn seal_unbound(&self, value: &str) -> Vec<u8> {
        let nonce = [9u8; NONCE];
        [&nonce[..], &self.current.unbound.encrypt(&nonce.into(), value.as_bytes()).unwrap()].concat()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    fn ring(current: u8, old: &[u8]) -> KeyRing {
        let key = |byte: u8| Zeroizing::new([byte; 32]);
        KeyRing::new(key(current), old.iter().copied().map(key).collect())
    }

    #[test]
    fn a_sealed_value_opens_in_its_own_context_and_in_no_other() {
        let (one, other) = (Digest([1; 32]), Digest([2; 32]));
        let contexts = [
            SealContext::Card(&one),
            SealContext::Card(&other),
            SealContext::PayerCard(&one),
            SealContext::WebhookSecret("shop"),
            SealContext::WebhookSecret("shop2"),
            SealContext::SecondFactor("shop"),
            SealContext::NewFactor("shop"),
            SealContext::TypedCard("shop"),
            SealContext::Entry("shop"),
            SealContext::PageState("shop"),
            SealContext::Voucher("shop"),
            SealContext::DataKey,
        ];
        let ring = ring(1, &[]);
        for sealed_at in contexts {
            let (sealed, again) = (ring.seal(sealed_at, b"secret").unwrap(), ring.seal(sealed_at, b"secret").unwrap());
            assert_ne!(sealed, again, "{sealed_at:?}");
            for context in contexts {
                let opened = ring.open(context, &sealed, Unbound::Opened);
                assert_eq!(opened.is_some(), context == sealed_at, "sealed at {sealed_at:?}, opened at {context:?}");
            }
            for at in 0..sealed.len() {
                let mut changed = sealed.clone();
                changed[at] ^= 1;
                assert_eq!(ring.open(sealed_at, &changed, Unbound::Opened), None, "{sealed_at:?}, byte {at}");
            }
            assert_eq!(ring.open(sealed_at, &sealed[..sealed.len() - 1], Unbound::Opened), None);
        }
        assert_eq!(ring.open(SealContext::DataKey, b"", Unbound::Opened), None);
    }

    #[test]
    fn an_old_key_opens_what_it_sealed_and_the_current_one_seals() {
        let context = SealContext::WebhookSecret("shop");
        let before = ring(1, &[]).seal(context, b"secret").unwrap();
        let unbound = ring(1, &[]).seal_unbound("secret");
        let rotated = ring(2, &[3, 1]);
        let opens = |ring: &KeyRing, sealed: &[u8], how| ring.open(context, sealed, how).map(|text| text.to_vec());
        let secret = || Some(b"secret".to_vec());
        assert_eq!(opens(&rotated, &before, Unbound::Refused), secret());
        assert_eq!(opens(&rotated, &unbound, Unbound::Opened), secret());
        assert_eq!(opens(&rotated, &unbound, Unbound::Refused), None);
        let after = rotated.seal(context, b"secret").unwrap();
        assert_eq!(opens(&ring(2, &[]), &after, Unbound::Refused), secret());
        assert_eq!(opens(&ring(1, &[3]), &after, Unbound::Opened), None);
        let current = [&before, &unbound, &after].map(|sealed| rotated.is_current(context, sealed));
        assert_eq!(current, [false, false, true]);
    }

    #[test]
    fn the_key_of_a_store_is_kept_when_the_configured_one_is_another() {
        let made = ring(1, &[]);
        let sealed = made.fresh_data_key().unwrap();
        let [of_made] = made.fingerprints()[..] else { panic!("one key") };
        let known = made.data_key(&sealed, &of_made).unwrap();
        assert_ne!(*known, [1; 32], "a new store has a key of its own");
        assert_eq!(ring(2, &[1]).data_key(&sealed, &of_made), Some(known));
        assert_eq!(ring(2, &[]).data_key(&sealed, &of_made), None);
        // In the first edition, the store's key is the configured one.
        assert_eq!(ring(2, &[1]).data_key(b"", &of_made), Some(Zeroizing::new([1; 32])));
        assert_eq!(ring(2, &[]).data_key(b"", &of_made), None);
    }
}
