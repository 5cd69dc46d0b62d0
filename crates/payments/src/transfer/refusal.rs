//! Why an order is not accepted, and why the bank refuses an accepted one.

use ledger::{Refusal as LedgerRefusal, Rial};

/// A field of an order by its meaning; each dialect has its own name for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum Field {
    Amount,
    Description,
    Card,
    Source,
    Destination,
    PaymentNumber,
    SecondPassword,
    DestinationFirstName,
    DestinationLastName,
    SourceFirstName,
    SourceLastName,
}

/// Why an order is not accepted, in order of precedence. Nothing is written, and the trackId stays free.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum NotAccepted {
    /// The type of the grant does not fit this service and source.
    CodeGrantRequired,
    /// A field that this bank or route requires is missing.
    Required(Field),
    /// The source is not in the grant, not approved for the client, or takes no debits.
    SourceNotUsable,
    /// A field has a value that this bank or route does not accept.
    Invalid(Field),
    /// Source and destination are the same account.
    SameAccount,
    /// The amount is above this limit of the grant.
    AboveGrantLimit(Rial),
    /// The grant's monthly number of orders, this many, is used up.
    MonthlyCountUsedUp(i64),
    /// The service is closed at this hour.
    ServiceClosed,
    /// The order's cycle was closed before the decision, and no open next cycle was loaded. The same request may be sent again.
    CycleClosed,
}

/// Why the bank refuses an accepted order. The order is written, with this first answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum OrderRefusal {
    /// The amount is below this minimum of the route.
    BelowMinimum(Rial),
    /// The amount is above this maximum of the route.
    AboveMaximum(Rial),
    /// The destination does not exist or takes no credits.
    DestinationNotUsable,
    /// The source does not cover amount and fee.
    InsufficientFunds,
    /// A sum of one of the accounts would overflow.
    AmountDoesNotFit,
}

impl From<LedgerRefusal> for OrderRefusal {
    fn from(refusal: LedgerRefusal) -> Self {
        match refusal {
            LedgerRefusal::ExceedsCredits => Self::InsufficientFunds,
            LedgerRefusal::Overflow => Self::AmountDoesNotFit,
            _ => Self::DestinationNotUsable,
        }
    }
}
