//! Names of the sounds that a caller hears, one for each step and each code (docs/telephone.md has their texts).

use std::collections::BTreeMap;

use wire::paystar::codes::{self, Code};

/// Declares the steps, with their names in the settings.
macro_rules! steps {
    ($($(#[$doc:meta])* $step:ident = $name:literal,)*) => {
        /// A step of a call that has a sound.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Step {
            $($(#[$doc])* $step,)*
        }

        impl Step {
            const ALL: &'static [(Self, &'static str)] = &[$((Self::$step, $name),)*];

            fn name(self) -> &'static str {
                match self { $(Self::$step => $name,)* }
            }
        }
    };
}

steps! {
    /// The greeting: names the merchant.
    Welcome = "welcome",
    /// Before the amount.
    Amount = "amount",
    /// After the amount: the currency.
    Rial = "rial",
    /// After the billions of an amount without a rest.
    Billion = "billion",
    /// Between the billions of an amount and the rest.
    BillionAnd = "billion_and",
    /// Asks for the card.
    Card = "card",
    /// Before a request or a payment runs: asks the caller to wait.
    Wait = "wait",
    /// Asks for the one-time password.
    Otp = "otp",
    /// Before the reference number of the payment that this call has made.
    Paid = "paid",
    /// Before the reference number of an earlier payment.
    AlreadyPaid = "already_paid",
    /// Asks the caller to call again in some minutes.
    CallInMinutes = "call_in_minutes",
    /// Asks the caller to call again later.
    CallLater = "call_later",
    /// The last words.
    Goodbye = "goodbye",
}

/// The names of the sounds of all steps and all codes.
#[derive(Clone, Debug)]
pub struct Sounds(BTreeMap<String, String>);

/// The default folder of sounds.
const FOLDER: &str = "daric";
/// The placeholder for the terminal's id in a sound's name.
const SEQUENCE: &str = "{sequence}";

impl Sounds {
    /// The default names, replaced by those in `given`.
    ///
    /// # Errors
    /// The first entry of `given` with an unknown step or an invalid name, and the reason.
    pub fn new(given: &BTreeMap<String, String>) -> Result<Self, (String, &'static str)> {
        let steps = Step::ALL.iter().map(|(_, name)| (*name).to_owned());
        let codes = codes::ALL.iter().map(|code| code_name(*code));
        let usual = |name: String| (name.clone(), format!("{FOLDER}/{name}"));
        let mut sounds: BTreeMap<String, String> = steps.chain(codes).map(usual).collect();
        for (name, sound) in given {
            let known = sounds.get_mut(name).ok_or_else(|| (name.clone(), "no such step"))?;
            let plain = sound.replace(SEQUENCE, "s");
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.');
            if plain.is_empty() || !plain.bytes().all(allowed) {
                return Err((name.clone(), "letters, digits, `/`, `-`, `_`, `.` and `{sequence}` only"));
            }
            known.clone_from(sound);
        }
        Ok(Self(sounds))
    }

    /// The name of the sound of a step, for a terminal.
    pub fn of(&self, step: Step, terminal: &str) -> String {
        self.named(step.name(), terminal)
    }

    /// The name of the sound of a code, for a terminal.
    pub fn of_code(&self, code: Code, terminal: &str) -> String {
        self.named(&code_name(code), terminal)
    }

    fn named(&self, name: &str, terminal: &str) -> String {
        self.0.get(name).map(|sound| sound.replace(SEQUENCE, terminal)).unwrap_or_default()
    }
}

fn code_name(code: Code) -> String {
    format!("code_{}", code.number)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    #[test]
    fn every_step_and_code_has_a_sound_and_settings_change_the_ones_they_name() {
        let given = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, sound)| ((*name).to_owned(), (*sound).to_owned())).collect::<BTreeMap<_, _>>()
        };
        let sounds = Sounds::new(&given(&[("welcome", "shop/{sequence}/hello"), ("code_51", "poor")])).unwrap();
        assert_eq!(sounds.of(Step::Welcome, "t-1"), "shop/t-1/hello");
        assert_eq!(sounds.of(Step::Card, "t-1"), "daric/card");
        assert_eq!(sounds.of_code(codes::INSUFFICIENT_FUNDS, "t-1"), "poor");
        assert!(codes::ALL.iter().all(|code| !sounds.of_code(*code, "t").is_empty()));
        assert!(Step::ALL.iter().all(|(step, name)| sounds.of(*step, "t").ends_with(name) || *step == Step::Welcome));
        for (name, sound) in [("welcom", "a"), ("card", ""), ("card", "a b"), ("card", "a\"b")] {
            assert_eq!(Sounds::new(&given(&[(name, sound)])).err().map(|(step, _)| step).as_deref(), Some(name));
        }
    }
}
