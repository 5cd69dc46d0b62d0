//! Strict mode: refusals that the real platforms may make and Daric otherwise does not, rule by rule (second-edition.md 6).
//!
//! Shape: a [`Rule`] names one thing that is refused; [`Strict`] is the set of rules that are on. A check asks [`Strict::refuses`], which notes the
//! rule for the request's log line ([`crate::struck`]).
//! Absent: the refusals themselves. Each dialect has its own, at its place in the order of checks.

use std::collections::BTreeMap;
use std::fmt;

use axum::http::{HeaderMap, header};
use serde::de::value::Error as NoFields;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, Visitor};
use tracing::info;

use crate::dialect::Reads;
use crate::head;
use crate::struck::{self, Struck, StruckBy};

macro_rules! rules {
    ($($rule:ident $name:literal $meaning:literal,)*) => {
        /// A rule of strict mode.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Rule {
            $(#[doc = $meaning] $rule,)*
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$rule,)*];

            /// The rule's name in settings, logs and documents.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$rule => $name,)*
                }
            }

            /// A description of what the rule refuses.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$rule => $meaning,)*
                }
            }
        }
    };
}

rules! {
    ContentType "content_type" "a body without a `Content-Type`, or with another one than its service reads",
    UnknownFields "unknown_fields" "a field that a Finnotech, PayStar or POD service does not have",
    OneTimeToken "one_time_token" "a payment at POD without `_ott_`",
    ApiKey "api_key" "a call of a POD service by its product id without `scApiKey`",
    CheckDigits "check_digits" "an IBAN or a card whose check digits are wrong",
    WholeThousands "whole_thousands" "an amount at PayStar that is no multiple of 1,000 rials",
    VerifierLength "verifier_length" "a `code_verifier` of less than 43 characters",
}

/// Characters of a field's name that a refusal repeats.
const NAME: usize = 64;

/// The set of rules that are on; by default none.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Strict(u32);

/// A name that belongs to no rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownRule(pub String);

impl fmt::Display for UnknownRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        write!(f, "{:?} is no rule; there are {}", self.0, names.join(", "))
    }
}

impl Strict {
    /// All rules.
    pub fn all() -> Self {
        Rule::ALL.iter().fold(Self::default(), |strict, rule| strict.with(*rule))
    }

    /// The rules with these names.
    ///
    /// # Errors
    /// A name belongs to no rule.
    pub fn of_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownRule> {
        names.into_iter().map(str::trim).try_fold(Self::default(), |strict, name| {
            let rule = Rule::ALL.iter().find(|rule| rule.name() == name);
            rule.map(|rule| strict.with(*rule)).ok_or_else(|| UnknownRule(name.to_owned()))
        })
    }

    /// These rules and one more.
    #[must_use]
    pub const fn with(self, rule: Rule) -> Self {
        Self(self.0 | 1 << rule as u32)
    }

    /// Whether a rule is on.
    pub const fn has(self, rule: Rule) -> bool {
        self.0 & 1 << rule as u32 != 0
    }

    /// Whether any rule is on.
    pub const fn is_on(self) -> bool {
        self.0 != 0
    }

    /// Whether the rule is on and broken; if so, it is noted for the request's log line.
    pub fn refuses(self, rule: Rule, breaks: impl FnOnce() -> bool) -> bool {
        let refused = self.has(rule) && breaks();
        if refused {
            note(rule);
        }
        refused
    }

    /// The first field that the service does not have, if such fields are refused.
    pub fn unknown_field(
        self,
        mut sent: impl Iterator<Item = String>,
        is_known: impl Fn(&str) -> bool,
    ) -> Option<String> {
        if !self.has(Rule::UnknownFields) {
            return None;
        }
        let unknown = sent.find(|name| !is_known(name))?;
        note(Rule::UnknownFields);
        Some(unknown.chars().take(NAME).collect())
    }

    /// The same for the members of a JSON object.
    pub fn unknown_member(self, body: &[u8], known: &[&str]) -> Option<String> {
        if !self.has(Rule::UnknownFields) {
            return None;
        }
        let members: BTreeMap<String, IgnoredAny> = serde_json::from_slice(body).ok()?;
        self.unknown_field(members.into_keys(), |name| known.contains(&name))
    }
}

fn note(rule: Rule) {
    if struck::note(Struck::named(StruckBy::Strict, rule.name())).is_err() {
        // A call by telephone has no request log line.
        info!(rule = rule.name(), "refused in strict mode");
    }
}

/// Whether a body's type differs from the one that its path reads.
pub fn is_wrong_type(reads: Reads, headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(head::text).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    // A multipart form was converted to URL encoding before this.
    reads.media_type().is_some_and(|media| !kind.eq_ignore_ascii_case(media))
}

/// The field names of a struct that is deserialised.
pub fn fields_of<'a, T: Deserialize<'a>>() -> &'static [&'static str] {
    let mut fields: &'static [&'static str] = &[];
    // Deserialising always fails here: there is no input.
    drop(T::deserialize(Fields(&mut fields)).err());
    fields
}

/// A deserialiser that records the field names a struct asks for.
struct Fields<'f>(&'f mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Fields<'_> {
    type Error = NoFields;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NoFields> {
        Err(NoFields::custom("no struct"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, NoFields> {
        *self.0 = fields;
        Err(NoFields::custom("only its fields are asked for"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use wire::finnotech::transfer_to::TransferTo;

    use super::*;

    #[test]
    fn rules_are_switched_by_name_and_an_unknown_name_is_told_all_of_them() {
        assert_eq!(Strict::of_names([]), Ok(Strict::default()));
        for rule in Rule::ALL {
            let alone = Strict::of_names([rule.name()]).unwrap();
            let on: Vec<Rule> = Rule::ALL.iter().copied().filter(|rule| alone.has(*rule)).collect();
            assert_eq!((on, alone.is_on(), Strict::all().has(*rule)), (vec![*rule], true, true));
        }
        let error = Strict::of_names(["api_key", " check_digit"]).unwrap_err().to_string();
        assert!(
            error.contains("\"check_digit\"") && Rule::ALL.iter().all(|rule| error.contains(rule.name())),
            "{error}"
        );
    }

    #[tokio::test]
    async fn rules_that_are_on_and_broken_are_noted() {
        let strict = Strict::default().with(Rule::ApiKey).with(Rule::CheckDigits);
        let checks =
            async { [Rule::OneTimeToken, Rule::CheckDigits, Rule::ApiKey].map(|rule| strict.refuses(rule, || true)) };
        let noted = [Rule::CheckDigits, Rule::ApiKey].map(|rule| Struck::named(StruckBy::Strict, rule.name()));
        assert_eq!(struck::noting(checks).await, ([false, true, true], noted.to_vec()));
        assert_eq!(struck::noting(async { strict.refuses(Rule::ApiKey, || false) }).await, (false, vec![]));
    }

    #[test]
    fn members_that_a_type_is_not_read_from_are_unknown() {
        let known = fields_of::<TransferTo<'_>>();
        assert!(known.contains(&"destinationFirstname") && known.contains(&"sourceFirstName"), "{known:?}");
        let unknown = |strict: Strict, body: &[u8]| strict.unknown_member(body, known);
        assert_eq!(unknown(Strict::all(), br#"{"amount":1,"sourceFirstname":"a"}"#), None);
        let body = br#"{"amount":1,"Amount":{},"ammount":[1]}"#;
        assert_eq!(unknown(Strict::all(), body).as_deref(), Some("Amount"));
        assert_eq!(unknown(Strict::default().with(Rule::ApiKey), body), None);
    }
}
