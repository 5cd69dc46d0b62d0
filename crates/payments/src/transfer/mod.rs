//! Bank transfers: submitting, settling a cycle, deciding what is undecided, and what comes back.
//!
//! `order` and `cycle` are the rows; `rail` is the port to the networks. Each command is a file.

mod bank_day;
mod close_cycle;
mod cycle;
mod cycle_id;
mod decide_later;
mod ends;
mod find;
pub(crate) mod grant_limits;
mod grant_month;
mod group_file;
mod joining;
mod name_field;
mod note_group_file;
mod numbers;
mod order;
mod order_table;
mod progress;
mod rail;
mod refusal;
mod resolution;
mod resolve;
mod return_order;
mod route;
mod settle;
mod submit;
mod submitted;
mod wanted;

pub use bank_day::{BankDay, BankDayKey};
pub(crate) use close_cycle::CloseCycle;
pub use cycle::{CLOSE_GRACE_MS, Cycle, CycleUnknown, FileMark, FileOrders, SETTLE_SLICE};
pub use cycle_id::{CycleId, NAMED_IDS};
pub(crate) use decide_later::decide_later;
pub use ends::Ends;
pub use grant_month::{GrantMonth, GrantMonthKey};
pub use group_file::{Count, Debtor, FileHead, GroupFile};
pub use name_field::NameField;
pub use note_group_file::NoteGroupFile;
pub(crate) use numbers::ref_code;
pub use order::{FirstAnswer, Hold, Order, OrderId, OrderKey, OrderState, Return, Service, Status};
pub use order_table::OrderStateCode;
pub(crate) use progress::Progress;
pub use rail::{Handover, Later, Rail, RailAnswer};
pub use refusal::{Field, NotAccepted, OrderRefusal};
pub use resolution::{ResolveOrder, Verdict};
pub use resolve::ResolveRefusal;
pub(crate) use resolve::contradicts;
pub use return_order::{ReturnOrder, ReturnRefusal};
pub use route::Route;
pub(crate) use settle::SettleCycle;
pub use submit::{Given, SubmitTransfer};
pub use submitted::Submitted;
pub use wanted::Wanted;
