//! Why a call about an invoice is refused (pod.md 1.8).

use crate::view::Denial;
use crate::{InvoiceField, NotPayable};

/// The reasons; each dialect translates all of them with one exhaustive match.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum InvoiceRefusal {
    /// The one-time token was used before.
    TokenUsed,
    /// A parameter does not fit the invoice.
    Invalid(InvoiceField),
    /// The guild is not one of the business's.
    GuildForeign,
    /// The business's own number is another invoice's.
    BillNumberUsed,
    /// The business's own number is that of a canceled invoice.
    BillNumberOfCanceled,
    /// A business issues nothing to itself.
    IssuedToSelf,
    /// Nobody has the number.
    PartyUnknown,
    /// No such invoice.
    InvoiceUnknown,
    /// No such invoice to be paid by another.
    CreditorUnknown,
    /// No such invoice to pay another.
    DebtorUnknown,
    /// The caller is not whom the service demands, or the invoice is tied up.
    NotPermitted,
    /// The caller may not close it.
    MayNotClose,
    /// It was not issued to the caller.
    NotForCaller,
    /// It cannot be paid.
    NotPayable(NotPayable),
    /// The caller has registered it for a day to come before.
    FutureTwice,
    /// The day is not after today.
    NotAfterToday,
    /// Not enough money to be blocked.
    BlockShort,
    /// Not enough money.
    Insufficient,
    /// The customer has given the issuer no standing permission.
    NoPermission,
    /// The payment is more than is left of the customer's standing permission in this period.
    PermissionShort,
    /// Not enough credit, where nothing else may pay.
    CreditShort,
    /// Not enough in the guild.
    GuildShort,
    /// One of two invoices is tied up in a set-off.
    SetOffPending,
    /// The invoice that shall pay is not paid itself.
    SourceNotPaid,
    /// It is not paid.
    NotPaid,
    /// Nothing of it waits to be verified.
    NotWaiting,
    /// It is not closed.
    NotClosed,
    /// It has no customer.
    NoCustomer,
    /// The mobile number is not verified.
    MobileNotVerified,
    /// The code is wrong, over, or dead. What that changes is written.
    WrongCode,
    /// Enough SMS were sent about the invoice, to the customer or by the issuer, or its codes are closed.
    TooManySms,
    /// The terminal's network knows no such transaction, or it fits nothing.
    PosUnknown,
    /// The business has used the name before.
    UniqueIdUsed,
    /// Less than a card pays.
    BelowCardMinimum,
    /// Whoever would be paid, or would pay, is disabled.
    Disabled,
    /// The platform has no way to send an SMS, or failed in itself.
    Internal,
}

impl From<NotPayable> for InvoiceRefusal {
    fn from(why: NotPayable) -> Self {
        Self::NotPayable(why)
    }
}

impl From<NotPayable> for Denial<InvoiceRefusal> {
    fn from(why: NotPayable) -> Self {
        Self::Refused(why.into())
    }
}
