//! Rows in memory: read by their columns, and removed some at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use schema::Table;

use crate::Error;

/// A row as its columns give it back.
///
/// # Errors
/// They contradict each other.
pub(super) fn whole<T: Table>(row: &T) -> Result<T, Error> {
    Ok(schema::values(row)?.row()?)
}

/// What a row holds in a column of numbers.
pub(super) fn number<T: Table>(row: &T, column: &str) -> Option<i64> {
    let at = T::FIELDS.iter().position(|field| *field == column)?;
    schema::values(row).ok()?.number(at)
}

/// Removes rows for which a condition holds, `most` at most; returns how many.
pub(super) fn remove<K: Ord + Clone, R>(
    rows: &mut BTreeMap<K, Arc<R>>,
    most: usize,
    is_over: impl Fn(&R) -> bool,
) -> usize {
    let over: Vec<K> = rows.iter().filter(|(_, row)| is_over(row)).map(|(key, _)| key.clone()).take(most).collect();
    for key in &over {
        rows.remove(key);
    }
    over.len()
}
