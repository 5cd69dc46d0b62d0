//! The fields of requests and replies, as rows of a table.
//!
//! A value may have several forms (`anyOf`), each with fields of its own. A field that not all of them have is not always there: its row says of which
//! replies it is, in the words of the form's description.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::cell;

/// How deep fields of fields are listed.
const DEPTH: usize = 4;

/// Where a field is, what it may be, and what it means.
pub struct Field {
    name: String,
    place: String,
    kind: String,
    presence: Presence,
    about: String,
}

/// When a field is there, if the object that it is in is there.
#[derive(Clone, PartialEq, Eq)]
enum Presence {
    Always,
    /// In certain replies only; in words.
    Of(String),
    Sometimes,
}

impl Field {
    /// A row of a table of fields, with the place of the field.
    pub fn row(&self) -> String {
        self.cells(&[&self.place, &cell(&self.kind), &self.presence(), &cell(&self.about)])
    }

    /// A row without the place.
    pub fn row_of_object(&self) -> String {
        self.cells(&[&cell(&self.kind), &self.presence(), &cell(&self.about)])
    }

    /// A row with type and meaning only.
    pub fn row_of_every_reply(&self) -> String {
        self.cells(&[&cell(&self.kind), &cell(&self.about)])
    }

    fn cells(&self, cells: &[&str]) -> String {
        format!("| `{}` | {} |\n", self.name, cells.join(" | "))
    }

    fn presence(&self) -> String {
        match &self.presence {
            Presence::Always => "yes".to_owned(),
            Presence::Of(which) => which.clone(),
            Presence::Sometimes => String::new(),
        }
    }
}

/// A form that a value may have, and of which replies it is.
#[derive(Clone, Copy)]
struct Form<'a> {
    schema: &'a Value,
    which: Option<&'a str>,
}

/// A field as one of the forms has it.
struct Held<'a> {
    form: Form<'a>,
    schema: &'a Value,
}

impl Held<'_> {
    fn is_required(&self, name: &str) -> bool {
        self.form.schema["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name))
    }
}

/// The schemas of a document, and the names of those that a page describes once.
pub struct Schemas<'a> {
    pub document: &'a Value,
    pub shared: BTreeSet<String>,
}

