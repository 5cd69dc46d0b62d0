//! The statements of a table, derived from its declaration, and the columns that an update writes.

use crate::Table;

/// The column of a row's own number, which never changes.
const NUMBER: &str = "id";

/// The text of [`Table::insert`].
pub fn insert<T: Table>() -> String {
    let places = vec!["?"; T::FIELDS.len()].join(",");
    format!("INSERT INTO {} ({}) VALUES ({places})", T::NAME, T::COLUMNS)
}

/// The text of [`Table::update`].
pub fn update<T: Table>() -> String {
    if T::CHANGING.is_empty() {
        return String::new();
    }
    let given = |columns: &[&str], between: &str| {
        columns.iter().map(|column| format!("{column} = ?")).collect::<Vec<_>>().join(between)
    };
    format!("UPDATE {} SET {} WHERE {}", T::NAME, given(T::CHANGING, ", "), given(T::KEYS, " AND "))
}

/// The text of [`Table::upsert`]: it does not write the key's columns again, so that their indexes stay untouched.
pub fn upsert<T: Table>() -> String {
    let set: Vec<String> = T::CHANGING.iter().map(|field| format!("{field} = excluded.{field}")).collect();
    // A table with no changing column has nothing to update.
    let over = if set.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {}", set.join(", ")) };
    format!("{} ON CONFLICT ({}) DO {over}", insert::<T>(), T::KEYS.join(", "))
}

/// Whether `name` is among `names`.
pub const fn has(names: &[&str], name: &str) -> bool {
    let mut at = 0;
    while at < names.len() {
        let (one, other) = (names[at].as_bytes(), name.as_bytes());
        let mut same = if one.len() == other.len() { 0 } else { one.len() + 1 };
        while same < one.len() && one[same] == other[same] {
            same += 1;
        }
        if same == one.len() {
            return true;
        }
        at += 1;
    }
    false
}

const fn is_changing(field: &str, keys: &[&str], for_life: &[&str]) -> bool {
    !has(keys, field) && !has(for_life, field) && !has(&[NUMBER], field)
}

/// The number of changing columns.
pub const fn changing_count(all: &[&str], keys: &[&str], for_life: &[&str]) -> usize {
    let (mut at, mut count) = (0, 0);
    while at < all.len() {
        if is_changing(all[at], keys, for_life) {
            count += 1;
        }
        at += 1;
    }
    let mut at = 0;
    while at < for_life.len() {
        assert!(has(all, for_life[at]), "what is kept for life is a column");
        at += 1;
    }
    count
}

/// The names of the changing columns.
pub const fn changing<'a, const N: usize>(all: &[&'a str], keys: &[&str], for_life: &[&str]) -> [&'a str; N] {
    let mut found = [""; N];
    let (mut at, mut next) = (0, 0);
    while at < all.len() {
        if is_changing(all[at], keys, for_life) {
            found[next] = all[at];
            next += 1;
        }
        at += 1;
    }
    found
}
