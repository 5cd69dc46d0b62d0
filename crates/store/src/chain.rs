//! The hash chains: the content of their links, the statements that read it, and the check of a link.
//!
//! The content of a row is its columns as they are stored, and not the values that they stand for: a code that no version knows is hashed like any
//! other. It is the same on every engine.
//! A row is complete below the horizon: no commit will add a row with a smaller number. SQLite gives numbers in the order of commits; on PostgreSQL see
//! `postgres/horizon.rs`.

use ledger::Transfer;
use payments::{AuditLine, Chain, Seal, SealKey};
use schema::{Bind, Corrupt, Fetch, Table};
use sha2::{Digest as _, Sha256};

/// How many rows one link covers at most: they are read in one go, in a few milliseconds.
pub const LINK_ROWS: usize = 4_096;
/// How many rows that no link covers yet are counted at most.
pub(crate) const COUNTED: usize = 100_000;

/// The rows of a chain's table after one link, as a further link would cover them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Content {
    /// The number of the first row; 0: there is none.
    pub first: i64,
    /// The number of the last row; 0: there is none.
    pub last: i64,
    /// How many there are.
    pub rows: i64,
    /// The hash of the rows as they are stored.
    pub hash: [u8; 32],
}

/// A head of a chain that was exported: the link that the chain ended with then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /// Chain and place of the link.
    pub key: SealKey,
    /// Its hash.
    pub hash: [u8; 32],
}

/// A chain as a verification has found it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Chained {
    /// The chain.
    pub chain: Chain,
    /// Its last link; `None`: nothing is sealed.
    pub head: Option<Seal>,
    /// How many rows its links cover.
    pub sealed: i64,
    /// How many rows no link covers yet; at most 100,000 are counted.
    pub unsealed: i64,
}

/// The type of a column's values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Int,
    Text,
}

const LEDGER: [Kind; 19] = [Kind::Int; 19];
const AUDIT: [Kind; 6] = [Kind::Int, Kind::Int, Kind::Text, Kind::Text, Kind::Text, Kind::Text];

fn kinds(chain: Chain) -> &'static [Kind] {
    match chain {
        Chain::Audit => &AUDIT,
        Chain::Ledger => &LEDGER,
    }
}

fn table(chain: Chain) -> (&'static str, &'static str) {
    match chain {
        Chain::Audit => (AuditLine::NAME, AuditLine::COLUMNS),
        Chain::Ledger => (Transfer::NAME, Transfer::COLUMNS),
    }
}

/// Rows of a chain's table with numbers above `$1` and below `$2`, `$3` of them.
pub(crate) fn rows(chain: Chain) -> String {
    let (name, columns) = table(chain);
    format!("SELECT {columns} FROM {name} WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3")
}

/// How many rows of a chain's table have numbers above `$1`: [`COUNTED`] at most.
pub(crate) fn count(chain: Chain) -> String {
    let (name, _) = table(chain);
    format!("SELECT count(*) FROM (SELECT id FROM {name} WHERE id > $1 ORDER BY id LIMIT {COUNTED}) AS newer")
}

/// Links of a chain, `$1`, after the place `$2`, `$3` of them.
pub(crate) fn seals() -> String {
    format!("SELECT {} FROM seal WHERE chain = $1 AND number > $2 ORDER BY number LIMIT $3", Seal::COLUMNS)
}

/// The last link of a chain, `$1`.
pub(crate) fn last_seal() -> String {
    format!("SELECT {} FROM seal WHERE chain = $1 ORDER BY number DESC LIMIT 1", Seal::COLUMNS)
}

/// Hashes rows one after the other.
pub(crate) struct Contents {
    hash: Sha256,
    first: i64,
    last: i64,
    rows: i64,
}

const NULL: u8 = 0;
const INT: u8 = 1;
const TEXT: u8 = 2;
const BLOB: u8 = 3;
/// Stands for a value that cannot be read.
const UNREADABLE: u8 = 4;

impl Contents {
    pub(crate) fn new() -> Self {
        Self { hash: Sha256::new(), first: 0, last: 0, rows: 0 }
    }

    /// Adds a row as its engine stores it.
    pub(crate) fn stored<F: Fetch>(&mut self, chain: Chain, from: &mut F) {
        let mut id = None;
        for kind in kinds(chain) {
            match kind {
                Kind::Int => match from.int() {
                    Ok(value) => {
                        id.get_or_insert(value.unwrap_or_default());
                        self.put_int(value);
                    }
                    Err(_) => self.hash.update([UNREADABLE]),
                },
                Kind::Text => match from.optional_text() {
                    Ok(value) => self.put_bytes(TEXT, value.as_deref().map(str::as_bytes)),
                    Err(_) => self.hash.update([UNREADABLE]),
                },
            }
        }
        self.counts(id.unwrap_or_default());
    }

    /// Adds a row that is in memory.
    pub(crate) fn row<T: Table>(&mut self, id: i64, row: &T) -> Result<(), Corrupt> {
        row.bind(self)?;
        self.counts(id);
        Ok(())
    }

    fn counts(&mut self, id: i64) {
        if self.rows == 0 {
            self.first = id;
        }
        (self.last, self.rows) = (id, self.rows + 1);
    }

