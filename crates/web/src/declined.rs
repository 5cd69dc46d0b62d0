//! Why a card is declined, in words for payers.

use ::codes::paystar::code_of;
use payments::Declined;

use crate::words::Lang;

/// What a page says of a declined card: the text of the code, and its number.
pub fn declined(lang: Lang, why: Declined) -> String {
    let code = code_of(why);
    let text = match lang {
        Lang::Fa => code.text,
        Lang::En => in_english(why),
    };
    format!("{text} ({})", lang.digits(code.number))
}

fn in_english(why: Declined) -> &'static str {
    match why {
        Declined::TerminalUnknown | Declined::TerminalDisabled => "The terminal takes no payments",
        Declined::RequestUnknown => "The payment is not known",
        Declined::AmountInvalid | Declined::AmountDiffers => "The amount has changed: get a new password",
        Declined::OrderPaid => "This is paid already",
        Declined::CardUnknown => "The card's number, CVV2 or expiry is not right",
        Declined::CardAccountUnusable => "The card's account cannot be used",
        Declined::CardExpired => "The card has expired",
        Declined::CardInactive => "The card is not active",
        Declined::CardRestricted => "The card is restricted",
        Declined::CardNotPermitted => "The card may not pay on pages",
        Declined::CardLocked | Declined::OtpWrongAndLocked => "Too many wrong tries: the card is locked",
        Declined::TooManyOtps => "Too many passwords were asked for: wait some minutes",
        Declined::CeilingReached => "The card's limit is reached",
        Declined::DayClose => "The banks are closing their day: try again soon",
        Declined::IssuerDown => "The card's bank does not answer: try again soon",
        Declined::OtpGone => "The password has run out, or was never sent: get a new one",
        Declined::OtpWrong => "The password is wrong",
        Declined::InsufficientFunds => "The card does not have the money",
        Declined::SystemError => "Something went wrong: nothing was taken",
    }
}
