//! Which tables a store has, and those of its own.
//!
//! Rows that decisions work on are declared beside them (`payments::tables!`), the ledger's in `schema`.

use ledger::{Account, Pending, Transfer};
use schema::{Table, codes, table};

use crate::model::Origin;
use crate::purpose::Purpose;

/// Tables whose rows live for minutes: wiped with the others, never counted, never moved to another database. An engine of one process
/// keeps them in memory.
pub(crate) const SHORT_LIVED: [&str; 1] = ["otp"];

/// Every table of a world, for wiping and for counting, but for those of [`SHORT_LIVED`]. What is not here is kept: `origin`, and what an engine
/// keeps for itself.
pub(crate) fn tables() -> impl Iterator<Item = &'static str> {
    macro_rules! names {
        (plain { $($(#[$doc:meta])* $table:ident: $row:ty,)* } apart { $($(#[$other_doc:meta])* $other:ident: $key:ty => $other_row:ty,)* }) => {
            [Account::NAME, Transfer::NAME, Pending::NAME, $(<$row as Table>::NAME,)* $(<$other_row as Table>::NAME,)*]
        };
    }
    payments::tables!(names).into_iter().filter(|name| !SHORT_LIVED.contains(name))
}

codes!(Purpose = "origin" { 1 => Purpose::Sandbox, 2 => Purpose::Production, });

/// The origin is one row.
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