    fn put_int(&mut self, value: Option<i64>) {
        match value {
            None => self.hash.update([NULL]),
            Some(value) => {
                self.hash.update([INT]);
                self.hash.update(value.to_be_bytes());
            }
        }
    }

    fn put_bytes(&mut self, kind: u8, value: Option<&[u8]>) {
        match value {
            None => self.hash.update([NULL]),
            Some(value) => {
                self.hash.update([kind]);
                self.hash.update((value.len() as u64).to_be_bytes());
                self.hash.update(value);
            }
        }
    }

    pub(crate) fn end(self) -> Content {
        let Self { hash, first, last, rows } = self;
        Content { first, last, rows, hash: hash.finalize().into() }
    }
}

impl Bind for Contents {
    type Error = Corrupt;

    fn int(&mut self, value: Option<i64>) -> Result<(), Corrupt> {
        self.put_int(value);
        Ok(())
    }

    fn optional_text(&mut self, value: Option<&str>) -> Result<(), Corrupt> {
        self.put_bytes(TEXT, value.map(str::as_bytes));
        Ok(())
    }

    fn optional_blob(&mut self, value: Option<&[u8]>) -> Result<(), Corrupt> {
        self.put_bytes(BLOB, value);
        Ok(())
    }
}

/// Why a link does not agree with the rows that it covers, or with the link before it; `None`: it does.
pub fn fault(seal: &Seal, previous: Option<&Seal>, content: &Content) -> Option<String> {
    if seal.hash_after(previous, &content.hash) == seal.hash {
        return None;
    }
    let Seal { key, first, last, rows, .. } = seal;
    let why = match (content.rows, content.first, content.last) == (*rows, *first, *last) {
        true => "a row, the link itself or the link before it was changed".to_owned(),
        false => format!("it covers {rows} rows from {first} to {last}, and {} are there", content.rows),
    };
    Some(format!("link {} (rows {first} to {last}) is broken: {why}", key.number))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use ledger::{AccountId, Balances, Rial, TransferId, TransferKind};
    use payments::{AuditId, Text};

    use super::*;

    /// Yields what was bound, as an engine reads it.
    #[derive(Default)]
    struct Stored(Vec<(Kind, Option<i64>, Option<String>)>, usize);

    impl Bind for Stored {
        type Error = Corrupt;

        fn int(&mut self, value: Option<i64>) -> Result<(), Corrupt> {
            self.0.push((Kind::Int, value, None));
            Ok(())
        }

        fn optional_text(&mut self, value: Option<&str>) -> Result<(), Corrupt> {
            self.0.push((Kind::Text, None, value.map(str::to_owned)));
            Ok(())
        }

        fn optional_blob(&mut self, _: Option<&[u8]>) -> Result<(), Corrupt> {
            panic!("no chained table has bytes");
        }
    }

    impl Fetch for Stored {
        type Error = Corrupt;

        fn int(&mut self) -> Result<Option<i64>, Corrupt> {
            self.1 += 1;
            Ok(self.0[self.1 - 1].1)
        }

        fn optional_text(&mut self) -> Result<Option<String>, Corrupt> {
            self.1 += 1;
            Ok(self.0[self.1 - 1].2.clone())
        }

        fn optional_blob(&mut self) -> Result<Option<Vec<u8>>, Corrupt> {
            panic!("no chained table has bytes");
        }
    }

    fn same<T: Table>(chain: Chain, id: i64, row: &T) {
        let mut stored = Stored::default();
        row.bind(&mut stored).unwrap();
        let found: Vec<Kind> = stored.0.iter().map(|(kind, ..)| *kind).collect();
        assert_eq!(found, kinds(chain), "the columns of {}", T::NAME);
        let (mut of_engine, mut of_memory) = (Contents::new(), Contents::new());
        of_engine.stored(chain, &mut stored);
        of_memory.row(id, row).unwrap();
        assert_eq!(of_engine.end(), of_memory.end());
    }

    #[test]
    fn a_row_has_the_same_content_in_a_database_and_in_memory() {
        let [by, action, subject, detail] = ["api", "resolve", "7", ""].map(Text::from);
        same(Chain::Audit, 5, &AuditLine { id: AuditId(5), at_ms: 6, by, action, subject, detail });
        let transfer = Transfer {
            id: TransferId(9),
            kind: TransferKind::PostPending(TransferId(8)),
            debit: AccountId(1),
            credit: AccountId(2),
            amount: Rial::new(3),
            at_ms: 4,
            cause: 5,
            expires_at_ms: None,
            debit_after: Balances::default(),
            credit_after: Balances::default(),
        };
        same(Chain::Ledger, 9, &transfer);
    }

    #[test]
    fn values_that_are_next_to_each_other_are_not_confused() {
        let line = |action: &str, subject: &str| {
            let [by, action, subject, detail] = ["a", action, subject, ""].map(Text::from);
            let mut contents = Contents::new();
            contents.row(1, &AuditLine { id: AuditId(1), at_ms: 1, by, action, subject, detail }).unwrap();
            contents.end().hash
        };
        assert_ne!(line("ab", "c"), line("a", "bc"));
    }
}
