//! Vouchers: what an issuer takes off its invoices in the gateway (pod.md 3.0, 5.2).
//!
//! ```text
//! free ──(applied in a session)──► reserved ──(paid)──► used
//!   ▲                                  │                  │
//!   └─(the session, or its invoice, ends)┴───(refunded)───┘
//! ```
//! No money is posted for a voucher: the issuer granted it, and receives less.

pub(crate) mod holding;
mod issue;
mod row;

pub use issue::{IssueVoucher, VoucherRefusal};
pub use row::{Voucher, VoucherKey, VoucherState, VoucherUse};
