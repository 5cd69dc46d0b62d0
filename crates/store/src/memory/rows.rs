//! Helpers for rows in memory: reading them by their columns, and removing a limited number.

use std::collections::BTreeMap;
use std::sync::Arc;

use schema::Table;

use crate::Error;

/// A copy of a row by way of its columns, which a row of a database takes, too.
///
/// # Errors
/// The columns contradict each other.
pub(super) fn whole<T: Table>(row: &T) -> Result<T, Error> {
    Ok(schema::values(row)?.row()?)
}

/// The number in a column of a row, if it holds one.
pub(super) fn number<T: Table>(row: &T, column: &str) -> Option<i64> {
    let at = T::FIELDS.iter().position(|field| *field == column)?;
    schema::values(row).ok()?.number(at)
}

/// Removes at most `most` rows for which a condition holds; returns how many.
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
