//! The row of a request for a one-time password.

use ledger::Rial;
use schema::table;

use crate::{Digest, Now, PHONE_ORDER_KEPT_MS, PhoneOrder, PhoneOrderId, PhoneOrderKey};

/// The number of a request, which callers get as `invoice_id`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PhoneOtpRequestId(pub i64);

/// A request for a one-time password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PhoneOtpRequest {
    /// The request's number.
    pub id: PhoneOtpRequestId,
    /// The key of the order.
    pub order: PhoneOrderKey,
    /// The number of the order.
    pub order_id: PhoneOrderId,
    /// Keyed hash of the card's number.
    pub card: Digest,
    /// The amount.
    pub amount: Rial,
    /// The time of the request, in milliseconds of Unix time.
    pub at_ms: i64,
}

impl PhoneOtpRequest {
    /// Whether the request is still valid: for a day, or for ever if its order is paid.
    pub fn is_remembered(&self, order: &PhoneOrder, now: &Now) -> bool {
        order.payment().is_some() || now.at_ms < self.at_ms.saturating_add(PHONE_ORDER_KEPT_MS)
    }
}

table! {
    PhoneOtpRequest = "otp_request",
    key |k: PhoneOtpRequestId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, phone_order: r.order_id, terminal: r.order.terminal, order_id: r.order.order, card: r.card,
        amount: r.amount, at_ms: r.at_ms,
    },
    make PhoneOtpRequest {
        id, order_id: phone_order, order: PhoneOrderKey { terminal, order: order_id }, card, amount, at_ms,
    }
}
