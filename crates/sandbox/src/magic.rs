//! Magic values: trackIds and descriptions that select an outcome, so that a test needs no set-up.

use payments::{ChargeCode, Declined, Resolution};
use wire::finnotech::errors;
use wire::paystar::codes::{self, Code};

use super::payment_network::{DeferredOutcome, FirstWord, NetworkPlan};
use super::rule::{Effect, When};
use ::codes::paystar::{code_of, reasons_of};
use edge::struck::{self, Struck, StruckBy};
use wire::field::is_track_id;

/// Time until an order with a deferred outcome is decided, in milliseconds.
const DECIDED_AFTER_MS: i64 = 60_000;

/// Prefixes of trackIds, and the outcome of each in English and Persian.
pub const MAGIC: [(&str, &str, &str); 12] = [
    (
        "daric-pending-done-",
        "the network takes a transfer: it is PENDING, and DONE a minute later",
        "انتقال در انتظار می‌ماند و یک دقیقه بعد انجام می‌شود",
    ),
    (
        "daric-pending-failed-",
        "the network does not take a transfer: it is PENDING, and FAILED a minute later",
        "انتقال در انتظار می‌ماند و یک دقیقه بعد ناموفق می‌شود",
    ),
    (
        "daric-pending-",
        "a transfer is PENDING until it is resolved; a paya is not taken by the network, unless it is resolved to done while its cycle takes orders",
        "انتقال تا تعیین تکلیف در انتظار می‌ماند",
    ),
    (
        "daric-unknown-done-",
        "the network takes a transfer: it is UNKNOWN, and DONE a minute later",
        "انتقال نامعلوم می‌ماند و یک دقیقه بعد انجام می‌شود",
    ),
    (
        "daric-unknown-failed-",
        "the network does not take a transfer: it is UNKNOWN, and FAILED a minute later",
        "انتقال نامعلوم می‌ماند و یک دقیقه بعد ناموفق می‌شود",
    ),
    (
        "daric-unknown-",
        "a transfer is UNKNOWN until it is resolved; a paya is not taken by the network, unless it is resolved to done while its cycle takes orders",
        "انتقال تا تعیین تکلیف نامعلوم می‌ماند",
    ),
    (
        "daric-a106-done-",
        "a charge is stuck on the float card (A106), and done a minute later",
        "شارژ روی کارت مادر می‌ماند (A106) و یک دقیقه بعد انجام می‌شود",
    ),
    (
        "daric-a106-failed-",
        "a charge is stuck on the float card (A106), and failed a minute later",
        "شارژ روی کارت مادر می‌ماند (A106) و یک دقیقه بعد ناموفق می‌شود",
    ),
    (
        "daric-charge-",
        "a charge ends with the code that follows: `daric-charge-A107-…`",
        "شارژ با کدی که در ادامه می‌آید تمام می‌شود: daric-charge-A107-…",
    ),
    (
        "daric-drop-before-",
        "the connection of the first transfer or charge with this trackId is closed before anything is done",
        "ارتباط نخستین فراخوانی با این شناسه پیش از هر کاری بسته می‌شود",
    ),
    (
        "daric-drop-after-",
        "the connection of the first transfer or charge with this trackId is closed when it is done, without an answer",
        "نخستین فراخوانی با این شناسه انجام می‌شود و ارتباط بی‌پاسخ بسته می‌شود",
    ),
    (
        "daric-busy-",
        "the first transfer or charge with this trackId is answered 503 `server is busy`",
        "پاسخ نخستین انتقال یا شارژ با این شناسه: 503 server is busy",
    ),
];

/// The prefix of all magic values. A trackId with this prefix that is not a magic value counts as mistyped (second-edition 2.11).
const PREFIX: &str = "daric-";

/// Maximum length of a magic value: longer than any setting allows.
const LONGEST: usize = 100;

/// What the trackId of an order selects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Magic {
    /// Nothing: it is a plain trackId.
    Plain,
    /// This outcome.
    Asks(Effect),
    /// It has the prefix, but is not a magic value, or not one of this service.
    Mistyped,
}

/// What a trackId selects for a service that writes orders.
pub(super) fn of(track_id: &str, operation: &str) -> Magic {
    // An invalid trackId is refused as such.
    if !is_meant(track_id) || !is_track_id(track_id, LONGEST) {
        return Magic::Plain;
    }
    // With other upper or lower case it is mistyped.
    let asked = track_id.strip_prefix(PREFIX).and_then(effect);
    match asked.filter(|effect| effect.suits(operation)) {
        Some(effect) => Magic::Asks(effect),
        None => Magic::Mistyped,
    }
}

/// The prefix in [`MAGIC`] with which a trackId begins, the longest of several; of a mistyped one, the prefix of all magic values.
pub(super) fn prefix(track_id: &str) -> &'static str {
    let known = MAGIC.iter().map(|(prefix, ..)| *prefix).filter(|prefix| track_id.starts_with(prefix));
    known.max_by_key(|prefix| prefix.len()).unwrap_or(PREFIX)
}

/// Whether a trackId has the prefix of magic values, in any case.
pub(super) fn is_meant(track_id: &str) -> bool {
    begins_like(track_id, PREFIX)
}

/// Whether a text begins with a prefix, in any case.
fn begins_like(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(prefix))
}

