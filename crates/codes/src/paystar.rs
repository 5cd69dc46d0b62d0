//! PayStar's codes for declined payments (paystar.md 4).

use payments::Declined;
use wire::paystar::codes::{self, Code};

/// The code for a reason. The match is exhaustive, so a new reason does not compile until it has a code.
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

/// Every reason that has a code. A fault with this code strikes at the first of their checks that a call reaches.
pub fn reasons_of(code: Code) -> impl Iterator<Item = Declined> {
    Declined::ALL.into_iter().filter(move |why| code_of(*why) == code)
}

/// Whether a check of the operation `otp-v2` or `pay` can end with a code.
pub fn is_checked_by(operation: &str, code: Code) -> bool {
    const OF_PAYMENTS_ONLY: [Code; 4] =
        [codes::INVALID_TRANSACTION, codes::INSUFFICIENT_FUNDS, codes::WRONG_PIN, codes::SYSTEM_ERROR];
    match operation {
        "pay" => reasons_of(code).next().is_some(),
        "otp-v2" => reasons_of(code).next().is_some() && !OF_PAYMENTS_ONLY.contains(&code),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_but_those_of_the_form_has_a_place_among_the_checks() {
        // paystar.md 2 and 3.
        let of = |operation| {
            let checked = codes::ALL.into_iter().filter(|code| is_checked_by(operation, *code));
            checked.map(|code| code.number).collect::<Vec<_>>()
        };
        assert_eq!(of("pay"), [3, 5, 13, 14, 42, 51, 54, 55, 57, 61, 62, 63, 75, 78, 80, 90, 91, 94]);
        assert_eq!(of("otp-v2"), [3, 13, 14, 42, 54, 57, 61, 62, 63, 75, 78, 90, 91, 94]);
        assert!(of("inquiry").is_empty());
    }
}
