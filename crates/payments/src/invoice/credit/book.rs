//! The row of all credits of a holder.

use ledger::Rial;
use schema::{Json, table};

use crate::{Credit, CreditId, PartyId, Text};

/// All credits of a holder, by age.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CreditBook {
    /// The party that may spend them.
    pub holder: PartyId,
    /// The credits; older ones come first.
    pub credits: Vec<Credit>,
}

/// Number, delegator, hash, rials left.
type CreditCell = (i64, i64, String, i64);

table! {
    CreditBook = "credit_book",
    key |k: PartyId| { holder: *k },
    of |r| r.holder,
    row |r| { holder: r.holder, credits: Json::list(r.credits.iter().map(credit_cell)) },
    make credit_book(holder, credits)
}

fn credit_cell(credit: &Credit) -> CreditCell {
    (credit.id.0, credit.delegator.0, credit.hash.to_string(), credit.left.get())
}

fn credit_book(holder: PartyId, Json(credits): Json<Vec<CreditCell>>) -> CreditBook {
    let credit = |(id, delegator, hash, left): CreditCell| Credit {
        id: CreditId(id),
        delegator: PartyId(delegator),
        holder,
        hash: Text::from(hash),
        left: Rial::new(left),
    };
    CreditBook { holder, credits: credits.into_iter().map(credit).collect() }
}
