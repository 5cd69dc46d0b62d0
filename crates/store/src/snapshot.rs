//! The rows of a whole store in memory, for snapshots of a sandbox.
//!
//! Shape: an engine reads every table into [`Tables`], between two commits; [`crate::Writer::restore`] inserts them again after a wipe, in the same
//! commit. The tables are those of `payments::tables!`: a new one is part of a snapshot without a further line.
//! Limit: the bytes that the caller allows. An engine reads no more rows than could fit into them.
//! Absent: the origin and the counters. They belong to the store and not to its world.

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger::{Account, Pending, Transfer};
use schema::{Bind, Corrupt, Table};

use crate::memory::Tables;

/// Bytes that a row takes at least, with its place in a map.
const ROW: usize = 96;

/// The rows of a whole store.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The rows, by table.
    pub tables: Tables,
    /// How many there are.
    pub rows: usize,
    /// The memory that they take, about.
    pub bytes: usize,
}

/// Counts the rows of a snapshot and the memory that they take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weighed {
    rows: usize,
    bytes: usize,
    most: usize,
}

impl Weighed {
    /// A count that stops above `most` bytes.
    pub(crate) fn up_to(most: usize) -> Self {
        Self { rows: 0, bytes: 0, most }
    }

    /// How many rows of a table are read at most: with more it would not fit.
    pub(crate) fn limit(&self) -> usize {
        self.most.saturating_sub(self.bytes) / ROW + 1
    }

    /// Adds the rows of a table, by the keys under which decisions know them; `None`: there are too many.
    pub(crate) fn keyed<K: Ord, T: Table>(
        &mut self,
        rows: Vec<T>,
        key: impl Fn(&T) -> K,
    ) -> Result<Option<BTreeMap<K, Arc<T>>>, Corrupt> {
        for row in &rows {
            self.add(row)?;
        }
        let keyed = rows.into_iter().map(|row| (key(&row), Arc::new(row))).collect();
        Ok(self.fits().then_some(keyed))
    }

    /// Adds a row.
    pub(crate) fn add<T: Table>(&mut self, row: &T) -> Result<(), Corrupt> {
        let mut weight = Weight(ROW + size_of::<T>());
        row.bind(&mut weight)?;
        self.rows += 1;
        self.bytes = self.bytes.saturating_add(weight.0);
        Ok(())
    }

    /// Whether the rows so far fit.
    pub(crate) fn fits(&self) -> bool {
        self.bytes <= self.most
    }

    /// The snapshot of these rows.
    pub(crate) fn snapshot(self, tables: Tables) -> Snapshot {
        Snapshot { tables, rows: self.rows, bytes: self.bytes }
    }
}

/// The bytes of a row's values.
struct Weight(usize);

impl Bind for Weight {
    type Error = Corrupt;

    fn int(&mut self, _: Option<i64>) -> Result<(), Corrupt> {
        Ok(())
    }

    fn optional_text(&mut self, value: Option<&str>) -> Result<(), Corrupt> {
        self.0 += value.map_or(0, str::len);
        Ok(())
    }

    fn optional_blob(&mut self, value: Option<&[u8]>) -> Result<(), Corrupt> {
        self.0 += value.map_or(0, <[u8]>::len);
        Ok(())
    }
}

/// Adds all rows of a store that is in memory already.
pub(crate) fn weigh(tables: &Tables, weighed: &mut Weighed) -> Result<(), Corrupt> {
    tables.accounts.values().try_for_each(|row: &Account| weighed.add(row))?;
    tables.pendings.values().try_for_each(|row: &Pending| weighed.add(row))?;
    tables.transfers.values().try_for_each(|row: &Transfer| weighed.add(row))?;
    macro_rules! add {
        (plain { $($(#[$doc:meta])* $table:ident: $row:ty,)* } apart { $($(#[$other_doc:meta])* $other:ident: $key:ty => $other_row:ty,)* }) => {
            $(tables.$table.values().try_for_each(|row| weighed.add::<$row>(row))?;)*
            $(tables.$other.values().try_for_each(|row| weighed.add::<$other_row>(row))?;)*
        };
    }
    payments::tables!(add);
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use payments::BankUser;

    use super::*;

    fn user(nid: &str, password: &str) -> BankUser {
        let (nid, password) = (nid.to_owned(), password.to_owned());
        BankUser { nid, password, failures: 0, locked_until_ms: 0, mobile: None }
    }

    #[test]
    fn texts_count_and_what_is_above_the_limit_is_no_snapshot() {
        let mut weighed = Weighed::up_to(usize::MAX);
        weighed.add(&user("1", "")).unwrap();
        let empty = weighed.bytes;
        weighed.add(&user("2", &"x".repeat(1_000))).unwrap();
        assert_eq!((weighed.rows, weighed.bytes), (2, 2 * empty + 1_000));
        let two = || vec![user("1", ""), user("2", "")];
        assert_eq!(Weighed::up_to(2 * empty).keyed(two(), Table::key).unwrap().map(|rows| rows.len()), Some(2));
        assert!(Weighed::up_to(2 * empty - 1).keyed(two(), Table::key).unwrap().is_none());
    }
}
