//! Refusals in this dialect's words.

use payments::{Field, Refusal};
use wire::finnotech::errors::{self as table, Failure};

/// The row of the error table for a refusal. Exhaustive, so that a new refusal does not compile until it is translated.
pub fn failure(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::ClientUnknown => table::INVALID_CREDENTIALS,
        Refusal::CodeGrantRequired => table::CODE_REQUIRED,
        Refusal::Required(field) => table::required(name(field)),
        Refusal::Invalid(field) => table::invalid(name(field)),
        Refusal::SourceNotUsable => table::ACCOUNT_CONDITIONS,
        Refusal::PayaNotServed => table::PAYA_NOT_SERVED,
        Refusal::SatnaNotServed => table::SATNA_NOT_SERVED,
        Refusal::SameAccount => table::SAME_ACCOUNT,
        Refusal::AboveGrantLimit => table::ABOVE_TOKEN_LIMIT,
        Refusal::MonthlyCountUsedUp => table::MONTHLY_LIMIT,
        Refusal::Shut => table::SHUT,
        Refusal::DestinationNotUsable => table::DESTINATION_INVALID,
        Refusal::InsufficientFunds => table::INSUFFICIENT,
        Refusal::AmountDoesNotFit => table::DOES_NOT_FIT,
        Refusal::RefreshTokenInvalid => table::invalid("refresh_token"),
        Refusal::TokenInvalid => table::invalid("token"),
        Refusal::DepositUnknown => table::INVALID_DEPOSIT,
        // Commands of the operator's API, never sent by this dialect.
        Refusal::ClientExists
        | Refusal::DepositExists
        | Refusal::AccountNotEmpty
        | Refusal::HoldUnknown
        | Refusal::HoldWouldBeOver
        | Refusal::JobTaken
        | Refusal::ClockWouldGoBack => table::INTERNAL,
    }
}

fn name(field: Field) -> &'static str {
    match field {
        Field::Source => "deposit",
        Field::Destination => "destinationNumber",
        Field::PaymentNumber => "paymentNumber",
        Field::SecondPassword => "secondPassword",
        Field::DestinationFirstName => "destinationFirstname",
        Field::DestinationLastName => "destinationLastname",
    }
}
