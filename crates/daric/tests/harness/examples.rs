//! The golden cases of a platform, read from its file (`finnotech.md` section 7, `pod.md` section 10).

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::Value;

use super::client::{Call, Reply};
use super::matcher::{differences, text_matches};

pub const FINNOTECH: &str = include_str!("../data/finnotech_examples.json");
pub const PAYSTAR: &str = include_str!("../data/paystar_examples.json");
pub const POD: &str = include_str!("../data/pod_examples.json");

/// Captured values, by name.
pub type Values = BTreeMap<String, Value>;

pub struct Example {
    pub name: String,
    pub clock: String,
    /// Cases that run before this one, in the same world.
    pub after: Vec<String>,
    pub precondition: String,
    request: Value,
    expected: Value,
    /// Parts of the reply that are captured, by name.
    capture: BTreeMap<String, Part>,
    /// The SMS that the call sends.
    pub sms: Option<Sms>,
}

/// A part of a reply: a header, the value at a dotted path, or the whole text; of these, what a pattern finds, if there is one.
struct Part {
    target: Target,
    regex: Option<Regex>,
}

enum Target {
    Path(String),
    Header(String),
    Text,
}

impl Part {
    fn of(case: &Value) -> Self {
        let target = match (case["path"].as_str().or(case.as_str()), case["header"].as_str()) {
            (Some(path), _) => Target::Path(path.to_owned()),
            (None, Some(header)) => Target::Header(header.to_owned()),
            (None, None) => Target::Text,
        };
        Self { target, regex: case["regex"].as_str().map(|regex| Regex::new(regex).unwrap()) }
    }

    /// The part of a reply, if it is there.
    fn find(&self, reply: &Reply) -> Option<Value> {
        let value = match &self.target {
            Target::Path(path) => {
                path.split('.').fold(reply.json().ok()?, |mut value, key| match key.parse::<usize>() {
                    Ok(at) => value[at].take(),
                    Err(_) => value[key].take(),
                })
            }
            Target::Header(name) => Value::from(reply.header(name)?),
            Target::Text => Value::from(String::from_utf8_lossy(&reply.body)),
        };
        match &self.regex {
            None => Some(value).filter(|value| !value.is_null()),
            Some(regex) => Some(Value::from(&regex.captures(value.as_str()?)?[1])),
        }
    }
}

/// An SMS: its expected text, or a pattern and the name for what it captures.
pub struct Sms {
    pub to: String,
    says: Says,
}

enum Says {
    Text(String),
    Part(Regex, String),
}

impl Sms {
    /// Captures a value from the text, or compares it; `Err` describes the difference.
    pub fn read(&self, text: &str, values: &Values) -> Result<Option<(String, Value)>, String> {
        match &self.says {
            Says::Text(expected) => {
                let expected = fill(expected, values);
                if text_matches(&expected, text) { Ok(None) } else { Err(format!("{text:?} is not {expected:?}")) }
            }
            Says::Part(regex, name) => {
                let found = regex.captures(text).ok_or_else(|| format!("{text:?} is not {regex}"))?;
                Ok(Some((name.clone(), Value::from(&found[1]))))
            }
        }
    }
}

/// A text with its placeholders filled in.
fn fill(text: &str, values: &Values) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.replace(&format!("{{{{{name}}}}}"), &value)
    })
}

/// A value with its placeholders filled in. A value that is nothing but a placeholder gets the type of the captured value.
pub fn filled(expected: &Value, values: &Values) -> Value {
    match expected {
        Value::String(text) => {
            let name = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
            name.and_then(|name| values.get(name).cloned()).unwrap_or_else(|| Value::from(fill(text, values)))
        }
        Value::Array(rows) => rows.iter().map(|row| filled(row, values)).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), filled(value, values))).collect(),
        other => other.clone(),
    }
}

/// All cases of a file, by name.
pub fn examples(file: &str) -> BTreeMap<String, Example> {
    let cases: Vec<Value> = serde_json::from_str(file).expect("the examples are a JSON array");
    let count = cases.len();
    let cases: BTreeMap<_, _> = cases.iter().map(example).map(|example| (example.name.clone(), example)).collect();
    assert_eq!(cases.len(), count, "a name occurs twice in the examples");
    cases
}

