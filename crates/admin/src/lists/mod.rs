//! Lists with filters, totals and exports: the same for this API and for the console.
//!
//! Shape: [`Asked`] is what an address says; [`read`] makes the store's query of it; [`Columns`] says what a row of a list shows, in replies and in files;
//! `export.rs` writes a file while its rows are read. `routes.rs` has the endpoints.
//! Absent: words for people (`console/lists/`), statements (`store/listing/`).

mod asked;
mod columns;
mod export;
mod files;
mod owner;
mod routes;

pub use asked::{Asked, Unreadable, Wanted, instant_of, period, read};
pub use columns::{
    AUDIT, CARD_ATTEMPTS, Columns, INVOICES, JOBS, ListName, ORDERS, PARTIES, PHONE_ORDERS, PROPOSALS, SMS, WEBHOOKS,
};
pub use export::{NoExport, export};
pub use files::Format;
pub use owner::named_owner;
pub(crate) use routes::routes;
