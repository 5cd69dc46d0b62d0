//! The addresses of shops' logos.

use data_encoding::HEXLOWER;
use payments::{Digest, PartyId};

/// The path of a shop's logo. It changes with the image, so that browsers may keep the image for ever.
pub fn logo_path(business: PartyId, hash: Digest) -> String {
    format!("/assets/shops/{}/{}.png", business.0, HEXLOWER.encode(&hash.0[..8]))
}
