//! Lists for operators: one filter, one order and one way of paging for every table that is listed.
//!
//! Shape: a [`List`] describes a table (`tables.rs`); a [`ListQuery`] selects a page of it; `statements.rs` makes the statements of both engines. Each
//! engine runs them in its own `listing.rs`.
//! Rows follow each other by their number, or by their instant where an index has it ([`Walk`]). A page begins behind a [`Place`], so that rows that
//! are written meanwhile neither repeat nor hide a row.
//! Limits: conditions without an index are checked row by row, on at most [`EXAMINED`] rows for a page and [`COUNTED`] for the totals. A page that ends
//! there says so, and the next one goes on.
//! A period is found without an index on the time: numbers ascend nearly in the order of time, so its ends are found by bisection ([`Bisection`]).
//! Absent: words and forms (`admin/lists/`).

mod bisection;
#[cfg(test)]
pub(crate) mod examples;
mod list;
mod statements;
mod tables;

pub(crate) use bisection::Bisection;
pub(crate) use list::MILLION;
pub use list::{
    COUNTED, Counted, EXAMINED, Filter, List, ListQuery, Listing, Named, OwnerKind, OwnerValue, Place, Sort,
};
pub(crate) use statements::{Numbers, Statement, Value};
pub use tables::{AUDIT, CARD_ATTEMPTS, INVOICES, JOBS, ORDERS, PARTIES, PHONE_ORDERS, PROPOSALS, SMS, WEBHOOKS};