fn effect(rest: &str) -> Option<Effect> {
    let later = |resolution| Some(DeferredOutcome { after_ms: Some(DECIDED_AFTER_MS), resolution });
    let (done, failed) = (later(Resolution::Done), later(Resolution::Failed));
    let network = |first, then| Some(Effect::Network(NetworkPlan { first, then }));
    let begins = |prefix: &str| rest.starts_with(prefix);
    if begins("pending-done-") {
        network(FirstWord::Pending, done)
    } else if begins("pending-failed-") {
        network(FirstWord::Pending, failed)
    } else if begins("pending-") {
        network(FirstWord::Pending, None)
    } else if begins("unknown-done-") {
        network(FirstWord::Unknown, done)
    } else if begins("unknown-failed-") {
        network(FirstWord::Unknown, failed)
    } else if begins("unknown-") {
        network(FirstWord::Unknown, None)
    } else if begins("a106-done-") {
        network(FirstWord::Charge(ChargeCode::STUCK_ON_FLOAT), done)
    } else if begins("a106-failed-") {
        network(FirstWord::Charge(ChargeCode::STUCK_ON_FLOAT), failed)
    } else if let Some(code) = rest.strip_prefix("charge-") {
        network(FirstWord::Charge(ChargeCode::of_charges(code.split('-').next()?)?), None)
    } else if begins("drop-before-") {
        Some(Effect::Drop(When::Before))
    } else if begins("drop-after-") {
        Some(Effect::Drop(When::After))
    } else if begins("busy-") {
        Some(Effect::Error(errors::BUSY))
    } else {
        None
    }
}

/// The prefix of invoice descriptions that the sandbox's own gateway declines; the code follows.
const DECLINED_DESCRIPTION: &str = "daric-card-";

/// What the description of an invoice selects at the sandbox's own gateway.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MagicDescription {
    /// Nothing: it is a plain description.
    Plain,
    /// The payment is declined for this reason.
    Declines(Declined),
    /// It has the prefix, but no code of a declined card follows.
    Mistyped,
}

impl MagicDescription {
    /// Notes for the request log that a payment was decided by it.
    pub fn note(self) {
        match self {
            Self::Plain => {}
            Self::Declines(why) => note_magic(format!("{DECLINED_DESCRIPTION}{}", code_of(why).number)),
            Self::Mistyped => note_magic(DECLINED_DESCRIPTION.to_owned()),
        }
    }
}

/// Notes for the request log that a magic value of the request's subject has struck.
pub fn note_magic(value: String) {
    if struck::note(Struck::named(StruckBy::Magic, value)).is_err() {
        tracing::debug!("a magic value has struck outside of a request");
    }
}

/// What a description selects.
pub fn of_description(text: &str) -> MagicDescription {
    let Some(rest) = text.strip_prefix(DECLINED_DESCRIPTION) else {
        let is_mistyped = begins_like(text, DECLINED_DESCRIPTION);
        return if is_mistyped { MagicDescription::Mistyped } else { MagicDescription::Plain };
    };
    let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
    declines(&rest[..end]).map_or(MagicDescription::Mistyped, MagicDescription::Declines)
}

/// The codes with which cards are declined.
pub(super) fn card_codes() -> impl Iterator<Item = Code> {
    codes::ALL.into_iter().filter(|code| reasons_of(*code).next().is_some())
}

/// The descriptions that select a refusal, each with its reason.
pub fn declined_descriptions() -> impl Iterator<Item = (String, Declined)> {
    card_codes().filter_map(|code| Some((format!("{DECLINED_DESCRIPTION}{}", code.number), reasons_of(code).next()?)))
}

/// The same descriptions, each with the outcome in words.
pub fn magic_descriptions() -> impl Iterator<Item = (String, String)> {
    card_codes().map(|code| {
        let outcome = format!("gateway=LOC declines the payment with {}: {}", code.number, code.text);
        (format!("{DECLINED_DESCRIPTION}{}", code.number), outcome)
    })
}

/// The reason for declining with this code; `None`: the text is not exactly such a code.
pub(super) fn declines(code: &str) -> Option<Declined> {
    let number = code.parse::<u8>().ok().filter(|number| number.to_string() == code)?;
    reasons_of(codes::numbered(number)?).next()
}

#[cfg(test)]
mod tests {
    use super::super::rule::ORDERS;
    use super::*;

    #[test]
    fn every_magic_beginning_asks_for_something() {
        for (prefix, what, _) in MAGIC {
            let track_id =
                if prefix == "daric-charge-" { "daric-charge-B75-1".to_owned() } else { format!("{prefix}1") };
            let asks = |operation: &&str| matches!(of(&track_id, operation), Magic::Asks(_));
            assert!(ORDERS.iter().any(asks), "{prefix}: {what}");
            assert_eq!(super::prefix(&track_id), prefix);
        }
        for operation in ORDERS {
            for plain in ["transfer-1", "daricpending-1", "xdaric-pending-1", "DAR"] {
                assert_eq!(of(plain, operation), Magic::Plain, "{plain}");
            }
        }
    }

    #[test]
    fn a_mistyped_magic_value_is_none_of_any_service() {
        // second-edition.md 2.11.
        let mistyped = [
            "daric-",
            "daric-other-1",
            "daric-charge-Z99-1",
            "daric-charge-G101-1",
            "daric-charge-F00-1",
            "daric-pending",
            "DARIC-pending-1",
            "Daric-pending-done-1",
            "daric-PENDING-1",
        ];
        for operation in ORDERS {
            for track_id in mistyped {
                assert_eq!(of(track_id, operation), Magic::Mistyped, "{track_id} {operation}");
            }
        }
        for text in ["Daric-Card-51", "DARIC-CARD-51", "daric-card-0"] {
            assert_eq!(of_description(text), MagicDescription::Mistyped, "{text}");
        }
        assert_eq!(of("daric-pending-1", "chargeCard"), Magic::Mistyped);
        assert_eq!(of("daric-charge-B75-1", "transferTo"), Magic::Mistyped);
    }
}
