//! The jobs of an invoice.

/// What the clock does with an invoice.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum InvoiceJob {
    /// An hour has passed since the gateway took the money.
    VerificationTimeOut,
    /// The day of a future payment has come.
    FutureDue,
    /// The card network has settled; another invoice may pay this one.
    SetOffDue,
    /// It was paid long enough ago to be closed.
    CloseTimeOut,
}
