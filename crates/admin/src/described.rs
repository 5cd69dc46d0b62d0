//! Checks requests against the document of this API: parameters of the query, and fields of bodies.
//!
//! Shape: [`Described::of`] reads the document; [`Described::query`] refuses a wrong parameter by name; [`Fields::read`] rewrites a body so that its
//! whole numbers are JSON numbers, in whatever form they were sent (second-edition.md 1.1, 1.4), and notes the first field that looks wrong. The form
//! decides whether it is wrong; if so, the refusal names that field.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use axum::http::Method;
use form_urlencoded::parse;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use text::number::{self, integral};
use utoipa::openapi::OpenApi;

use super::reply::Problem;

/// Maximum depth to which a body is read.
const DEPTH: usize = 8;

/// A described parameter of a query.
#[derive(Debug)]
struct Parameter {
    name: String,
    is_required: bool,
    schema: Value,
}

#[derive(Debug, Default)]
struct Operation {
    query: Vec<Parameter>,
    body: Option<Value>,
}

/// See the module.
#[derive(Debug)]
pub struct Described {
    operations: HashMap<(Method, String), Operation>,
    schemas: Value,
}

/// The described fields of an operation's body.
#[derive(Clone, Debug)]
pub struct Fields {
    described: Arc<Described>,
    schema: Value,
}

impl Described {
    /// Reads a document.
    pub fn of(document: &OpenApi) -> Self {
        let mut document = serde_json::to_value(document).unwrap_or_default();
        let mut operations = HashMap::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for (method, described) in item.as_object().into_iter().flatten() {
                if let Ok(method) = Method::from_bytes(method.to_ascii_uppercase().as_bytes()) {
                    operations.insert((method, path.clone()), operation(described));
                }
            }
        }
        Self { operations, schemas: document["components"]["schemas"].take() }
    }

    fn operation(&self, method: &Method, path: &str) -> Option<&Operation> {
        let method = if *method == Method::HEAD { Method::GET } else { method.clone() };
        self.operations.get(&(method, path.to_owned()))
    }

    /// Checks that a query has only described parameters, each once, and all required ones.
    ///
    /// # Errors
    /// Names the first parameter that is wrong.
    pub fn query(&self, method: &Method, path: &str, query: &str) -> Result<(), Problem> {
        let Some(Operation { query: described, .. }) = self.operation(method, path) else { return Ok(()) };
        let mut seen = Vec::new();
        for (name, value) in parse(query.as_bytes()) {
            let Some(parameter) = described.iter().find(|parameter| parameter.name == *name) else {
                return Err(Problem::named(name.into_owned(), "this call has no such parameter"));
            };
            if seen.contains(&parameter.name) {
                return Err(Problem::named(name.into_owned(), "it is there twice"));
            }
            let schema = self.resolved(&parameter.schema);
            if is_of(schema, "integer") && value.parse::<i64>().is_err() {
                return Err(Problem::named(name.into_owned(), WHOLE));
            }
            if let Some(others) = is_other(schema, &value) {
                return Err(Problem::named(name.into_owned(), others));
            }
            seen.push(parameter.name.clone());
        }
        match described.iter().find(|parameter| parameter.is_required && !seen.contains(&parameter.name)) {
            Some(missing) => Err(Problem::named(missing.name.clone(), REQUIRED)),
            None => Ok(()),
        }
    }

    /// The fields of an operation's body; `None`: it has no body.
    pub fn fields(self: &Arc<Self>, method: &Method, path: &str) -> Option<Fields> {
        let schema = self.operation(method, path)?.body.clone()?;
        Some(Fields { described: Arc::clone(self), schema })
    }

    /// The schema behind a reference, or the object of an optional object.
    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let name = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next());
        match (name, schema["oneOf"].as_array()) {
            (Some(name), _) => self.resolved(&self.schemas[name]),
            // An optional object.
            (None, Some(either)) if either.len() == 2 && either[0]["type"] == "null" => self.resolved(&either[1]),
            (None, _) => schema,
        }
    }
}

const WHOLE: &str = "a whole number";
const REQUIRED: &str = "it is required";

fn operation(described: &Value) -> Operation {
    let parameters = described["parameters"].as_array().into_iter().flatten();
    let query = parameters.filter(|parameter| parameter["in"] == "query").map(|parameter| Parameter {
        name: parameter["name"].as_str().unwrap_or_default().to_owned(),
        is_required: parameter["required"] == true,
        schema: parameter["schema"].clone(),
    });
    let body = described["requestBody"]["content"]["application/json"]["schema"].clone();
    Operation { query: query.collect(), body: Some(body).filter(|body| !body.is_null()) }
}

/// The values that a schema allows, if it lists them and a text is not among them.
fn is_other(schema: &Value, text: &str) -> Option<String> {
    let known: Vec<&str> = schema["enum"].as_array()?.iter().filter_map(Value::as_str).collect();
    let quoted = || known.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ");
    (!known.contains(&text)).then(|| format!("one of {}", quoted()))
}

/// Whether a schema allows values of this type.
fn is_of(schema: &Value, kind: &str) -> bool {
    match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|known| known == kind),
        known => known == kind,
    }
}

