//! Refusals in this dialect's words.

use payments::{Field, NotAccepted, NotAsked, NotExchanged, NotIssued, NotRenewed, NotVerified};
use wire::field::Fault;
use wire::finnotech::errors::{self as table, Failure};

/// The row of the error table for an order that is not accepted.
pub fn not_accepted(why: NotAccepted) -> Failure {
    match why {
        NotAccepted::CodeGrantRequired => table::CODE_REQUIRED,
        NotAccepted::Required(field) => table::required(name(field)),
        NotAccepted::Invalid(field) => table::invalid(name(field)),
        NotAccepted::SourceNotUsable => table::ACCOUNT_CONDITIONS,
        NotAccepted::SameAccount => table::SAME_ACCOUNT,
        NotAccepted::AboveGrantLimit(_) => table::ABOVE_TOKEN_LIMIT,
        NotAccepted::MonthlyCountUsedUp(_) => table::MONTHLY_LIMIT,
        NotAccepted::ServiceClosed => table::SERVICE_CLOSED,
        NotAccepted::CycleClosed => table::BUSY,
    }
}

/// The row of the error table for a grant that is not made.
pub fn not_issued(why: NotIssued) -> Failure {
    match why {
        NotIssued::ClientUnknown => table::INVALID_CREDENTIALS,
        NotIssued::DepositUnknown => table::INVALID_DEPOSIT,
    }
}

/// The row of the error table for a refresh token that gives none. To its caller one that has ended its grant is as dead as any other.
pub fn not_renewed(why: NotRenewed) -> Failure {
    match why {
        NotRenewed::ClientUnknown => table::INVALID_CREDENTIALS,
        NotRenewed::Invalid | NotRenewed::TokensEnded => table::invalid("refresh_token"),
    }
}

/// The row of the error table for a code that gives no tokens. To its caller one that has ended its grant is as dead as any other.
pub fn not_exchanged(why: NotExchanged) -> Failure {
    match why {
        NotExchanged::ClientUnknown => table::INVALID_CREDENTIALS,
        NotExchanged::CodeInvalid | NotExchanged::TokensEnded => table::invalid("code"),
        NotExchanged::OtpExpired => table::OTP_EXPIRED,
        NotExchanged::OtherRedirect => table::invalid("redirect_uri"),
        NotExchanged::OtherBank => table::invalid("bank"),
    }
}

/// The row of the error table for an SMS's code that verifies nothing.
pub fn not_verified(why: NotVerified) -> Failure {
    match why {
        NotVerified::Wrong => table::OTP_OR_MOBILE,
        NotVerified::Expired => table::OTP_EXPIRED,
    }
}

/// The row of the error table for a user who is not asked.
pub fn not_asked(why: NotAsked) -> Failure {
    match why {
        NotAsked::ClientUnknown => table::INVALID_CREDENTIALS,
        NotAsked::Locked => table::BUSY,
        NotAsked::NotTheirs => table::invalid("deposit"),
    }
}

/// A field that is not of its shape, as orders are refused for it.
pub fn of_field(field: Field) -> impl Fn(Fault) -> NotAccepted {
    move |fault| match fault {
        Fault::Required(_) => NotAccepted::Required(field),
        Fault::Invalid(_) => NotAccepted::Invalid(field),
    }
}

fn name(field: Field) -> &'static str {
    match field {
        Field::Amount => "amount",
        Field::Description => "description",
        Field::Card => "card",
        Field::Source => "deposit",
        Field::Destination => "destinationNumber",
        Field::PaymentNumber => "paymentNumber",
        Field::SecondPassword => "secondPassword",
        Field::DestinationFirstName => "destinationFirstname",
        Field::DestinationLastName => "destinationLastname",
        Field::SourceFirstName => "sourceFirstName",
        Field::SourceLastName => "sourceLastName",
    }
}
