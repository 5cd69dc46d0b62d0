//! Statements for whole batches, derived from the declarations of tables.

use std::fmt::Write as _;

use super::column::Kind;
use schema::Table;

/// What a statement does with the rows of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Verb {
    /// Selects the rows with these keys.
    Select,
    /// Selects and locks the rows with these keys, in the order of the keys.
    Lock,
    Insert,
    Update,
    Delete,
}

/// The names of a table and its columns. Functions take these instead of the table's type, which would have each of them compiled for every table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    table: &'static str,
    columns: &'static str,
    keys: &'static [&'static str],
    changing: &'static [&'static str],
}

impl Names {
    pub(super) const fn of<T: Table>() -> Self {
        Self { table: T::NAME, columns: T::COLUMNS, keys: T::KEYS, changing: T::CHANGING }
    }
}

/// A statement that a connection may have to prepare first.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unprepared {
    /// The statement of a verb on a table.
    Verb(Verb, Names),
    /// The name of a statement, and its text for parameters of these kinds.
    Named(&'static str, fn(&[Kind]) -> String),
}

impl Unprepared {
    /// What a connection knows it by.
    pub(super) fn name(&self) -> (&'static str, Option<Verb>) {
        match self {
            Self::Verb(verb, names) => (names.table, Some(*verb)),
            Self::Named(name, _) => (name, None),
        }
    }

    pub(super) fn text(&self, kinds: &[Kind]) -> String {
        match self {
            Self::Verb(verb, names) => text(*names, *verb, kinds),
            Self::Named(_, text) => text(kinds),
        }
    }
}

/// The statement of a verb on a table; `kinds` are those of its parameters.
pub(super) fn text(names: Names, verb: Verb, kinds: &[Kind]) -> String {
    let Names { table, columns: all, keys, .. } = names;
    match verb {
        Verb::Select | Verb::Lock => {
            let lock = if verb == Verb::Lock { " FOR UPDATE" } else { "" };
            match keys {
                [key] => {
                    let order = if verb == Verb::Lock { format!(" ORDER BY {key}") } else { String::new() };
                    format!("SELECT {all} FROM {table} WHERE {key} = ANY($1){order}{lock}")
                }
                // One look-up by the whole key for each requested row, in the given order of the keys: the planner has
                // no other way to read the rows, whatever statistics it has.
                several => {
                    let same: Vec<String> = several.iter().map(|key| format!("kept.{key} = asked.{key}")).collect();
                    format!(
                        "SELECT found.* FROM {} AS asked ({}) CROSS JOIN LATERAL \
                         (SELECT {all} FROM {table} AS kept WHERE {} LIMIT 1{lock}) AS found",
                        unnest(kinds),
                        several.join(", "),
                        same.join(" AND ")
                    )
                }
            }
        }
        Verb::Insert => format!("INSERT INTO {table} ({all}) SELECT * FROM {}", unnest(kinds)),
        Verb::Update => update(names, kinds, ""),
        Verb::Delete => match keys {
            [key] => format!("DELETE FROM {table} WHERE {key} = ANY($1)"),
            several => format!(
                "DELETE FROM {table} AS kept USING {} AS given ({}) WHERE {}",
                unnest(kinds),
                several.join(", "),
                same(several, "given")
            ),
        },
    }
}

/// The update of a table; `more` names columns that are given in addition to the table's, for a condition that is appended.
pub(super) fn update(names: Names, kinds: &[Kind], more: &str) -> String {
    let Names { table, keys, changing, .. } = names;
    let set: Vec<String> = changing.iter().map(|field| format!("{field} = given.{field}")).collect();
    format!(
        "UPDATE {table} AS kept SET {} FROM {} AS given ({}, {}{more}) WHERE {}",
        set.join(", "),
        unnest(kinds),
        changing.join(", "),
        keys.join(", "),
        same(keys, "given")
    )
}

/// The condition that a row `kept` has these keys of the row `other`. It is written such that the planner has only one plan: a look-up of `kept` for
/// each row of `other`. With plain equality it may scan a table that it believes to be small, and continue to do so after it has grown.
pub(crate) fn same(keys: &[&str], other: &str) -> String {
    let same = keys.iter().enumerate().map(|(at, key)| match at {
        0 => format!("kept.{key} = ANY (ARRAY[{other}.{key}])"),
        _ => format!("kept.{key} = {other}.{key}"),
    });
    same.collect::<Vec<_>>().join(" AND ")
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
                text(Names::of::<BankDay>(), Verb::Lock, &three[..2]),
                "SELECT found.* FROM unnest($1::int8[], $2::int8[]) AS asked (bank, day) CROSS JOIN LATERAL \
                 (SELECT bank, day, last_sequence FROM bank_day AS kept WHERE kept.bank = asked.bank \
                 AND kept.day = asked.day LIMIT 1 FOR UPDATE) AS found",
            ),
            (
                text(Names::of::<Account>(), Verb::Lock, &one),
                "SELECT id, kind, limited, gate, debits_posted, credits_posted, debits_pending, credits_pending, entries \
                 FROM account WHERE id = ANY($1) ORDER BY id FOR UPDATE",
            ),
            (
                text(Names::of::<BankDay>(), Verb::Insert, &three),
                "INSERT INTO bank_day (bank, day, last_sequence) SELECT * FROM unnest($1::int8[], $2::int8[], $3::int8[])",
            ),
            (
                text(Names::of::<BankDay>(), Verb::Update, &three),
                "UPDATE bank_day AS kept SET last_sequence = given.last_sequence FROM \
                 unnest($1::int8[], $2::int8[], $3::int8[]) AS given (last_sequence, bank, day) \
                 WHERE kept.bank = ANY (ARRAY[given.bank]) AND kept.day = given.day",
            ),
            (
                text(Names::of::<BankDay>(), Verb::Delete, &three[..2]),
                "DELETE FROM bank_day AS kept USING unnest($1::int8[], $2::int8[]) AS given (bank, day) \
                 WHERE kept.bank = ANY (ARRAY[given.bank]) AND kept.day = given.day",
            ),
            (text(Names::of::<Account>(), Verb::Delete, &one), "DELETE FROM account WHERE id = ANY($1)"),
        ] {
            assert_eq!(text, wanted);
        }
    }
}
