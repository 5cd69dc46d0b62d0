//! The statements of the platforms' documents, read from `data/statements`, and how each is tested.
//!
//! A file is a part of a document: the ids of its statements, and an entry for each. An entry summarises what the document says, and either tests it
//! by steps (a request and the expected answer) or names the tests that check it. `calls.toml` has requests that many steps share. Each entry begins
//! in a reset world with its clock at `ELEVEN`. A step whose call has been filled in is a golden case (`examples.rs`).

pub mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::browser::Tab;
use super::examples::{Example, Values, example, filled};
use super::world::{ELEVEN, OPERATOR, World};

/// Removes a name that a step would have from its call.
const NONE: &str = "<none>";
/// Null, which TOML does not have.
const NULL: &str = "<null>";

/// A part of a document.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The document's name on the page.
    pub title: String,
    /// The ids of its statements; `C1..C45` is a range.
    ids: Vec<String>,
    /// The number of these ids.
    pub count: usize,
    /// Arguments of servers, by the names that entries use.
    #[serde(default)]
    pub servers: BTreeMap<String, Vec<String>>,
    #[serde(rename = "statement")]
    pub statements: Vec<Statement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// One id, or several with the same content.
    id: String,
    /// What the document says, in short.
    pub says: String,
    /// One of the document's `servers`; empty: the server of the demo world.
    #[serde(default)]
    pub server: String,
    #[serde(default)]
    steps: Vec<Step>,
    /// Tests of `crates/daric/tests` that check it, `file::name`.
    #[serde(default)]
    pub held_by: Vec<String>,
    /// The deviation from the document, if there is one.
    pub deviation: Option<Deviation>,
    /// Numbers of the steps that the page shows, instead of an automatic choice.
    #[serde(default)]
    shown: Vec<usize>,
    /// Rows of the page for what the steps do not show.
    #[serde(default)]
    see: Vec<See>,
}

/// A row of the page: how users see that a statement is kept.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct See {
    request: String,
    reply: String,
}

/// What users are told about a deviation.
#[derive(Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    pub daric: String,
    pub why: String,
}

/// A request and its expected answer. Fields that a step does not set come from its `call`.
#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields, default)]
struct Step {
    /// In a call: its purpose.
    says: String,
    call: Option<String>,
    /// Calls that are made first.
    before: Vec<String>,
    /// Makes one step for each value, which replaces `{{each}}` (and a field of it `{{each.name}}`).
    each: Vec<Value>,
    /// Sets the clock first, to an instant, or advances it by a duration (`PT1H`).
    clock: Option<String>,
    /// The browser whose cookies are sent and kept.
    browser: Option<String>,
    method: Option<String>,
    path: Option<String>,
    query: Map<String, Value>,
    headers: Map<String, Value>,
    /// `Authorization: Bearer` with a token by its name, or with a captured one.
    token: Option<String>,
    body: Map<String, Value>,
    /// Fields of a form; a list becomes one field per element.
    form: Map<String, Value>,
    /// A body as it is.
    raw: Option<String>,
    /// The expected status; 200 by default.
    status: Option<Value>,
    /// The expected parts of the reply's JSON (`matcher.rs`).
    reply: Option<Value>,
    /// The expected whole body.
    text: Option<String>,
    header: Map<String, Value>,
    contains: Vec<String>,
    lacks: Vec<String>,
    capture: Map<String, Value>,
    sms: Option<Value>,
}

/// All parts, by the names of their files.
pub fn documents() -> BTreeMap<String, Document> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if name != "calls" {
            found.insert(name, read(&path));
        }
    }
    found
}

/// An entry, parsed from a file's text.
pub fn statement(text: &str) -> Statement {
    toml::from_str(text).unwrap()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/statements")
}

fn read<T: for<'a> Deserialize<'a>>(path: &std::path::Path) -> T {
    let text = std::fs::read_to_string(path).unwrap();
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// `C1..C3 X` is C1, C2, C3 and X.
fn spread(text: &str) -> Vec<String> {
    let numbered = |id: &str| {
        let at = id.find(|c: char| c.is_ascii_digit()).unwrap_or_else(|| panic!("{id} has no number"));
        (id[..at].to_owned(), id[at..].parse::<u32>().unwrap_or_else(|_| panic!("{id} ends with no number")))
    };
    let each = |part: &str| match part.split_once("..") {
        None => vec![part.to_owned()],
        Some((from, to)) => {
            let ((kind, from), (_, to)) = (numbered(from), numbered(to));
            (from..=to).map(|number| format!("{kind}{number}")).collect()
        }
    };
    text.split_whitespace().flat_map(each).collect()
}

impl Document {
    pub fn ids(&self) -> Vec<String> {
        self.ids.iter().flat_map(|ids| spread(ids)).collect()
    }
}

impl Statement {
    pub fn ids(&self) -> Vec<String> {
        spread(&self.id)
    }

    /// Whether the entry fails on a server that behaves otherwise.
    pub fn asserts(&self, calls: &Calls) -> bool {
        !self.held_by.is_empty() || self.steps.iter().any(|step| calls.complete(step).asserts())
    }

    /// Runs the entry; `Err` lists what failed.
    pub async fn hold(&self, world: &mut World, calls: &Calls) -> Result<(), String> {
        world.reset_at(ELEVEN).await?;
        let mut values = Values::new();
        let mut browsers = BTreeMap::new();
        let mut found = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            for (number, step) in calls.all(step).into_iter().enumerate() {
                values.insert("n".to_owned(), format!("{at}-{number}").into());
                if let Err(error) = step.hold(world, &mut values, &mut browsers).await {
                    found.push(format!("step {}: {error}", at + 1));
                }
            }
        }
        if found.is_empty() { Ok(()) } else { Err(found.join("\n    ")) }
    }
}

