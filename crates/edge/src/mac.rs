//! Keyed hashes: HMAC with SHA-256.

use hmac::{Hmac, KeyInit as _, Mac as _};
use payments::Digest;
use sha2::Sha256;

pub(crate) fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    // A key shorter than a block is padded with zeros.
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    Hmac::<Sha256>::new(&block.into())
}

pub(crate) fn finish(mut mac: Hmac<Sha256>, message: &[u8]) -> Digest {
    mac.update(message);
    Digest(mac.finalize().into_bytes().into())
}
