//! The words for what a form has led to, and the place on the page where they stand.
//!
//! Shape: a [`Note`] and the page that is shown → [`Said`]. A page shows only what is about itself: a payer who goes from the card to the other ways to
//! pay does not read there about the card.

use payments::Declined;

use super::page_state::{Note, PageState};
use super::typed::Wrong;
use web::declined::{code, reason};
use web::{Lang, filled};

/// A page on which something can be said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum At {
    /// The page where the payer chooses how to pay.
    Choice,
    /// The page of the card.
    Card,
    /// The page of the one-time password.
    Password,
}

/// The place of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// There is no message.
    Nowhere,
    /// At the top of the page.
    Page,
    /// At the card's number.
    Pan,
    /// At the security code.
    Cvv2,
    /// At the month and the year.
    Expiry,
    /// At the one-time password.
    Otp,
    /// At the code of the voucher.
    Voucher,
}

/// A message on a page.
#[derive(Debug)]
pub struct Said {
    pub place: Place,
    pub text: String,
    /// The number of the refusal's code; empty: it has none.
    pub code: String,
    /// Whether nothing is wrong.
    pub is_good: bool,
}

impl Said {
    /// No message.
    pub fn nothing() -> Self {
        Self { place: Place::Nowhere, text: String::new(), code: String::new(), is_good: false }
    }

    /// A message about something that is wrong.
    pub fn wrong(place: Place, text: &str) -> Self {
        Self { place, text: text.to_owned(), ..Self::nothing() }
    }

    fn good(text: &str) -> Self {
        Self { is_good: true, ..Self::wrong(Place::Page, text) }
    }

    fn with_code(self, lang: Lang, why: Declined) -> Self {
        Self { code: code(lang, why), ..self }
    }

    /// The message of a page.
    pub fn of(state: &PageState, at: At, lang: Lang, now_ms: i64) -> Self {
        let note = state.note(now_ms).filter(|note| pages_of(note).contains(&at));
        note.map_or_else(Self::nothing, |note| said(note, lang))
    }
}

/// The pages on which a note is shown.
fn pages_of(note: &Note) -> &'static [At] {
    match note {
        Note::VoucherApplied
        | Note::VoucherRemoved
        | Note::VoucherWrong(_)
        | Note::VoucherVoid
        | Note::CreditApplied
        | Note::CreditRemoved
        | Note::CreditWrong
        | Note::CreditShort
        | Note::WalletShort
        | Note::AmountChanged
        | Note::LetGo
        | Note::BelowCardMinimum => &[At::Choice],
        Note::CardMalformed(_) | Note::CardTooOld | Note::NoSms | Note::ExpiryWrong(_) | Note::SecurityCodeWrong(_) => {
            &[At::Card]
        }
        Note::CardDeclined(_) => &[At::Card, At::Password],
        Note::OtpWrong(_) | Note::OtpSent | Note::OtpStillValid | Note::NoMoreOtps | Note::OtpMalformed => {
            &[At::Password]
        }
    }
}

fn said(note: &Note, lang: Lang) -> Said {
    let w = lang.words();
    match note {
        Note::VoucherApplied => Said::good(w.voucher_applied),
        Note::VoucherRemoved => Said::good(w.voucher_removed),
        Note::VoucherWrong(_) => Said::wrong(Place::Voucher, w.voucher_wrong),
        Note::VoucherVoid => Said::wrong(Place::Page, w.voucher_void),
        Note::CreditApplied => Said::good(w.credit_applied),
        Note::CreditRemoved => Said::good(w.credit_removed),
        Note::CreditWrong => Said::wrong(Place::Page, w.credit_wrong),
        Note::CreditShort => Said::wrong(Place::Page, w.credit_short),
        Note::WalletShort => Said::wrong(Place::Page, w.insufficient),
        Note::AmountChanged => Said::wrong(Place::Page, w.amount_changed),
        Note::LetGo => Said::good(w.let_go_done),
        Note::BelowCardMinimum => Said::wrong(Place::Page, w.card_below),
        Note::CardMalformed(Wrong::Pan) => Said::wrong(Place::Pan, w.card_typed_wrong),
        Note::CardMalformed(Wrong::Cvv2) => Said::wrong(Place::Cvv2, w.cvv2_typed_wrong),
        Note::CardMalformed(Wrong::Expiry) => Said::wrong(Place::Expiry, w.expiry_typed_wrong),
        Note::CardTooOld => Said::wrong(Place::Page, w.card_again),
        Note::NoSms => Said::wrong(Place::Page, w.no_sms),
        Note::CardDeclined(position) => {
            Declined::ALL.get(*position).map_or_else(Said::nothing, |why| of_reason(*why, lang))
        }
        Note::ExpiryWrong(left) => mistyped(Place::Expiry, w.expiry_wrong, *left, lang),
        Note::SecurityCodeWrong(left) => mistyped(Place::Cvv2, w.cvv2_wrong, *left, lang),
        Note::OtpWrong(left) => {
            let said = Said::wrong(Place::Otp, &with_tries(w.otp_wrong, *left, lang));
            said.with_code(lang, Declined::OtpWrong)
        }
        Note::OtpSent => Said::good(w.otp_sent),
        Note::OtpStillValid => Said::good(w.otp_still_valid),
        Note::NoMoreOtps => Said::wrong(Place::Page, w.otp_no_more).with_code(lang, Declined::TooManyOtps),
        Note::OtpMalformed => Said::wrong(Place::Otp, w.otp_typed_wrong),
    }
}