/// Calls by name.
pub struct Calls(BTreeMap<String, Step>);

impl Calls {
    pub fn read() -> Self {
        Self(read(&folder().join("calls.toml")))
    }

    /// A step completed with the fields of its call.
    fn complete(&self, step: &Step) -> Step {
        match &step.call {
            None => step.clone(),
            Some(name) => {
                let call = self.0.get(name).unwrap_or_else(|| panic!("no call is named {name}"));
                step.clone().on(self.complete(call))
            }
        }
    }

    /// The steps that a step expands to, in order.
    fn all(&self, step: &Step) -> Vec<Step> {
        let mut step = self.complete(step);
        // Calls that are made first use the same browser and the same time.
        let mut clock = if step.before.is_empty() { None } else { step.clock.take() };
        let mut found = Vec::new();
        for name in &step.before {
            let (call, browser) = (Some(name.clone()), step.browser.clone());
            found.extend(self.all(&Step { call, browser, clock: clock.take(), ..Step::default() }));
        }
        found.extend(step.for_each());
        found
    }
}

impl Step {
    /// This step, with the fields of `call` where it has none.
    fn on(self, call: Self) -> Self {
        let joined = |call: Map<String, Value>, own: Map<String, Value>| {
            let mut all = call;
            all.extend(own);
            all.retain(|_, value| value != NONE);
            all
        };
        // A raw body replaces the call's body and form.
        let other = self.raw.is_some();
        Self {
            says: String::new(),
            call: None,
            before: if self.before.is_empty() { call.before } else { self.before },
            each: self.each,
            clock: self.clock.or(call.clock),
            browser: self.browser.or(call.browser),
            method: self.method.or(call.method),
            path: self.path.or(call.path),
            query: joined(call.query, self.query),
            headers: joined(call.headers, self.headers),
            token: self.token.or(call.token),
            body: if other { Map::new() } else { joined(call.body, self.body) },
            form: if other { Map::new() } else { joined(call.form, self.form) },
            raw: self.raw.or(call.raw),
            status: self.status.or(call.status),
            reply: self.reply.or(call.reply),
            text: self.text.or(call.text),
            header: joined(call.header, self.header),
            contains: if self.contains.is_empty() { call.contains } else { self.contains },
            lacks: if self.lacks.is_empty() { call.lacks } else { self.lacks },
            capture: joined(call.capture, self.capture),
            sms: self.sms.or(call.sms),
        }
    }

    fn asserts(&self) -> bool {
        let texts = !self.contains.is_empty() || !self.lacks.is_empty() || self.text.is_some();
        texts || self.status.is_some() || self.reply.is_some() || !self.header.is_empty() || self.sms.is_some()
    }

    fn for_each(self) -> Vec<Self> {
        if self.each.is_empty() {
            return vec![self];
        }
        let with = |each: &Value| {
            let mut values = Values::from([("each".to_owned(), each.clone())]);
            for (name, value) in each.as_object().into_iter().flatten() {
                values.insert(format!("each.{name}"), value.clone());
            }
            let text = |text: &Option<String>| text.as_ref().map(|text| plain(&filled(&json!(text), &values)));
            let map = |map: &Map<String, Value>| {
                let filled = filled(&Value::Object(map.clone()), &values);
                let mut map = filled.as_object().expect("an object").clone();
                map.retain(|_, value| value != NONE);
                map
            };
            let list = |list: &[String]| list.iter().map(|part| plain(&filled(&json!(part), &values))).collect();
            Self {
                each: Vec::new(),
                clock: text(&self.clock),
                method: text(&self.method),
                path: text(&self.path),
                query: map(&self.query),
                headers: map(&self.headers),
                token: text(&self.token),
                body: map(&self.body),
                form: map(&self.form),
                raw: text(&self.raw),
                status: self.status.as_ref().map(|status| filled(status, &values)),
                reply: self.reply.as_ref().map(|reply| filled(reply, &values)),
                text: text(&self.text),
                header: map(&self.header),
                contains: list(&self.contains),
                lacks: list(&self.lacks),
                ..self.clone()
            }
        };
        self.each.iter().map(with).collect()
    }

