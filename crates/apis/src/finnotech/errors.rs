//! Refusals in this dialect's words.

use ledger::Rial;
use payments::{Field, NotAccepted, OrderRefusal, Refusal};
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
        NotAccepted::Shut => table::SHUT,
        NotAccepted::CycleClosed => table::BUSY,
    }
}

/// The row of the error table for an order that its bank refuses.
pub fn order_refused(why: OrderRefusal) -> Failure {
    match why {
        OrderRefusal::BelowMinimum(rial) => table::below_minimum(rial.get()),
        OrderRefusal::AboveMaximum(rial) => table::above_maximum(rial.get()),
        OrderRefusal::DestinationNotUsable => table::DESTINATION_INVALID,
        OrderRefusal::InsufficientFunds => table::INSUFFICIENT,
        OrderRefusal::AmountDoesNotFit => table::DOES_NOT_FIT,
    }
}

/// The row of the error table for any other refusal. Exhaustive, so that a new refusal does not compile until it is translated.
pub fn failure(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::ClientUnknown => table::INVALID_CREDENTIALS,
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
        | Refusal::SourceNotUsable
        | Refusal::Shut
        | Refusal::CycleClosed
        | Refusal::DestinationNotUsable
        | Refusal::InsufficientFunds
        | Refusal::AmountDoesNotFit
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
pub fn refusal_of(row: &Failure) -> Option<OrderRefusal> {
    let plain = [OrderRefusal::DestinationNotUsable, OrderRefusal::InsufficientFunds, OrderRefusal::AmountDoesNotFit];
    let bound = |prefix: &str| {
        let number = row.message.strip_prefix(prefix)?.trim_end().strip_suffix(" Rials.")?;
        number.parse().ok().map(Rial::new)
    };
    let bounded = || {
        let below = bound("Minimum amount is ").map(OrderRefusal::BelowMinimum);
        below.or_else(|| bound("Maximum amount is ").map(OrderRefusal::AboveMaximum))
    };
    plain.into_iter().find(|refusal| order_refused(*refusal) == *row).or_else(bounded)
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
