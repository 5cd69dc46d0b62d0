//! The scheduled jobs of an invoice.

/// A scheduled job of an invoice.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum InvoiceJob {
    /// An hour has passed since the gateway took the money: an unverified payment ends.
    VerificationTimeOut,
    /// The day of a future payment has come: the blocked money pays the invoice.
    FutureDue,
    /// The card network has settled: a set-off can pay the invoice.
    SetOffDue,
    /// The time after which the issuer's terms close a paid invoice is over.
    CloseTimeOut,
}