    /// The golden case of this step.
    fn case(&self) -> Example {
        let texts = |map: &Map<String, Value>| -> Map<String, Value> {
            map.iter().map(|(name, value)| (name.clone(), Value::from(plain(value)))).collect()
        };
        let mut headers = texts(&self.headers);
        if let Some(token) = &self.token {
            let token = if token == "operator" { OPERATOR.to_owned() } else { format!("{{{{{token}}}}}") };
            headers.entry("authorization").or_insert(Value::from(format!("Bearer {token}")));
        }
        let body = if let Some(raw) = &self.raw {
            Value::from(raw.as_str())
        } else if !self.form.is_empty() {
            headers.entry("content-type").or_insert(Value::from("application/x-www-form-urlencoded"));
            Value::from(form(&self.form))
        } else if self.body.is_empty() {
            Value::Null
        } else {
            headers.entry("content-type").or_insert(Value::from("application/json"));
            nulled(&Value::Object(self.body.clone()))
        };
        let mut expected = json!({
            "http": self.status.clone().unwrap_or(Value::from(200)), "headers": texts(&self.header),
            "text": self.text, "contains": self.contains, "lacks": self.lacks,
        });
        if let Some(reply) = &self.reply {
            expected["body"] = nulled(reply);
        }
        let mut case = json!({
            "name": "", "clock": "", "after": [], "precondition": "", "expected": expected, "capture": self.capture,
            "request": {
                "method": self.method.as_deref().unwrap_or("GET"), "path": self.path.as_deref().expect("a step has a path"),
                "query": texts(&self.query), "headers": headers, "body": body,
            },
        });
        if let Some(sms) = &self.sms {
            case["sms"] = sms.clone();
        }
        example(&case)
    }

    async fn hold(
        &self,
        world: &mut World,
        values: &mut Values,
        browsers: &mut BTreeMap<String, Tab>,
    ) -> Result<(), String> {
        match &self.clock {
            Some(by) if by.starts_with('P') => {
                world.operator(super::client::Call::post("/admin/v1/clock").json(&json!({"advance": by}))).await?;
            }
            Some(to) => world.set_clock(to).await?,
            None => {}
        }
        let case = self.case();
        let named: BTreeSet<String> = case.placeholders();
        for name in named.iter().filter(|name| !values.contains_key(*name)).cloned().collect::<Vec<_>>() {
            let token = world.named_token(&name).await?;
            values.insert(name, token.value.into());
        }
        let call = case.call(values);
        let reply = match &self.browser {
            None => world.send(&call).await?,
            Some(name) => browsers.entry(name.clone()).or_default().send(&mut world.caller, call.clone()).await,
        };
        let found = case.differences(&reply, values);
        let sent = format!("{} {} {}", call.method, call.target, String::from_utf8_lossy(&call.body));
        let failed = |found: &str| format!("{found}\n      sent: {sent}\n      reply: {reply}");
        if !found.is_empty() {
            return Err(failed(&found.join("\n      ")));
        }
        for (name, value) in case.captured(&reply).map_err(|error| failed(&error))? {
            // A captured number is stored as a text, too, for requests that send it as one.
            values.insert(format!("{name}_text"), Value::from(plain(&value)));
            values.insert(name, value);
        }
        if let Some(sms) = &case.sms {
            let text = world.newest_sms(&sms.to).await?;
            if let Some((name, value)) = sms.read(&text, values).map_err(|error| failed(&error))? {
                values.insert(format!("{name}_wrong"), Value::from(another(&plain(&value))));
                values.insert(name, value);
            }
        }
        Ok(())
    }
}

/// A text that differs from another in its last character.
fn another(text: &str) -> String {
    let last = text.chars().last().unwrap_or_default();
    let other = if last == '7' { '8' } else { '7' };
    text.chars().take(text.chars().count().saturating_sub(1)).chain([other]).collect()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The value with null in the places of `NULL`.
fn nulled(value: &Value) -> Value {
    match value {
        Value::String(text) if text == NULL => Value::Null,
        Value::Array(rows) => rows.iter().map(nulled).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), nulled(value))).collect(),
        other => other.clone(),
    }
}

/// Percent-encoded pairs. Placeholders stay as they are, and are filled in later.
fn form(fields: &Map<String, Value>) -> String {
    let mut pairs = Vec::new();
    for (name, value) in fields {
        match value {
            Value::Array(values) => pairs.extend(values.iter().map(|value| pair(name, value))),
            value => pairs.push(pair(name, value)),
        }
    }
    pairs.join("&")
}

fn pair(name: &str, value: &Value) -> String {
    format!("{}={}", encoded(name), encoded(&plain(value)))
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~[]{}".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
