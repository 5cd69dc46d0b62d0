//! Cards that pay: what their issuers say to a payment, by telephone or on a page.

use std::sync::Arc;
use std::time::Duration;

use payments::{
    Authorization, CardNetwork, Declined, Digest, Issuer, IssuerAnswer, NamedPayer, OTP_LIFE_MS, OtpLimit, Rial, Text,
};
use wire::field::is_card;

use crate::Edge;
use crate::reply::grouped;
use crate::secrets::masked;
use crate::strict::Rule;

/// The parts and settings of payments by card.
#[derive(Debug)]
pub struct PayerCards {
    /// The issuer of this house's own cards.
    pub issuer: Arc<dyn Issuer>,
    /// The network of other banks' cards.
    pub network: Arc<dyn CardNetwork>,
    /// When the banks close their day: no card pays between the two, in seconds of the day in Tehran. The first may be the later one:
    /// then midnight lies between.
    pub day_close: Option<(u32, u32)>,
    /// One-time passwords that a card may be sent in ten minutes; `None`: any number.
    pub otp_limit: Option<OtpLimit>,
}

/// Whether a second of the day is within a window of the day.
fn is_within(window: Option<(u32, u32)>, second_of_day: u32) -> bool {
    match window {
        None => false,
        Some((from, to)) if from <= to => (from..to).contains(&second_of_day),
        Some((from, to)) => second_of_day >= from || second_of_day < to,
    }
}

/// What the issuer says, and the closing day.
pub fn of_issuer(edge: &Edge, card: Option<&Digest>, amount: Option<Rial>) -> IssuerAnswer {
    let now = edge.engine.clock().now();
    let closing = edge.engine.is_day_closing() || is_within(edge.payer_cards.day_close, now.second_of_day);
    let said = card.map(|card| edge.payer_cards.issuer.authorize(&Authorization { card, amount })).unwrap_or_default();
    if closing { said.and(Declined::DayClose) } else { said }
}

/// A card as a call names it; `None`: it is no card's number.
pub fn named(edge: &Edge, pan: &str) -> Option<NamedPayer> {
    let is_one = is_card(pan, false) && !edge.strict.refuses(Rule::CheckDigits, || !is_card(pan, true));
    is_one.then(|| NamedPayer { number: edge.secrets.card(pan), mask: Text::from(masked(pan)) })
}

const OTP_LIFE: Duration = Duration::from_millis(OTP_LIFE_MS.unsigned_abs());

/// The text of the SMS; no card number.
pub fn otp_text(otp: &str, amount: Rial, merchant: &str) -> String {
    let (amount, life) = (grouped(amount.get()), OTP_LIFE.as_secs());
    format!("رمز پویا: {otp}\nمبلغ: {amount} ریال\nپذیرنده: {merchant}\nاعتبار: {life} ثانیه")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_may_be_closed_over_midnight() {
        for (day_close, second, closing) in [
            (None, 0, false),
            (Some((100, 200)), 99, false),
            (Some((100, 200)), 100, true),
            (Some((100, 200)), 199, true),
            (Some((100, 200)), 200, false),
            (Some((86_000, 600)), 86_399, true),
            (Some((86_000, 600)), 0, true),
            (Some((86_000, 600)), 600, false),
            (Some((86_000, 600)), 85_999, false),
        ] {
            assert_eq!(is_within(day_close, second), closing, "{day_close:?} {second}");
        }
    }

    #[test]
    fn the_sms_says_what_the_password_is_for_and_nothing_of_the_card() {
        // paystar.md 2.
        let expected = "رمز پویا: 01234\nمبلغ: 1,050,000 ریال\nپذیرنده: Kanoon\nاعتبار: 120 ثانیه";
        assert_eq!(otp_text("01234", Rial::new(1_050_000), "Kanoon"), expected);
    }
}
