//! Parts and settings of payments by card, and the window in which no card pays.

use std::sync::Arc;

use payments::{OtpLimit, SecurityCodes};

/// The parts and settings of payments by card.
#[derive(Debug)]
pub struct PayerCardSettings {
    /// The security codes of the cards that are hosted here.
    pub security_codes: Arc<dyn SecurityCodes>,
    /// The daily window in which the banks close their day and no card pays: from and to in seconds of the day in Tehran. If from is after to, the
    /// window spans midnight.
    pub day_close: Option<(u32, u32)>,
    /// One-time passwords that may be sent for a card in ten minutes; `None`: any number.
    pub otp_limit: Option<OtpLimit>,
}

impl PayerCardSettings {
    /// Whether this second of the day is within the closing window.
    pub fn is_day_closing(&self, second_of_day: u32) -> bool {
        is_within(self.day_close, second_of_day)
    }
}

/// Whether a second of the day is within a window of the day.
fn is_within(window: Option<(u32, u32)>, second_of_day: u32) -> bool {
    match window {
        None => false,
        Some((from, to)) if from <= to => (from..to).contains(&second_of_day),
        Some((from, to)) => second_of_day >= from || second_of_day < to,
    }
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
}
