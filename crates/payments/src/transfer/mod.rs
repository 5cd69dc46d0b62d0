//! Bank transfers: submitting, settling a cycle, deciding what is undecided, and what comes back.
//!
//! `order`, `cycle` and `submission` are the rows. Each command is a file.

mod bank_day;
mod close_cycle;
mod cycle;
mod cycle_id;
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
mod refusal;
mod report_submission;
mod resolution;
mod resolve;
mod return_order;
mod route;
mod settle;
mod submission;
mod submission_terms;
mod submit;
mod submitted;
mod wanted;

pub use bank_day::{BankDay, BankDayKey};
pub(crate) use close_cycle::CloseCycle;
pub use cycle::{CLOSE_GRACE_MS, Cycle, CycleUnknown, FileMark, FileOrders, SETTLE_SLICE};
pub use cycle_id::{CycleId, NAMED_IDS};
pub use ends::Ends;
pub use grant_month::{GrantMonth, GrantMonthKey};
pub use group_file::{Count, Debtor, FileHead, GroupFile};
pub use name_field::NameField;
pub use note_group_file::NoteGroupFile;
pub(crate) use numbers::ref_code;
pub use order::{FirstAnswer, Hold, Order, OrderId, OrderKey, OrderState, Return, Service, Status};
pub use order_table::OrderStateCode;
pub(crate) use progress::Progress;
pub use refusal::{Field, NotAccepted, OrderRefusal};
pub use report_submission::{NetworkCall, OrderCaller, ReportSubmission, SubmissionReported};
pub use resolution::{ResolveOrder, Verdict};
pub use resolve::ResolveRefusal;
pub use return_order::{ReturnOrder, ReturnRefusal};
pub use route::Route;
pub(crate) use settle::SettleCycle;
pub use submission::Submission;
pub use submission_terms::SubmissionTerms;
pub use submit::{Given, SubmitTransfer};
pub use submitted::Submitted;
pub use wanted::Wanted;