/// Printed data that are not the card's have the code of a card that is not known (pod.md 5.3).
fn mistyped(place: Place, text: &str, left: i64, lang: Lang) -> Said {
    Said::wrong(place, &with_tries(text, left, lang)).with_code(lang, Declined::CardUnknown)
}

fn with_tries(text: &str, left: i64, lang: Lang) -> String {
    let w = lang.words();
    match left {
        ..=0 => format!("{text} {}", w.now_locked),
        left => format!("{text} {}", filled(w.tries_left, &lang.digits(left))),
    }
}

/// The message for a card that is declined, at the field that can mend it.
pub fn of_reason(why: Declined, lang: Lang) -> Said {
    let place = match why {
        Declined::CardUnknown
        | Declined::CardAccountUnusable
        | Declined::CardInactive
        | Declined::CardRestricted
        | Declined::CardNotPermitted
        | Declined::CardLocked
        | Declined::OtpWrongAndLocked
        | Declined::CeilingReached
        | Declined::InsufficientFunds => Place::Pan,
        Declined::CardExpired => Place::Expiry,
        Declined::OtpGone | Declined::OtpWrong | Declined::AmountDiffers => Place::Otp,
        Declined::TerminalUnknown
        | Declined::TerminalDisabled
        | Declined::RequestUnknown
        | Declined::AmountInvalid
        | Declined::OrderPaid
        | Declined::TooManyOtps
        | Declined::DayClose
        | Declined::IssuerDown
        | Declined::SystemError => Place::Page,
    };
    Said::wrong(place, reason(lang, why)).with_code(lang, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_000;

    fn shown(note: &Note, at: At) -> Said {
        Said::of(&PageState::noted(note.clone(), NOW_MS), at, Lang::En, NOW_MS)
    }

    #[test]
    fn a_message_stands_at_its_field_with_the_tries_that_are_left_and_only_on_its_page() {
        for (note, at, place, text, code) in [
            (
                Note::OtpWrong(2),
                At::Password,
                Place::Otp,
                "The one-time password is wrong. Tries left before the card is locked: 2.",
                "55",
            ),
            (
                Note::SecurityCodeWrong(0),
                At::Card,
                Place::Cvv2,
                "The CVV2 is wrong. This try has locked the card: pay with another card or in another way.",
                "14",
            ),
            (
                Note::ExpiryWrong(1),
                At::Card,
                Place::Expiry,
                "The expiry is not that of the card. Tries left before the card is locked: 1.",
                "14",
            ),
            (
                Note::declined(Declined::TooManyOtps),
                At::Card,
                Place::Page,
                "Too many passwords were asked for this card: wait ten minutes",
                "61",
            ),
            (
                Note::declined(Declined::InsufficientFunds),
                At::Card,
                Place::Pan,
                "The card does not have the money",
                "51",
            ),
            (Note::CardMalformed(Wrong::Pan), At::Card, Place::Pan, "A card's number has sixteen digits.", ""),
            (Note::VoucherWrong("X".to_owned()), At::Choice, Place::Voucher, "This voucher is not valid", ""),
        ] {
            let said = shown(&note, at);
            assert_eq!((said.place, &*said.text, &*said.code, said.is_good), (place, text, code, false));
            for other in [At::Choice, At::Card, At::Password].into_iter().filter(|page| !pages_of(&note).contains(page))
            {
                assert_eq!(shown(&note, other).place, Place::Nowhere, "{text} at {other:?}");
            }
        }
        assert!(shown(&Note::OtpSent, At::Password).is_good);
    }
}
