//! Payments by card, by telephone or on a page: what is known before a decision.

use std::time::Duration;

use payments::{BusinessDay, NamedPayer, OTP_LIFE_MS, Rial, Text};
use text::in_persian;
use wire::field::is_card;

use crate::Edge;
use crate::reply::grouped;
use crate::secrets::masked;
use crate::strict::Rule;

/// Whether the banks are closing their day now, by the operator's switch or by the settings.
pub fn business_day(edge: &Edge) -> BusinessDay {
    let now = edge.engine.clock().now();
    let is_closing = edge.engine.is_day_closing() || edge.payer_card_settings.is_day_closing(now.second_of_day);
    if is_closing { BusinessDay::Closing } else { BusinessDay::Open }
}

/// The payer's card by the number in a call; `None`: it is not a card number.
pub fn named(edge: &Edge, pan: &str) -> Option<NamedPayer> {
    let is_one = is_card(pan, false) && !edge.strict.refuses(Rule::CheckDigits, || !is_card(pan, true));
    is_one.then(|| NamedPayer { number: edge.secrets.card(pan), mask: Text::from(masked(pan)) })
}

const OTP_LIFE: Duration = Duration::from_millis(OTP_LIFE_MS.unsigned_abs());

/// The text of the SMS with a one-time password; it contains no card number.
pub fn otp_text(otp: &str, amount: Rial, merchant: &str) -> String {
    let (amount, life) = (grouped(amount.get()), OTP_LIFE.as_secs());
    let merchant = in_persian(merchant);
    format!("رمز پویا: {otp}\nمبلغ: {amount} ریال\nپذیرنده: {merchant}\nاعتبار: {life} ثانیه")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sms_says_what_the_password_is_for_and_nothing_of_the_card() {
        // paystar.md 2.
        let expected = "رمز پویا: 01234\nمبلغ: 1,050,000 ریال\nپذیرنده: Kanoon\nاعتبار: 120 ثانیه";
        assert_eq!(otp_text("01234", Rial::new(1_050_000), "Kanoon"), expected);
        // A name that would turn the line is isolated.
        let turned = otp_text("01234", Rial::new(1_050_000), "Kanoon Inc.");
        assert!(turned.contains("پذیرنده: \u{2068}Kanoon Inc.\u{2069}\n"), "{turned:?}");
    }
}
