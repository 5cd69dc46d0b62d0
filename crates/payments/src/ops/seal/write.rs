//! Appending a link to a chain.
//!
//! Order of refusals: the number is taken, the link does not follow the last one.

use super::row::{Seal, SealKey};
use crate::view::{Denial, Keys, View};
use crate::{At, Command};

/// Why a link is not appended, in order of precedence. Another process was quicker, or the world was replaced meanwhile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SealRefusal {
    /// The chain has a link with this number.
    NumberTaken,
    /// The link before it is not there, or covers rows that this one would cover.
    NotNext,
}

/// Appends a link to a chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WriteSeal {
    /// Chain and place.
    pub key: SealKey,
    /// The number of the first row.
    pub first: i64,
    /// The number of the last row.
    pub last: i64,
    /// How many rows it covers.
    pub rows: i64,
    /// The hash of the rows as they are stored.
    pub content: [u8; 32],
}

impl WriteSeal {
    /// The key of the link before it; `None`: it is the first one.
    fn before(&self) -> Option<SealKey> {
        (self.key.number > 1).then(|| SealKey { number: self.key.number - 1, ..self.key })
    }
}

impl Command for WriteSeal {
    type Done = Seal;
    type Refusal = SealRefusal;
    const NAME: &'static str = "WriteSeal";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.seals.push(self.key);
        keys.seals.extend(self.before());
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<Seal, Denial<SealRefusal>> {
        if view.seals.get(&self.key).is_some() {
            return Err(SealRefusal::NumberTaken.into());
        }
        let previous = match self.before() {
            Some(before) => Some(**view.seals.get(&before).ok_or(SealRefusal::NotNext)?),
            None => None,
        };
        if previous.is_some_and(|previous| previous.last >= self.first) {
            return Err(SealRefusal::NotNext.into());
        }
        let Self { key, first, last, rows, content } = *self;
        let unsigned = Seal { key, first, last, rows, at_ms: at.machine_ms, hash: [0; 32] };
        let seal = Seal { hash: unsigned.hash_after(previous.as_ref(), &content), ..unsigned };
        view.seals.put(key, seal);
        Ok(seal)
    }
}
