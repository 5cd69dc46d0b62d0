//! Vouchers: what an issuer takes less for its invoices on the gateway (pod.md 3.0, 5.2).
//!
//! ```text
//! free ──(applied in a session)──► reserved ──(paid)──► used
//!   ▲                                  │                  │
//!   └─(the session, or its invoice, ends)┴───(refunded)───┘
//! ```
//! Nothing is posted for a voucher: its issuer granted it, and simply receives less.

pub(crate) mod holding;
mod issue;
mod row;

pub use issue::{IssueVoucher, VoucherRefusal};
pub use row::{Voucher, VoucherKey, VoucherState, VoucherUse};
