//! Paying an invoice by a call: from a wallet and by credit, outside the platform, on a future day, by another invoice (pod.md 3.2, 3.3, 3.6–3.8).
//!
//! Order of refusals: the invoice, the caller's right, the invoice's state, the service's own rules, money.

mod by_credit;
mod by_permission;
mod from_wallet;
pub(crate) mod in_future;
mod outside;
pub(crate) mod set_off;

pub use by_credit::{PayByCredit, PayableInvoices};
pub use by_permission::PayByPermission;
pub(crate) use from_wallet::pay_from_wallet;
pub use in_future::PayInFuture;
pub use outside::PayOutside;
pub use set_off::SetOff;
