//! The row of a request for a one-time password.

use ledger::Rial;
use schema::table;

use crate::{Digest, Now, PHONE_ORDER_KEPT_MS, PhoneOrder, PhoneOrderId, PhoneOrderKey};

/// A request's number: the `invoice_id` that callers are told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OtpRequestId(pub i64);

/// A request for a one-time password: what its number stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OtpRequest {
    /// Its number.
    pub id: OtpRequestId,
    /// Of which order.
    pub order: PhoneOrderKey,
    /// The order's number.
    pub order_id: PhoneOrderId,
    /// For which card: keyed hash of its number.
    pub card: Digest,
    /// How much.
    pub amount: Rial,
    /// When, in milliseconds of Unix time.
    pub at_ms: i64,
}

impl OtpRequest {
    /// Whether it is remembered: for a day, and for ever if its order was paid.
    pub fn is_remembered(&self, order: &PhoneOrder, now: &Now) -> bool {
        order.payment().is_some() || now.at_ms < self.at_ms.saturating_add(PHONE_ORDER_KEPT_MS)
    }
}

table! {
    OtpRequest = "otp_request",
    key |k: OtpRequestId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, phone_order: r.order_id, terminal: r.order.terminal, order_id: r.order.order, card: r.card,
        amount: r.amount, at_ms: r.at_ms,
    },
    make OtpRequest {
        id, order_id: phone_order, order: PhoneOrderKey { terminal, order: order_id }, card, amount, at_ms,
    }
}