/// A case, read from its JSON.
pub fn example(case: &Value) -> Example {
    let text = |key: &str| case[key].as_str().unwrap_or_else(|| panic!("{key} of {case}")).to_owned();
    Example {
        name: text("name"),
        clock: text("clock"),
        after: case["after"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect(),
        precondition: text("precondition"),
        request: case["request"].clone(),
        expected: case["expected"].clone(),
        capture: case["capture"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, part)| (name.clone(), Part::of(part)))
            .collect(),
        sms: case.get("sms").map(sms),
    }
}

fn sms(case: &Value) -> Sms {
    let text = |key: &str| case[key].as_str().unwrap_or_else(|| panic!("{key} of {case}")).to_owned();
    let says = match case["text"].as_str() {
        Some(expected) => Says::Text(expected.to_owned()),
        None => Says::Part(Regex::new(&text("regex")).unwrap(), text("as")),
    };
    Sms { to: text("to"), says }
}

impl Example {
    /// Names of the `{{placeholders}}` in the request.
    pub fn placeholders(&self) -> BTreeSet<String> {
        let text = self.request.to_string();
        text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(name, _)| name.to_owned()).collect()
    }

    /// The request with its placeholders filled in.
    pub fn call(&self, values: &Values) -> Call {
        let fill = |text: &str| fill(text, values);
        let text = |key: &str| self.request[key].as_str().expect(key);
        let mut call = Call::new(text("method"), &fill(text("path")));
        for (name, value) in self.request["query"].as_object().into_iter().flatten() {
            call = call.query(name, &fill(value.as_str().expect("query values are strings")));
        }
        for (name, value) in self.request["headers"].as_object().into_iter().flatten() {
            call = call.header(name, &fill(value.as_str().expect("header values are strings")));
        }
        match &self.request["body"] {
            Value::Null => call,
            Value::String(text) => call.body(fill(text)),
            object => call.body(filled(object, values).to_string()),
        }
    }

    /// Captures the parts of a reply that later cases use.
    pub fn captured(&self, reply: &Reply) -> Result<Vec<(String, Value)>, String> {
        let part = |(name, part): (&String, &Part)| {
            let missing = || format!("{name} is not in {reply}");
            Ok((name.clone(), part.find(reply).ok_or_else(missing)?))
        };
        self.capture.iter().map(part).collect()
    }

    /// The differences between the reply and the expected one.
    pub fn differences(&self, reply: &Reply, values: &Values) -> Vec<String> {
        let mut found = Vec::new();
        let any = self.expected["http"] == "2xx" && (200..300).contains(&reply.status);
        if !any && self.expected["http"] != reply.status {
            found.push(format!("http: expected {}, got {}", self.expected["http"], reply.status));
        }
        for (name, pattern) in self.expected["headers"].as_object().into_iter().flatten() {
            let pattern = fill(pattern.as_str().expect("header values are strings"), values);
            match reply.header(name) {
                Some(value) if text_matches(&pattern, value) => {}
                None if pattern == "<absent>" => {}
                value => found.push(format!("header {name}: expected {pattern}, got {value:?}")),
            }
        }
        match (self.expected.get("body"), reply.json()) {
            (None, _) => {}
            (Some(expected), Ok(actual)) => found.extend(differences(&filled(expected, values), &actual)),
            (Some(_), Err(error)) => found.push(error),
        }
        let text = String::from_utf8_lossy(&reply.body);
        if let Some(whole) = self.expected["text"].as_str().map(|whole| fill(whole, values))
            && !text_matches(&whole, &text)
        {
            found.push(format!("the body is not {whole}"));
        }
        let parts = |key: &str| match &self.expected[key] {
            Value::String(part) => vec![fill(part, values)],
            parts => parts
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(|part| fill(part, values))
                .collect(),
        };
        let missing = parts("contains").into_iter().filter(|part| !text.contains(part.as_str()));
        found.extend(missing.map(|part| format!("the body does not contain {part:?}")));
        let unwanted = parts("lacks").into_iter().filter(|part| text.contains(part.as_str()));
        found.extend(unwanted.map(|part| format!("the body contains {part:?}")));
        found
    }
}
