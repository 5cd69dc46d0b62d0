//! Why a payment by card, or a one-time password for one, is declined.

use schema::codes;

/// Why a card payment, or a one-time password for one, is declined: in the order in which they are checked. The dialects have a code
/// for each.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Declined {
    /// No terminal has that id.
    TerminalUnknown,
    /// The terminal takes no payments any more.
    TerminalDisabled,
    /// No request for a one-time password has that invoice id.
    RequestUnknown,
    /// The amount is none, or more than the platform takes.
    AmountInvalid,
    /// The order is paid already.
    OrderPaid,
    /// No card has that number.
    CardUnknown,
    /// The card has no account that takes debits.
    CardAccountUnusable,
    /// The card's last month is over.
    CardExpired,
    /// The card is not active.
    CardInactive,
    /// The issuer has restricted the card.
    CardRestricted,
    /// The card may not pay by telephone or on pages.
    CardNotPermitted,
    /// The card is locked: too many wrong passwords.
    CardLocked,
    /// The card was sent too many passwords.
    TooManyOtps,
    /// The banks are closing their day.
    DayClose,
    /// The issuer cannot be reached.
    IssuerDown,
    /// There is no living password for this payment.
    OtpGone,
    /// The password was for another amount.
    AmountDiffers,
    /// The password is wrong.
    OtpWrong,
    /// The password is wrong, and with that the card is locked.
    OtpWrongAndLocked,
    /// A ceiling of the card is reached.
    CeilingReached,
    /// The card does not have the money.
    InsufficientFunds,
    /// The machine failed, and nothing was posted.
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
