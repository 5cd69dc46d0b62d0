//! Why a step is refused.

use std::sync::Arc;

use crate::view::Denial;
use crate::{GatewaySession, InvoiceRefusal};

/// Why not, in the order of the checks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GatewayRefusal<R> {
    /// There is no such session, or not of this invoice.
    NoSession,
    /// It has ended; how, it says itself.
    Ended(Arc<GatewaySession>),
    /// The payer has to log in, as the party that may pay.
    LogIn,
    /// The invoice cannot be paid.
    Invoice(InvoiceRefusal),
    /// The step's own refusal.
    Step(R),
}

impl<R> From<InvoiceRefusal> for GatewayRefusal<R> {
    fn from(why: InvoiceRefusal) -> Self {
        Self::Invoice(why)
    }
}

impl<R> From<InvoiceRefusal> for Denial<GatewayRefusal<R>> {
    fn from(why: InvoiceRefusal) -> Self {
        Self::Refused(why.into())
    }
}

/// What the payer has chosen does not pay any more: the voucher is another's by now, or was used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VoucherGone;