impl Schemas<'_> {
    /// What a description refers to.
    pub fn resolved<'b>(&'b self, schema: &'b Value) -> &'b Value {
        named(schema).map_or(schema, |name| &self.document["components"]["schemas"][name])
    }

    fn is_shared(&self, schema: &Value) -> bool {
        named(schema).is_some_and(|name| self.shared.contains(name))
    }

    /// The forms of a value, without null.
    fn forms<'b>(&'b self, schema: &'b Value) -> Vec<Form<'b>> {
        let schema = self.resolved(schema);
        let Some(listed) = listed(schema) else { return vec![Form { schema, which: None }] };
        let mut found = Vec::new();
        for one in listed.iter().copied() {
            // The description of the only form is that of the field.
            let which = one["description"].as_str().filter(|_| listed.len() > 1);
            found.extend(self.forms(one).into_iter().map(|form| Form { which: form.which.or(which), ..form }));
        }
        found
    }

    /// The type of a value, in words.
    fn kind(&self, schema: &Value) -> String {
        if let Some(name) = named(schema).filter(|name| self.shared.contains(*name)) {
            return format!("[{name}](#{})", name.to_lowercase());
        }
        let schema = self.resolved(schema);
        if let Some(listed) = listed(schema) {
            let mut kinds: Vec<String> = Vec::new();
            for kind in listed.into_iter().map(|one| self.kind(one)) {
                if !kinds.contains(&kind) {
                    kinds.push(kind);
                }
            }
            return kinds.join(" or ");
        }
        let named = schema["type"].as_str();
        let named =
            named.or_else(|| schema["type"].as_array()?.iter().filter_map(Value::as_str).find(|kind| *kind != "null"));
        match (schema["enum"].as_array(), named) {
            (Some(values), _) => {
                values.iter().filter_map(Value::as_str).map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
            }
            (None, Some("array")) => format!("list of {}", self.kind(&schema["items"])),
            (None, Some(named)) => named.to_owned(),
            (None, None) => "any".to_owned(),
        }
    }

    /// The objects that a value is, or that the elements of a list are, with what is before the names of their fields.
    fn objects<'b>(&'b self, schema: &'b Value) -> Vec<(Form<'b>, &'static str)> {
        let mut found = Vec::new();
        for form in self.forms(schema) {
            match form.schema.get("items") {
                None => found.push((form, ".")),
                Some(items) if self.is_shared(items) => {}
                Some(items) => {
                    let inner = self.forms(items).into_iter();
                    found.extend(inner.map(|inner| (Form { which: inner.which.or(form.which), ..inner }, "[].")));
                }
            }
        }
        found
    }

    /// The description of a field, its own or that of its type.
    fn words<'b>(&'b self, field: &'b Value) -> &'b str {
        let only = listed(field).filter(|listed| listed.len() == 1);
        let own = field["description"].as_str().or_else(|| only?[0]["description"].as_str());
        own.or_else(|| self.resolved(field)["description"].as_str()).unwrap_or_default()
    }

    /// The description of a field that several forms have: where they differ, each with its form.
    fn about(&self, holders: &[Held<'_>]) -> String {
        let mut texts: Vec<(Option<&str>, &str)> = Vec::new();
        for Held { form, schema } in holders {
            let words = self.words(schema);
            if !texts.iter().any(|(_, known)| *known == words) {
                texts.push((form.which, words));
            }
        }
        match texts.as_slice() {
            [(_, words)] => (*words).to_owned(),
            several => {
                let one = |(which, words): &(Option<&str>, &str)| match which {
                    Some(which) => format!("*{which}*: {words}"),
                    None => (*words).to_owned(),
                };
                several.iter().map(one).collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// Adds the fields of these values, and those of their objects.
    fn collect(&self, schemas: &[&Value], path: &str, place: &str, depth: usize, found: &mut Vec<Field>) {
        let schemas = schemas.iter().filter(|schema| !self.is_shared(schema));
        let objects: Vec<(Form<'_>, &str)> = schemas.flat_map(|schema| self.objects(schema)).collect();
        for (form, joint) in &objects {
            let joint = if path.is_empty() { "" } else { *joint };
            for name in form.schema["properties"].as_object().into_iter().flat_map(Map::keys) {
                let name_here = format!("{path}{joint}{name}");
                if found.iter().any(|known| known.name == name_here && known.place == place) {
                    continue;
                }
                let holders = objects
                    .iter()
                    .filter_map(|(form, _)| Some(Held { form: *form, schema: form.schema["properties"].get(name)? }));
                let holders: Vec<Held<'_>> = holders.collect();
                let fields: Vec<&Value> = holders.iter().map(|held| held.schema).collect();
                let mut kinds: Vec<String> = fields.iter().map(|field| self.kind(field)).collect();
                kinds.dedup();
                found.push(Field {
                    name: name_here.clone(),
                    place: place.to_owned(),
                    kind: kinds.join(" or "),
                    presence: presence(name, &holders, objects.len()),
                    about: self.about(&holders),
                });
                if depth > 1 {
                    self.collect(&fields, &name_here, place, depth - 1, found);
                }
            }
        }
    }

    /// The fields of an object.
    pub fn of_object(&self, schema: &Value) -> Vec<Field> {
        let mut found = Vec::new();
        self.collect(&[schema], "", "", DEPTH, &mut found);
        found
    }

    /// The fields of a request: in the path, the query, headers and the body.
    pub fn of_request(&self, operation: &Value) -> Vec<Field> {
        let mut found = Vec::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let text = |key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
            found.push(Field {
                name: text("name"),
                place: text("in"),
                kind: self.kind(&parameter["schema"]),
                presence: if parameter["required"] == true { Presence::Always } else { Presence::Sometimes },
                about: text("description"),
            });
        }
        for (format, body) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
            let place = if format.ends_with("json") { "body" } else { "form" };
            self.collect(&[&body["schema"]], "", place, DEPTH, &mut found);
        }
        found
    }

    /// The fields of the replies that report success, without those that every reply has.
    pub fn of_reply(&self, operation: &Value, common: &Map<String, Value>) -> Vec<Field> {
        let mut found = Vec::new();
        for (status, schema) in successes(operation) {
            let mut own = self.resolved(schema).clone();
            if let Some(properties) = own.get_mut("properties").and_then(Value::as_object_mut) {
                properties.retain(|name, field| common.get(name) != Some(&*field));
            }
            self.collect(&[&own], "", status, DEPTH, &mut found);
        }
        found
    }
}

/// The status and the schema of each reply that reports success.
pub fn successes(operation: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let replies = operation["responses"].as_object().into_iter().flatten();
    replies.filter(|(status, _)| status.starts_with('2')).flat_map(|(status, reply)| {
        let bodies = reply["content"].as_object().into_iter().flat_map(Map::values);
        bodies.map(move |body| (status.as_str(), &body["schema"]))
    })
}

/// The name of the schema that a description refers to.
pub fn named(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

/// The alternatives of a schema, without null.
fn listed(schema: &Value) -> Option<Vec<&Value>> {
    let listed = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array())?;
    Some(listed.iter().filter(|one| one["type"] != "null").collect())
}

/// When a field is there: `forms` is the number of forms that the object may have.
fn presence(name: &str, holders: &[Held<'_>], forms: usize) -> Presence {
    if !holders.iter().all(|held| held.is_required(name)) {
        return Presence::Sometimes;
    }
    if holders.len() == forms {
        return Presence::Always;
    }
    let mut which: Vec<&str> = holders.iter().filter_map(|held| held.form.which).collect();
    which.dedup();
    if which.is_empty() { Presence::Sometimes } else { Presence::Of(which.join(", ")) }
}
