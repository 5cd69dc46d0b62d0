//! Golden cases as they are printed: a request as a `curl` command, its reply, and refusals.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

use super::cell;
use crate::harness::examples::{FINNOTECH, PAYSTAR, POD};

/// POD's services: product ids and paths.
const SERVICES: &str = include_str!("../../../../wire/tests/data/pod_services.csv");
/// Prefixes of cases that are requests of other programs.
const OTHER_PROGRAMS: &str = "fixture-";

/// A golden case.
pub struct Case {
    name: String,
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Body,
    http: u64,
    reply: Value,
}

enum Body {
    Nothing,
    Json(String),
    Form(Vec<(String, String)>),
}

/// All cases of the platforms that have no redirect as their reply.
pub fn cases() -> Vec<Case> {
    let services = services();
    let files = [FINNOTECH, PAYSTAR, POD].map(|file| serde_json::from_str::<Vec<Value>>(file).unwrap());
    let cases = files.iter().flatten().filter_map(|case| Case::of(case, &services));
    cases.filter(|case| !case.name.starts_with(OTHER_PROGRAMS) && !(300..400).contains(&case.http)).collect()
}

/// The paths of POD's services, by their product ids.
fn services() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for row in csv::Reader::from_reader(SERVICES.as_bytes()).records().map(Result::unwrap) {
        found.extend([0, 1].map(|column| (row[column].to_owned(), row[3].to_owned())));
    }
    found
}

fn pairs(object: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    object.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect()
}

impl Case {
    fn of(case: &Value, services: &BTreeMap<String, String>) -> Option<Self> {
        let request = &case["request"];
        let (mut path, mut body) = (request["path"].as_str()?.to_owned(), body(&request["body"]));
        if let Body::Form(fields) = &mut body
            && path.ends_with("/doServiceCall")
            && let Some(at) = fields.iter().position(|(name, _)| name == "scProductId")
            && let Some(own) = services.get(&fields[at].1).filter(|own| !own.is_empty())
        {
            fields.remove(at);
            own.clone_into(&mut path);
        }
        let headers = pairs(&request["headers"]);
        Some(Self {
            name: case["name"].as_str()?.to_owned(),
            method: request["method"].as_str()?.to_owned(),
            path,
            query: pairs(&request["query"]),
            headers: headers.into_iter().filter(|(name, _)| !name.eq_ignore_ascii_case("content-type")).collect(),
            body,
            http: case["expected"]["http"].as_u64().unwrap_or(200),
            reply: case["expected"]["body"].clone(),
        })
    }

    /// Whether a request is for an operation.
    pub fn is_for(&self, method: &str, path: &str) -> bool {
        let (parts, sent): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), self.path.split('/').collect());
        let same = parts.iter().zip(&sent).all(|(part, sent)| part.starts_with('{') || part == sent);
        self.method.eq_ignore_ascii_case(method) && parts.len() == sent.len() && same
    }

    /// Whether the reply refuses.
    pub fn refuses(&self) -> bool {
        let body = &self.reply;
        self.http >= 400 || body["hasError"] == true || body["status"] == 0 || body["status"] == "FAILED"
    }

    /// The request as a `curl` command.
    pub fn curl(&self) -> String {
        let query: Vec<String> = self.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        let mut words = vec!["curl -s".to_owned()];
        if self.method != "GET" && matches!(self.body, Body::Nothing) {
            words.push(format!("-X {}", self.method));
        }
        words.push(format!("\"$D{}{}\"", variables(&self.path), variables(&query)));
        words.extend(self.headers.iter().map(|(name, value)| format!("-H \"{name}: {}\"", variables(value))));
        match &self.body {
            Body::Nothing => {}
            Body::Json(text) => words.push(format!("\\\n  --json {}", quoted(text))),
            Body::Form(fields) => {
                let fields = fields.iter().map(|(name, value)| {
                    let how = if value.is_ascii() { "-d" } else { "--data-urlencode" };
                    format!("{how} {}", quoted(&format!("{name}={value}")))
                });
                words.push(format!("\\\n  {}", fields.collect::<Vec<_>>().join(" ")));
            }
        }
        words.join(" ")
    }

    /// The reply, as far as the case states it.
    pub fn reply(&self) -> String {
        let text = serde_json::to_string_pretty(&stated(&self.reply)).unwrap();
        let numbers = Regex::new("\"<(int|ms)>\"").unwrap().replace_all(&text, "…").into_owned();
        variables(&Regex::new("<[a-z]+[0-9]*>").unwrap().replace_all(&numbers, "…"))
    }

    /// Whether there is a reply to show.
    pub fn has_reply(&self) -> bool {
        self.reply.is_object()
    }

    /// A row of the table of refusals: the case in words, the status, the code and the message.
    pub fn refusal(&self) -> String {
        let body = &self.reply;
        let first = [&body["error"], &body["errors"][0], body].into_iter().find(|one| one.is_object());
        let text = |key: &str| {
            let value = first.map_or(&Value::Null, |first| &first[key]);
            value
                .as_str()
                .map_or_else(|| value.as_i64().map(|code| code.to_string()).unwrap_or_default(), str::to_owned)
        };
        let code = [text("code"), text("errorCode")].concat();
        format!(
            "| {} | {} | {code} | {} |\n",
            self.name.replace('-', " "),
            self.http,
            cell(&variables(&text("message")))
        )
    }
}

fn body(body: &Value) -> Body {
    match body {
        Value::Null => Body::Nothing,
        Value::String(text) if text.trim_start().starts_with('{') => Body::Json(text.clone()),
        Value::String(text) => {
            let fields = form_urlencoded::parse(text.as_bytes());
            Body::Form(fields.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
        }
        other => Body::Json(other.to_string()),
    }
}

/// A reply without the keys that must be absent.
fn stated(reply: &Value) -> Value {
    match reply {
        Value::Object(fields) => {
            let there = fields.iter().filter(|(_, value)| *value != "<absent>");
            there.map(|(name, value)| (name.clone(), stated(value))).collect()
        }
        Value::Array(rows) => rows.iter().map(stated).collect(),
        other => other.clone(),
    }
}

/// `{{NAME}}` as `$NAME`.
fn variables(text: &str) -> String {
    text.replace("{{", "$").replace("}}", "")
}

/// A text in single quotes, which are left for variables.
fn quoted(text: &str) -> String {
    let text = text.replace('\'', "'\\''");
    let name = Regex::new(r"\{\{([A-Za-z0-9_]+)\}\}").unwrap();
    let words = format!("'{}'", name.replace_all(&text, "'\"$$$1\"'"));
    // Nothing is left between a quotation mark and a variable at either end.
    let words = words.strip_suffix("\"''").map_or(words.clone(), |words| format!("{words}\""));
    words.strip_prefix("''\"").map_or(words.clone(), |words| format!("\"{words}"))
}
