//! The names of the tables of a store, and the row of its origin. Statements are derived in the crate `schema`.
//!
//! Rows of decisions are declared beside their types (`payments::tables!`), those of the ledger in `schema`.

use ledger::{Account, Pending, Transfer};
use schema::{Table, codes, table};

use crate::model::Origin;
use crate::purpose::Purpose;

/// Tables whose rows live for minutes: they are wiped with the others, but neither counted nor moved to another database. The SQLite engine
/// keeps them in memory.
pub(crate) const SHORT_LIVED: [&str; 1] = ["otp"];

/// Every table of a world except those of [`SHORT_LIVED`], for wiping and counting. Other tables are kept: `origin`, and those that an engine
/// has for itself.
pub(crate) fn tables() -> impl Iterator<Item = &'static str> {
    macro_rules! names {
        (plain { $($(#[$doc:meta])* $table:ident: $row:ty,)* } apart { $($(#[$other_doc:meta])* $other:ident: $key:ty => $other_row:ty,)* }) => {
            [Account::NAME, Transfer::NAME, Pending::NAME, $(<$row as Table>::NAME,)* $(<$other_row as Table>::NAME,)*]
        };
    }
    payments::tables!(names).into_iter().filter(|name| !SHORT_LIVED.contains(name))
}

codes!(Purpose = "origin" { 1 => Purpose::Sandbox, 2 => Purpose::Production, });

/// The origin has exactly one row.
const ONLY_ROW: i64 = 1;

table! {
    Origin = "origin",
    key |_k: ()| { id: ONLY_ROW },
    of |_r| (),
    row |r| { id: ONLY_ROW, purpose: r.purpose, key: r.key, data_key: r.data_key, sealing: r.sealing.concat() },
    make origin(id, purpose, key, data_key, sealing)
}

fn origin(_row: i64, purpose: Purpose, key: [u8; 32], data_key: Vec<u8>, sealing: Vec<u8>) -> Origin {
    let (sealing, _) = sealing.as_chunks();
    Origin { purpose, key, data_key, sealing: sealing.to_vec() }
}
