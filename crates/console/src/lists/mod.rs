//! Lists with filters, totals, saved filters and files: what every list of the console has above and below its table.
//!
//! Shape: [`shown`] reads a page as the address asks (`admin/lists/`); its parts are made in `filters.rs`. Everything is in the address, works without
//! scripts, and can be saved under a name (`saved.rs`) or written to a file (`files.rs`).

mod files;
mod filters;
mod periods;
mod places;
mod saved;
mod shown;
mod state_names;

pub use files::export;
pub use periods::periods;
pub use places::address;
pub use saved::{drop_filter, save};
pub use shown::{shown, wrong};
