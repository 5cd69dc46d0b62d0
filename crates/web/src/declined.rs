//! Why a card is declined, in words for payers. The texts of the codes themselves are for programs: one code stands for several reasons, and a payer
//! can do something else about each.

use ::codes::paystar::code_of;
use payments::Declined;

use crate::words::Lang;

/// What a page says of a declined card: the reason, and the number of its code.
pub fn declined(lang: Lang, why: Declined) -> String {
    format!("{} ({})", reason(lang, why), code(lang, why))
}

/// The reason, without its code.
pub fn reason(lang: Lang, why: Declined) -> &'static str {
    match lang {
        Lang::Fa => in_persian(why),
        Lang::En => in_english(why),
    }
}

/// The number of the reason's code, in the digits of the language.
pub fn code(lang: Lang, why: Declined) -> String {
    lang.digits(code_of(why).number)
}

fn in_persian(why: Declined) -> &'static str {
    match why {
        Declined::TerminalUnknown | Declined::TerminalDisabled => "این پایانه پرداختی نمی‌پذیرد",
        Declined::RequestUnknown => "این پرداخت شناخته نشد",
        Declined::AmountInvalid => "مبلغ نامعتبر است",
        Declined::AmountDiffers => "مبلغ تغییر کرده است؛ رمز تازه بگیرید",
        Declined::OrderPaid => "این پرداخت پیش‌تر انجام شده است",
        Declined::CardUnknown => "شماره کارت نادرست است، یا این کارت پذیرفته نمی‌شود",
        Declined::CardAccountUnusable => "حساب این کارت قابل استفاده نیست",
        Declined::CardExpired => "تاریخ انقضای کارت گذشته است",
        Declined::CardInactive => "این کارت غیرفعال است",
        Declined::CardRestricted => "این کارت محدود شده است",
        Declined::CardNotPermitted => "این کارت اجازه پرداخت اینترنتی ندارد",
        Declined::CardLocked => "پس از چند تلاش نادرست، این کارت قفل است؛ با کارت دیگر یا از راه دیگری بپردازید",
        Declined::OtpWrongAndLocked => "رمز نادرست بود و کارت قفل شد؛ با کارت دیگر یا از راه دیگری بپردازید",
        Declined::TooManyOtps => "برای این کارت بیش از حد رمز خواسته شده است؛ ده دقیقه صبر کنید",
        Declined::CeilingReached => "مبلغ از سقف مجاز کارت بیشتر است",
        Declined::DayClose => "بانک‌ها در حال بستن روز کاری‌اند؛ کمی بعد دوباره تلاش کنید",
        Declined::IssuerDown => "بانک این کارت پاسخ نمی‌دهد؛ کمی بعد دوباره تلاش کنید",
        Declined::OtpGone => "رمز منقضی شده است، یا دیگر اعتبار ندارد؛ رمز تازه بگیرید",
        Declined::OtpWrong => "رمز نادرست است",
        Declined::InsufficientFunds => "موجودی کارت کافی نیست",
        Declined::SystemError => "خطای سیستمی رخ داد و مبلغی برداشت نشد",
    }
}

fn in_english(why: Declined) -> &'static str {
    match why {
        Declined::TerminalUnknown | Declined::TerminalDisabled => "The terminal takes no payments",
        Declined::RequestUnknown => "The payment is not known",
        Declined::AmountInvalid => "The amount is not valid",
        Declined::AmountDiffers => "The amount has changed: get a new password",
        Declined::OrderPaid => "This is paid already",
        Declined::CardUnknown => "The card's number is wrong, or this card is not accepted",
        Declined::CardAccountUnusable => "The card's account cannot be used",
        Declined::CardExpired => "The card has expired",
        Declined::CardInactive => "The card is not active",
        Declined::CardRestricted => "The card is restricted",
        Declined::CardNotPermitted => "The card may not pay on pages",
        Declined::CardLocked => {
            "The card is locked after too many wrong tries: pay with another card or in another way"
        }
        Declined::OtpWrongAndLocked => {
            "The password was wrong, and the card is locked now: pay with another card or in another way"
        }
        Declined::TooManyOtps => "Too many passwords were asked for this card: wait ten minutes",
        Declined::CeilingReached => "The amount is above the card's limit",
        Declined::DayClose => "The banks are closing their day: try again soon",
        Declined::IssuerDown => "The card's bank does not answer: try again soon",
        Declined::OtpGone => "The password has expired, or is no longer valid: get a new one",
        Declined::OtpWrong => "The password is wrong",
        Declined::InsufficientFunds => "The card does not have the money",
        Declined::SystemError => "Something went wrong: nothing was taken",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn reasons_for_which_a_payer_does_different_things_have_different_words_even_if_their_code_is_the_same() {
        for lang in [Lang::Fa, Lang::En] {
            let mut said: BTreeMap<&str, Vec<Declined>> = BTreeMap::new();
            for why in Declined::ALL {
                said.entry(reason(lang, why)).or_default().push(why);
            }
            let shared: Vec<Vec<Declined>> = said.into_values().filter(|reasons| reasons.len() > 1).collect();
            assert_eq!(shared, [vec![Declined::TerminalUnknown, Declined::TerminalDisabled]]);
            // One code, two reasons: neither has the words of the other.
            assert_eq!(code(lang, Declined::TooManyOtps), code(lang, Declined::CeilingReached));
            assert_eq!(code(lang, Declined::OtpGone), code(lang, Declined::OtpWrong));
        }
        assert_eq!(declined(Lang::Fa, Declined::OtpWrong), "رمز نادرست است (۵۵)");
        assert_eq!(declined(Lang::En, Declined::OtpWrong), "The password is wrong (55)");
    }
}
