//! Statements over whole batches, derived from the declarations of tables.

use std::fmt::Write as _;

use super::column::Kind;
use crate::table::Table;

/// What a statement does with the rows of its columns.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Verb {
    /// Selects the rows with these keys.
    Select,
    /// Selects and locks them, in the order of their keys.
    Lock,
    Insert,
    Update,
    Delete,
}

/// The statement of a verb on a table; `kinds` are those of its parameters.
pub(super) fn text<T: Table>(verb: Verb, kinds: &[Kind]) -> String {
    let (table, all, keys) = (T::NAME, T::COLUMNS, T::KEYS.join(", "));
    match verb {
        Verb::Select => format!("SELECT {all} FROM {table} WHERE {}", among(T::KEYS, kinds)),
        Verb::Lock => {
            format!("SELECT {all} FROM {table} WHERE {} ORDER BY {keys} FOR UPDATE", among(T::KEYS, kinds))
        }
        Verb::Insert => format!("INSERT INTO {table} ({all}) SELECT * FROM {}", unnest(kinds)),
        Verb::Update => update::<T>(kinds, ""),
        Verb::Delete => format!("DELETE FROM {table} WHERE {}", among(T::KEYS, kinds)),
    }
}

/// The update of a table; `more` names columns that are given beside the table's, for a condition that follows.
pub(super) fn update<T: Table>(kinds: &[Kind], more: &str) -> String {
    let fields = T::FIELDS.iter().filter(|field| !T::KEYS.contains(field));
    let set: Vec<String> = fields.map(|field| format!("{field} = given.{field}")).collect();
    let same: Vec<String> = T::KEYS.iter().map(|key| format!("kept.{key} = given.{key}")).collect();
    format!(
        "UPDATE {} AS kept SET {} FROM {} AS given ({}{more}) WHERE {}",
        T::NAME,
        set.join(", "),
        unnest(kinds),
        T::COLUMNS,
        same.join(" AND ")
    )
}

/// The rows whose `columns` are among those given.
pub(super) fn among(columns: &[&str], kinds: &[Kind]) -> String {
    match columns {
        [only] => format!("{only} = ANY($1)"),
        several => format!("({}) IN (SELECT * FROM {})", several.join(", "), unnest(kinds)),
    }
}

fn unnest(kinds: &[Kind]) -> String {
    let mut text = "unnest(".to_owned();
    for (at, kind) in kinds.iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(text, "{comma}${}::{}", at + 1, kind.array().name().trim_start_matches('_'));
        text.push_str("[]");
    }
    text.push(')');
    text
}

#[cfg(test)]
mod tests {
    use ledger::Account;
    use payments::BankDay;

    use super::*;

    #[test]
    fn every_verb_is_one_statement_over_arrays() {
        let (one, three) = ([Kind::Int], [Kind::Int; 3]);
        for (text, wanted) in [
            (
                text::<BankDay>(Verb::Lock, &three[..2]),
                "SELECT bank, day, last_sequence FROM bank_day WHERE (bank, day) IN \
                 (SELECT * FROM unnest($1::int8[], $2::int8[])) ORDER BY bank, day FOR UPDATE",
            ),
            (
                text::<BankDay>(Verb::Insert, &three),
                "INSERT INTO bank_day (bank, day, last_sequence) SELECT * FROM unnest($1::int8[], $2::int8[], $3::int8[])",
            ),
            (
                text::<BankDay>(Verb::Update, &three),
                "UPDATE bank_day AS kept SET last_sequence = given.last_sequence FROM \
                 unnest($1::int8[], $2::int8[], $3::int8[]) AS given (bank, day, last_sequence) \
                 WHERE kept.bank = given.bank AND kept.day = given.day",
            ),
            (text::<Account>(Verb::Delete, &one), "DELETE FROM account WHERE id = ANY($1)"),
        ] {
            assert_eq!(text, wanted);
        }
    }
}
