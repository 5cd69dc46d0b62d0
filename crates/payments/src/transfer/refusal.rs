//! Why an order is not accepted, and why one that is accepted is refused by its bank.

use ledger::{Refusal as LedgerRefusal, Rial};

/// A field of an order, by what it means; dialects have their own names for it.
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

/// Why an order is not accepted, in order of precedence: nothing is written, and its trackId stays free.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum NotAccepted {
    /// The grant is of the wrong type for this service and source.
    CodeGrantRequired,
    /// A field that this bank or route demands is missing.
    Required(Field),
    /// The source is not in the grant, not approved for the client, or takes no debits.
    SourceNotUsable,
    /// A field is not what this bank or route takes.
    Invalid(Field),
    /// Source and destination are one account.
    SameAccount,
    /// The amount is above this limit of the grant.
    AboveGrantLimit(Rial),
    /// So many orders of this month are all that the grant allows.
    MonthlyCountUsedUp(i64),
    /// The service is shut at this hour.
    Shut,
    /// The order's cycle has begun to settle: the clock has moved on since the order was sent. The same may be sent again.
    CycleClosed,
}

/// Why the bank refuses an order that was accepted: it is written, with this answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum OrderRefusal {
    /// The amount is below this least one of the route.
    BelowMinimum(Rial),
    /// The amount is above this greatest one of the route.
    AboveMaximum(Rial),
    /// The destination does not exist or takes no credits.
    DestinationNotUsable,
    /// The source does not have the money.
    InsufficientFunds,
    /// A sum of one of the accounts would not fit.
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
