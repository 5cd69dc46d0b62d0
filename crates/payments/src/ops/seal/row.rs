//! The row of a link of a hash chain (table `seal`).

use schema::{codes, table};
use sha2::{Digest as _, Sha256};

/// Begins the text of which a link's hash is made: another form of link gets another one.
const FORM: &[u8] = b"daric seal 1";
/// The hash before the first link.
const NO_LINK: [u8; 32] = [0; 32];

/// A table whose rows are chained.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Chain {
    /// The audit's lines.
    Audit,
    /// The ledger's transfers.
    Ledger,
}

codes!(Chain = "seal" { 1 => Chain::Audit, 2 => Chain::Ledger, });

impl Chain {
    /// All chains.
    pub const ALL: [Self; 2] = [Self::Audit, Self::Ledger];

    /// Its name in replies and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Audit => "audit",
            Self::Ledger => "ledger",
        }
    }
}

/// The key of a link.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SealKey {
    /// The chain.
    pub chain: Chain,
    /// The link's place in it; the first is 1.
    pub number: i64,
}

/// A link of a chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seal {
    /// Chain and place.
    pub key: SealKey,
    /// The number of the first row that it covers.
    pub first: i64,
    /// The number of the last row that it covers. It covers all rows after the last one of the link before it, up to this one.
    pub last: i64,
    /// How many rows it covers.
    pub rows: i64,
    /// When it was made, by the machine's time, in milliseconds of Unix time.
    pub at_ms: i64,
    /// SHA-256 over the link before it, its own columns, and the content of its rows.
    pub hash: [u8; 32],
}

impl Seal {
    /// The hash that a link must have; `previous`: the link before it, `content`: the hash of its rows as they are stored.
    pub fn hash_after(&self, previous: Option<&Self>, content: &[u8; 32]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(FORM);
        hash.update(previous.map_or(&NO_LINK, |previous| &previous.hash));
        hash.update(self.key.chain.name());
        for number in [self.key.number, self.first, self.last, self.rows, self.at_ms] {
            hash.update(number.to_be_bytes());
        }
        hash.update(content);
        hash.finalize().into()
    }
}

table! {
    Seal = "seal",
    key |k: SealKey| { chain: k.chain, number: k.number },
    of |r| r.key,
    row |r| {
        chain: r.key.chain, number: r.key.number, first_id: r.first, last_id: r.last, row_count: r.rows,
        at_ms: r.at_ms, hash: r.hash,
    },
    for_life { first_id, last_id, row_count, at_ms, hash },
    make Seal { key: SealKey { chain, number }, first: first_id, last: last_id, rows: row_count, at_ms, hash }
}
