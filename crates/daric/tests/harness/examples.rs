//! The golden cases of `finnotech.md` section 7, as the file has them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::client::{Call, Reply};
use super::matcher::{differences, text_matches};

const FILE: &str = include_str!("../data/finnotech_examples.json");

pub struct Example {
    pub name: String,
    pub clock: String,
    /// Cases that run before this one, in the same world.
    pub after: Vec<String>,
    pub precondition: String,
    request: Value,
    expected: Value,
}

/// All cases by name.
pub fn examples() -> BTreeMap<String, Example> {
    let cases: Vec<Value> = serde_json::from_str(FILE).expect("the examples are a JSON array");
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
    }
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
