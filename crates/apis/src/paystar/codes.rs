//! Why a payment is declined, in PayStar's codes (paystar.md 4).

use payments::Declined;
use wire::paystar::codes::{self, Code};

/// The code of a reason. Exhaustive, so that a new reason does not compile until it has one.
pub fn code_of(why: Declined) -> Code {
    match why {
        Declined::TerminalUnknown => codes::INVALID_TERMINAL,
        Declined::TerminalDisabled => codes::INVALID_ACCEPTOR,
        Declined::RequestUnknown => codes::INVALID_TRANSACTION,
        Declined::AmountInvalid | Declined::AmountDiffers => codes::INVALID_AMOUNT,
        Declined::OrderPaid => codes::DUPLICATE,
        Declined::CardUnknown => codes::INVALID_CARD,
        Declined::CardAccountUnusable => codes::INVALID_CARD_ACCOUNT,
        Declined::CardExpired => codes::CARD_EXPIRED,
        Declined::CardInactive => codes::CARD_INACTIVE,
        Declined::CardRestricted => codes::CARD_RESTRICTED,
        Declined::CardNotPermitted => codes::NOT_PERMITTED,
        Declined::CardLocked | Declined::OtpWrongAndLocked => codes::PIN_TRIES,
        Declined::TooManyOtps | Declined::CeilingReached => codes::CEILING,
        Declined::DayClose => codes::DAY_CLOSE,
        Declined::IssuerDown => codes::ISSUER_DOWN,
        Declined::OtpGone | Declined::OtpWrong => codes::WRONG_PIN,
        Declined::InsufficientFunds => codes::INSUFFICIENT_FUNDS,
        Declined::SystemError => codes::SYSTEM_ERROR,
    }
}

/// What a fault of a code makes the issuer say at its place among the checks; `None`: no issuer ever says it.
pub fn forced_by(code: Code) -> Option<Declined> {
    const SAID: [Declined; 5] = [
        Declined::CardAccountUnusable,
        Declined::CardNotPermitted,
        Declined::SystemError,
        Declined::DayClose,
        Declined::IssuerDown,
    ];
    SAID.into_iter().find(|why| code_of(*why) == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_codes_of_the_document_are_said_at_their_places() {
        // paystar.md 4: faults.
        let said: Vec<u8> =
            codes::ALL.into_iter().filter(|code| forced_by(*code).is_some()).map(|code| code.number).collect();
        assert_eq!(said, [42, 57, 80, 90, 91]);
    }
}
