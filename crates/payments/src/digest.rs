//! Keyed hashes of secrets.

use schema::{Bind, Cell, Fetch, Nullable, corrupt};

/// A keyed hash of a secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The first eight bytes in hexadecimal, as audit entries show them: enough to tell hashes apart.
    pub fn shown(&self) -> String {
        self.0.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Cell for Digest {
    fn put<B: Bind>(&self, to: &mut B) -> Result<(), B::Error> {
        self.0.put(to)
    }

    fn take<F: Fetch>(from: &mut F) -> Result<Self, F::Error> {
        Cell::take(from).map(Digest)
    }
}

impl Nullable for Digest {
    fn put_optional<B: Bind>(value: Option<&Self>, to: &mut B) -> Result<(), B::Error> {
        to.optional_blob(value.map(|digest| digest.0.as_slice()))
    }

    fn take_optional<F: Fetch>(from: &mut F) -> Result<Option<Self>, F::Error> {
        let Some(blob) = from.optional_blob()? else { return Ok(None) };
        let digest = blob.try_into().map_err(|_| corrupt("?", "a hash has the wrong length"))?;
        Ok(Some(Self(digest)))
    }
}
