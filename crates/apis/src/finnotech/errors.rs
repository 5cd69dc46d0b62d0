//! Refusals in this dialect's words.

use ledger::Rial;
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
        Refusal::SameAccount => table::SAME_ACCOUNT,
        Refusal::AboveGrantLimit => table::ABOVE_TOKEN_LIMIT,
        Refusal::MonthlyCountUsedUp => table::MONTHLY_LIMIT,
        Refusal::Shut => table::SHUT,
        Refusal::CycleClosed => table::BUSY,
        Refusal::BelowMinimum(rial) => table::below_minimum(rial.get()),
        Refusal::AboveMaximum(rial) => table::above_maximum(rial.get()),
        Refusal::DestinationNotUsable => table::DESTINATION_INVALID,
        Refusal::InsufficientFunds => table::INSUFFICIENT,
        Refusal::AmountDoesNotFit => table::DOES_NOT_FIT,
        Refusal::RefreshTokenInvalid => table::invalid("refresh_token"),
        Refusal::TokenInvalid => table::invalid("token"),
        Refusal::DepositUnknown => table::INVALID_DEPOSIT,
        Refusal::OtpWrong => table::OTP_OR_MOBILE,
        Refusal::OtpExpired => table::OTP_EXPIRED,
        Refusal::CodeInvalid => table::invalid("code"),
        Refusal::OtherRedirect => table::invalid("redirect_uri"),
        Refusal::OtherBank => table::invalid("bank"),
        // Commands of the operator's API and of the consent page, never sent by services of this dialect.
        Refusal::ClientExists
        | Refusal::DepositExists
        | Refusal::AccountNotEmpty
        | Refusal::HoldUnknown
        | Refusal::HoldWouldBeOver
        | Refusal::JobUnknown
        | Refusal::JobNotDead
        | Refusal::OrderUnknown
        | Refusal::OrderDecided
        | Refusal::TakenByCycle
        | Refusal::LeftOutOfCycle
        | Refusal::NothingToReturn
        | Refusal::DestinationDoesNotCover
        | Refusal::CardExists
        | Refusal::CardUnknown
        | Refusal::TerminalExists
        | Refusal::TerminalUnknown
        | Refusal::MessageUnknown
        | Refusal::NothingToResend
        | Refusal::ConsentUnknown
        | Refusal::ScopeTooWide
        | Refusal::UserLocked
        | Refusal::UserUnknown
        | Refusal::UserExists
        | Refusal::PartyExists
        | Refusal::PartyUnknown
        | Refusal::PartyNotChangeable
        | Refusal::CreditExists
        | Refusal::TooManyCredits
        | Refusal::PosTransactionExists
        | Refusal::VoucherExists
        | Refusal::OperatorExists
        | Refusal::OperatorUnknown
        | Refusal::AdminNeeded
        | Refusal::SecondAdminNeeded
        | Refusal::NotIndependent
        | Refusal::NotDependent
        | Refusal::FactorExists
        | Refusal::FactorUnknown
        | Refusal::FactorInvalid
        | Refusal::OperatorTokenExists
        | Refusal::OperatorTokenUnknown
        | Refusal::ConsoleNeeded
        | Refusal::ProposalUnknown
        | Refusal::ProposalDecided
        | Refusal::AuthorGone
        | Refusal::OwnProposal
        | Refusal::ReleasedBefore
        | Refusal::MoneyOfDayUsedUp { .. }
        | Refusal::ClockWouldGoBack
        | Refusal::Stale(_)
        | Refusal::VersionRequired => {
            let error = engine::Error::unexpected(&refusal);
            tracing::error!(%error, "a refusal that no service of this dialect can have");
            table::INTERNAL
        }
    }
}

/// The refusal of an order that reads like this row, if an order can be refused so.
pub fn refusal_of(row: &Failure) -> Option<Refusal> {
    let plain = [Refusal::DestinationNotUsable, Refusal::InsufficientFunds, Refusal::AmountDoesNotFit];
    let bound = |prefix: &str| {
        let number = row.message.strip_prefix(prefix)?.trim_end().strip_suffix(" Rials.")?;
        number.parse().ok().map(Rial::new)
    };
    let bounded = || {
        let below = bound("Minimum amount is ").map(Refusal::BelowMinimum);
        below.or_else(|| bound("Maximum amount is ").map(Refusal::AboveMaximum))
    };
    plain.into_iter().find(|refusal| failure(*refusal) == *row).or_else(bounded)
}

fn name(field: Field) -> &'static str {
    match field {
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
