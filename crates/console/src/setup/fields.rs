//! The fields of forms about objects that are set up: how each is shown, and how the JSON of the operator API is read from it.
//!
//! Shape: a [`Spec`] for each field of the operator API, by its name there. A change sends every field that its form shows, so that one which was
//! emptied is emptied. A new object leaves out what was not typed.

use serde_json::{Map, Value, json};
use text::number::numeral;

use crate::refusals::label;
use crate::view::Field;
use edge::form::Query;
use web::Words;

/// A word in the language of the page.
pub type Word = fn(&Words) -> &'static str;

/// How a field is typed.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A text.
    Text,
    /// A whole number; empty: zero.
    Number,
    /// Texts with blanks or commas between them.
    List,
    /// Whether something holds.
    Flag,
    /// One of a few values.
    Choice(&'static [(&'static str, Word)]),
    /// A secret that is typed and never shown.
    Password,
}

/// A field of a form.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Its name in the operator API; `a.b` is the member `b` of `a`.
    pub name: &'static str,
    /// How it is typed.
    pub kind: Kind,
    /// Its label, where [`label`] has none for the name.
    pub label: Option<Word>,
    /// An example.
    pub example: &'static str,
}

/// A field with the label of its name.
pub const fn field(name: &'static str, kind: Kind, example: &'static str) -> Spec {
    Spec { name, kind, label: None, example }
}

/// A field with a label of its own.
pub const fn labelled(name: &'static str, kind: Kind, label: Word) -> Spec {
    Spec { name, kind, label: Some(label), example: "" }
}

/// Whether a form makes a new object or changes one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    New,
    Change,
}

impl Spec {
    /// Its label.
    fn label(&self, w: &Words) -> String {
        let of_name = || label(self.name, w).unwrap_or(self.name);
        self.label.map_or_else(of_name, |label| label(w)).to_owned()
    }

    /// The field with its present value.
    fn shown(&self, value: &str, w: &Words) -> Field {
        let label = self.label(w);
        match self.kind {
            Kind::Text | Kind::Number | Kind::List => {
                Field::Text(self.name, label, value.to_owned(), self.example.to_owned())
            }
            Kind::Password => Field::Password(self.name, label),
            Kind::Flag => {
                let choices = [("no", w.no), ("yes", w.yes)].map(|(value, text)| (value.to_owned(), text.to_owned()));
                let chosen = if value == "yes" { "yes" } else { "no" };
                Field::Choice(self.name, label, choices.into(), chosen.to_owned())
            }
            Kind::Choice(values) => {
                let choices = values.iter().map(|(value, text)| ((*value).to_owned(), text(w).to_owned())).collect();
                let first = values.first().map_or("", |(value, _)| *value);
                Field::Choice(self.name, label, choices, if value.is_empty() { first } else { value }.to_owned())
            }
        }
    }

    /// Its value in a form; `None`: the form leaves it out.
    fn read(&self, form: &Query, purpose: Purpose, w: &Words) -> Result<Option<Value>, String> {
        let Some(raw) = form.raw(self.name) else { return Ok(None) };
        let is_left_out = purpose == Purpose::New && form.get(self.name).is_none();
        Ok(match self.kind {
            _ if is_left_out => None,
            Kind::Password => Some(json!(raw)).filter(|_| !raw.is_empty()),
            Kind::Text | Kind::Choice(_) => Some(json!(raw.trim())),
            Kind::Flag => Some(json!(raw == "yes")),
            Kind::Number => Some(json!(number(raw).ok_or_else(|| format!("{}: {}", self.label(w), w.number_wrong))?)),
            Kind::List => {
                let parts = raw.split([' ', ',', '،', '\t', '\n']).filter(|part| !part.is_empty());
                Some(json!(parts.collect::<Vec<_>>()))
            }
        })
    }
}

/// A whole number as people type it, with separators of thousands; nothing typed is zero.
pub fn number(typed: &str) -> Option<i64> {
    let typed = numeral(typed).replace([',', '٬', ' '], "");
    if typed.is_empty() { Some(0) } else { typed.parse().ok() }
}

/// The fields of a form, with the present values of these names.
pub fn fields(specs: &[Spec], values: &[(&str, String)], w: &Words) -> Vec<Field> {
    let value = |name: &str| values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value.as_str());
    specs.iter().map(|spec| spec.shown(value(spec.name), w)).collect()
}

/// The JSON of a form for the operator API.
///
/// # Errors
/// The text for a reader whose form has a field that cannot be read.
pub fn json_of(specs: &[Spec], form: &Query, purpose: Purpose, w: &Words) -> Result<Map<String, Value>, String> {
    let mut object = Map::new();
    for spec in specs {
        let Some(value) = spec.read(form, purpose, w)? else { continue };
        match spec.name.split_once('.') {
            None => drop(object.insert(spec.name.to_owned(), value)),
            Some((outer, inner)) => {
                let members = object.entry(outer).or_insert_with(|| json!({}));
                if let Some(members) = members.as_object_mut() {
                    members.insert(inner.to_owned(), value);
                }
            }
        }
    }
    Ok(object)
}

/// A flag as forms have it.
pub fn flag(holds: bool) -> String {
    if holds { "yes" } else { "no" }.to_owned()
}

/// Texts as forms have them.
pub fn list<T: ToString>(texts: impl IntoIterator<Item = T>) -> String {
    texts.into_iter().map(|text| text.to_string()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;
    use web::Lang;

    const SPECS: [Spec; 6] = [
        field("name", Kind::Text, ""),
        field("guilds", Kind::List, ""),
        field("maxAmount", Kind::Number, ""),
        labelled("disabled", Kind::Flag, |w| w.disabled),
        field("password", Kind::Password, ""),
        labelled("chargeLimits.daily", Kind::Number, |w| w.daily),
    ];

    fn read(form: &str, purpose: Purpose) -> Result<Value, String> {
        let form = Query::default().and_form(form.as_bytes());
        json_of(&SPECS, &form, purpose, Lang::En.words()).map(Value::Object)
    }

    #[test]
    fn a_new_object_leaves_out_what_was_not_typed_and_a_change_empties_it() {
        let empty = "name=&guilds=&maxAmount=&password=&chargeLimits.daily=";
        assert_eq!(read(empty, Purpose::New), Ok(json!({})));
        let emptied = json!({"name": "", "guilds": [], "maxAmount": 0, "chargeLimits": {"daily": 0}});
        assert_eq!(read(empty, Purpose::Change), Ok(emptied));
        assert_eq!(read("", Purpose::Change), Ok(json!({})), "a form without the fields");
        let typed =
            "name=+shop+&guilds=A,B+C&maxAmount=%DB%B5%DB%B0,000&disabled=yes&password=+x+&chargeLimits.daily=7";
        let expected = json!({
            "name": "shop", "guilds": ["A", "B", "C"], "maxAmount": 50_000, "disabled": true, "password": " x ",
            "chargeLimits": {"daily": 7},
        });
        for purpose in [Purpose::New, Purpose::Change] {
            assert_eq!(read(typed, purpose).as_ref(), Ok(&expected), "{purpose:?}");
        }
        assert_eq!(
            read("maxAmount=five", Purpose::New),
            Err("Most of a transaction: Write a whole number.".to_owned())
        );
    }
}