/// A body as its form reads it.
#[derive(Debug, Default)]
pub struct Sent {
    /// The body with its whole numbers as JSON numbers.
    pub body: String,
    /// The first field that does not match its description, and what it has to be.
    pub suspect: Option<(String, String)>,
}

impl Fields {
    /// Reads a body; `None`: it is not JSON.
    pub fn read(&self, body: &[u8]) -> Option<Sent> {
        let raw: &RawValue = serde_json::from_slice(body).ok()?;
        let mut suspects = Suspects::default();
        let body = self.value(raw, &self.schema, "", (&mut suspects, DEPTH)).into_owned();
        Some(Sent { body, suspect: suspects.0 })
    }

    fn value<'a>(
        &self,
        raw: &'a RawValue,
        schema: &Value,
        name: &str,
        (suspects, depth): (&mut Suspects, usize),
    ) -> Cow<'a, str> {
        let (schema, as_sent) = (self.described.resolved(schema), raw.get());
        let Some(depth) = depth.checked_sub(1) else { return Cow::Borrowed(as_sent) };
        let suspect = |suspects: &mut Suspects, wanted: &str| suspects.note(name, wanted);
        match as_sent.as_bytes().first() {
            Some(b'{') if is_of(schema, "object") => match serde_json::from_str(as_sent) {
                Ok(Members(members)) => return self.object(&members, schema, name, (suspects, depth)),
                Err(_) => suspect(suspects, "an object"),
            },
            // serde would read a list as an object, by the order of its fields. A text in its place is refused.
            Some(b'[') if is_of(schema, "object") && !is_of(schema, "array") => {
                suspect(suspects, "an object");
                return Cow::Borrowed("\"\"");
            }
            Some(b'[') if is_of(schema, "array") => {
                let elements: Vec<&RawValue> = serde_json::from_str(as_sent).unwrap_or_default();
                let (items, are_objects) =
                    (&schema["items"], is_of(self.described.resolved(&schema["items"]), "object"));
                let read = elements.iter().enumerate().map(|(place, raw)| {
                    let entry = if are_objects { format!("{name}[{place}]") } else { name.to_owned() };
                    self.value(raw, items, &entry, (&mut *suspects, depth))
                });
                let read: Vec<Cow<'_, str>> = read.collect();
                return Cow::Owned(format!("[{}]", read.join(",")));
            }
            Some(b'"' | b'-' | b'0'..=b'9') if is_of(schema, "integer") => {
                let whole = match serde_json::from_str::<Cow<'_, str>>(as_sent) {
                    Ok(text) => number::rials(&text),
                    Err(_) => integral(as_sent),
                };
                match whole {
                    Some(whole) => return Cow::Owned(whole.to_string()),
                    None => suspect(suspects, WHOLE),
                }
            }
            Some(b'"') if is_of(schema, "string") => {
                let text: String = serde_json::from_str(as_sent).unwrap_or_default();
                if let Some(others) = is_other(schema, &text) {
                    suspect(suspects, &others);
                }
            }
            Some(b'n') => {
                if !schema["type"].is_null() && !is_of(schema, "null") {
                    suspect(suspects, REQUIRED);
                }
            }
            Some(b't' | b'f') if is_of(schema, "boolean") => {}
            _ => {
                let wanted = [
                    ("integer", WHOLE),
                    ("string", "a text"),
                    ("boolean", "`true` or `false`"),
                    ("array", "a list"),
                    ("object", "an object"),
                ];
                if let Some((_, wanted)) = wanted.into_iter().find(|(kind, _)| is_of(schema, kind)) {
                    suspect(suspects, wanted);
                }
            }
        }
        Cow::Borrowed(as_sent)
    }

    fn object(
        &self,
        members: &[(String, &RawValue)],
        schema: &Value,
        name: &str,
        (suspects, depth): (&mut Suspects, usize),
    ) -> Cow<'static, str> {
        let inside = |member: &str| if name.is_empty() { member.to_owned() } else { format!("{name}.{member}") };
        let properties = &schema["properties"];
        let mut read = Vec::with_capacity(members.len());
        for (at, (member, raw)) in members.iter().enumerate() {
            let known = properties.get(member);
            if known.is_none() && schema["additionalProperties"] == false {
                suspects.note(&inside(member), "this call has no such field");
            }
            if members[..at].iter().any(|(before, _)| before == member) {
                suspects.note(&inside(member), "it is there twice");
            }
            let value = match known {
                Some(known) => self.value(raw, known, &inside(member), (&mut *suspects, depth)),
                None => Cow::Borrowed(raw.get()),
            };
            read.push(format!("{}:{value}", Value::from(member.as_str())));
        }
        for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !members.iter().any(|(member, _)| member == required) {
                suspects.note(&inside(required), REQUIRED);
            }
        }
        Cow::Owned(format!("{{{}}}", read.join(",")))
    }
}

/// The first field that does not match its description.
#[derive(Default)]
struct Suspects(Option<(String, String)>);

impl Suspects {
    fn note(&mut self, name: &str, wanted: &str) {
        let name = if name.is_empty() { "body" } else { name };
        self.0.get_or_insert_with(|| (name.to_owned(), wanted.to_owned()));
    }
}

/// The members of an object in their order, duplicates included.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        from.deserialize_map(All)
    }
}
