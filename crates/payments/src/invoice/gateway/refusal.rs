//! Why a step in the gateway is refused.

use std::sync::Arc;

use crate::view::Denial;
use crate::{GatewaySession, InvoiceRefusal};

/// Why a step is refused, in the order of the checks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GatewayRefusal<R> {
    /// There is no such session, or it is not of this invoice.
    NoSession,
    /// The session has ended; its state says how.
    Ended(Arc<GatewaySession>),
    /// The payer has to log in as the party that may pay.
    LogIn,
    /// The invoice cannot be paid.
    Invoice(InvoiceRefusal),
    /// The refusal of the step itself.
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

/// The session's voucher can no longer be used: another session has reserved it, or it was used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VoucherGone;
