//! Why a call about an invoice is refused (pod.md 1.8).

use crate::view::Denial;
use crate::{InvoiceField, NotPayable};

/// Why a call is refused. Each dialect translates all of them with one exhaustive match.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum InvoiceRefusal {
    /// The one-time token was used before.
    TokenUsed,
    /// A parameter does not fit the invoice.
    Invalid(InvoiceField),
    /// The business does not belong to the guild.
    GuildForeign,
    /// The bill number is that of another invoice.
    BillNumberUsed,
    /// The bill number is that of a canceled invoice.
    BillNumberOfCanceled,
    /// The business is its own customer.
    IssuedToSelf,
    /// There is no party with that number.
    PartyUnknown,
    /// There is no such invoice.
    InvoiceUnknown,
    /// There is no such invoice to be paid by a set-off.
    CreditorUnknown,
    /// There is no such invoice to pay by a set-off.
    DebtorUnknown,
    /// The caller is not the party that may do this, or a set-off or a future payment ties the invoice up.
    NotPermitted,
    /// The caller may not close the invoice.
    MayNotClose,
    /// The invoice was not issued to the caller.
    NotForCaller,
    /// The invoice cannot be paid now.
    NotPayable(NotPayable),
    /// The caller has already registered a future payment of the invoice.
    FutureTwice,
    /// The day is not after today.
    NotAfterToday,
    /// The account does not have the money that is to be blocked.
    BlockShort,
    /// The account does not have the money.
    Insufficient,
    /// The customer has given the issuer no standing permission.
    NoPermission,
    /// The payment is more than is left of the customer's standing permission in this period.
    PermissionShort,
    /// Credit does not cover the amount, and only credit may pay.
    CreditShort,
    /// The guild account does not have the money.
    GuildShort,
    /// One of the two invoices already belongs to a set-off.
    SetOffPending,
    /// The invoice that is to pay is not paid itself.
    SourceNotPaid,
    /// The invoice is not paid.
    NotPaid,
    /// The invoice has no payment that waits for verification.
    NotWaiting,
    /// The invoice is not closed.
    NotClosed,
    /// The invoice has no customer.
    NoCustomer,
    /// The mobile number is not verified.
    MobileNotVerified,
    /// The code is wrong, expired or void. A wrong code stays counted.
    WrongCode,
    /// Too many SMS were sent about the invoice, to the customer or by the issuer, or its codes are closed after wrong ones.
    TooManySms,
    /// There is no such transaction at a terminal of the caller, or it was used, or it does not fit the invoice.
    PosUnknown,
    /// The business has used the unique id before.
    UniqueIdUsed,
    /// The amount is below the least amount of a card payment.
    BelowCardMinimum,
    /// The party that would be paid, or the one that would pay, is disabled.
    Disabled,
    /// The rows contradict each other, or the ledger refuses a posting for a reason other than a lack of money.
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
