//! Why a payment by card, or a one-time password for one, is declined.

use schema::codes;

/// Why a payment by card, or a one-time password for one, is declined, in the order in which the reasons are checked. Each dialect has a code for
/// each reason.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Declined {
    /// No terminal has that id.
    TerminalUnknown,
    /// The terminal is disabled.
    TerminalDisabled,
    /// No request for a one-time password has that invoice id.
    RequestUnknown,
    /// The amount is missing, is not valid, or exceeds the platform's maximum.
    AmountInvalid,
    /// The order is paid already.
    OrderPaid,
    /// No card has that number.
    CardUnknown,
    /// The card's account takes no debits.
    CardAccountUnusable,
    /// The card's last month is over.
    CardExpired,
    /// The card is not active.
    CardInactive,
    /// The issuer has restricted the card.
    CardRestricted,
    /// The card may not pay by telephone or on pages.
    CardNotPermitted,
    /// The card is locked after too many wrong tries.
    CardLocked,
    /// The card was sent too many passwords.
    TooManyOtps,
    /// The banks are closing their day.
    DayClose,
    /// The issuer cannot be reached.
    IssuerDown,
    /// There is no valid password for this payment.
    OtpGone,
    /// The password is for another amount.
    AmountDiffers,
    /// The password is wrong.
    OtpWrong,
    /// The password is wrong, and this try has locked the card.
    OtpWrongAndLocked,
    /// The amount exceeds a limit of the card.
    CeilingReached,
    /// The card's account does not cover the amount.
    InsufficientFunds,
    /// An internal failure; nothing was posted.
    SystemError,
}

impl Declined {
    /// Every reason, in the order in which they are checked.
    pub const ALL: [Self; 22] = [
        Self::TerminalUnknown,
        Self::TerminalDisabled,
        Self::RequestUnknown,
        Self::AmountInvalid,
        Self::OrderPaid,
        Self::CardUnknown,
        Self::CardAccountUnusable,
        Self::CardExpired,
        Self::CardInactive,
        Self::CardRestricted,
        Self::CardNotPermitted,
        Self::CardLocked,
        Self::TooManyOtps,
        Self::DayClose,
        Self::IssuerDown,
        Self::OtpGone,
        Self::AmountDiffers,
        Self::OtpWrong,
        Self::OtpWrongAndLocked,
        Self::CeilingReached,
        Self::InsufficientFunds,
        Self::SystemError,
    ];
}

codes!(Declined = "phone_order" {
    1 => Declined::TerminalUnknown, 2 => Declined::TerminalDisabled, 3 => Declined::RequestUnknown,
    4 => Declined::AmountInvalid, 5 => Declined::OrderPaid, 6 => Declined::CardUnknown,
    7 => Declined::CardAccountUnusable, 8 => Declined::CardExpired, 9 => Declined::CardInactive,
    10 => Declined::CardRestricted, 11 => Declined::CardNotPermitted, 12 => Declined::CardLocked,
    13 => Declined::TooManyOtps, 14 => Declined::DayClose, 15 => Declined::IssuerDown, 16 => Declined::OtpGone,
    17 => Declined::AmountDiffers, 18 => Declined::OtpWrong, 19 => Declined::OtpWrongAndLocked,
    20 => Declined::CeilingReached, 21 => Declined::InsufficientFunds, 22 => Declined::SystemError,
});
