//! The golden cases of a platform, as its file has them (`finnotech.md` section 7, `pod.md` section 10).

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::Value;

use super::client::{Call, Reply};
use super::matcher::{differences, text_matches};

pub const FINNOTECH: &str = include_str!("../data/finnotech_examples.json");
pub const PAYSTAR: &str = include_str!("../data/paystar_examples.json");

pub struct Example {
    pub name: String,
    pub clock: String,
    /// Cases that run before this one, in the same world.
    pub after: Vec<String>,
    pub precondition: String,
    request: Value,
    expected: Value,
    /// Names for parts of the reply: dotted paths.
    capture: BTreeMap<String, String>,
    /// The SMS that the call sends.
    pub sms: Option<Sms>,
}

/// An SMS, and the name for the part of it that a pattern finds.
pub struct Sms {
    pub to: String,
    regex: Regex,
    name: String,
}

impl Sms {
    /// The name and the part of a text.
    pub fn capture(&self, text: &str) -> Result<(String, String), String> {
        let found = self.regex.captures(text).ok_or_else(|| format!("{:?} is not {}", text, self.regex))?;
        Ok((self.name.clone(), found[1].to_owned()))
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

fn example(case: &Value) -> Example {
    let text = |key: &str| case[key].as_str().unwrap_or_else(|| panic!("{key} of {case}")).to_owned();
    Example {
        name: text("name"),
        clock: text("clock"),
        after: case["after"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect(),
        precondition: text("precondition"),
        request: case["request"].clone(),
        expected: case["expected"].clone(),
        capture: serde_json::from_value(case.get("capture").cloned().unwrap_or_else(|| serde_json::json!({}))).unwrap(),
        sms: case.get("sms").map(sms),
    }
}

fn sms(case: &Value) -> Sms {
    let text = |key: &str| case[key].as_str().unwrap_or_else(|| panic!("{key} of {case}")).to_owned();
    Sms { to: text("to"), regex: Regex::new(&text("regex")).unwrap(), name: text("as") }
}

impl Example {
    /// Names of the `{{placeholders}}` in the request.
    pub fn placeholders(&self) -> BTreeSet<String> {
        let text = self.request.to_string();
        text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(name, _)| name.to_owned()).collect()
    }

    /// The request with its placeholders filled in.
    pub fn call(&self, values: &BTreeMap<String, String>) -> Call {
        let fill = |text: &str| {
            values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
        };
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
            object => call.body(fill(&object.to_string())),
        }
    }

    /// The parts of a reply that later cases name.
    pub fn captured(&self, reply: &Reply) -> Result<Vec<(String, String)>, String> {
        let mut found = Vec::new();
        for (name, path) in &self.capture {
            let body = reply.json()?;
            let value = path.split('.').fold(&body, |value, key| &value[key]);
            let text = value.as_str().map(str::to_owned).ok_or_else(|| format!("{path} of {reply} is no text"))?;
            found.push((name.clone(), text));
        }
        Ok(found)
    }

    /// Where the reply differs from the expected one.
    pub fn differences(&self, reply: &Reply) -> Vec<String> {
        let mut found = Vec::new();
        if self.expected["http"] != reply.status {
            found.push(format!("http: expected {}, got {}", self.expected["http"], reply.status));
        }
        for (name, pattern) in self.expected["headers"].as_object().into_iter().flatten() {
            let pattern = pattern.as_str().expect("header values are strings");
            match reply.header(name) {
                Some(value) if text_matches(pattern, value) => {}
                value => found.push(format!("header {name}: expected {pattern}, got {value:?}")),
            }
        }
        match (self.expected.get("body"), reply.json()) {
            (None, _) => {}
            (Some(expected), Ok(actual)) => found.extend(differences(expected, &actual)),
            (Some(_), Err(error)) => found.push(error),
        }
        found
    }
}
