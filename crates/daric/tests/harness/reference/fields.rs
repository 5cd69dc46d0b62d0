//! The fields of a request or a reply, as rows of a table.

use serde_json::Value;

use super::cell;

/// How deep fields of fields are listed.
const DEPTH: usize = 3;

/// Where a field is, what it may be, and what it means.
pub struct Field {
    name: String,
    place: String,
    kind: String,
    presence: Presence,
    about: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Required,
    Optional,
}

impl Field {
    /// A row of a table of fields.
    pub fn row(&self) -> String {
        let presence = if self.presence == Presence::Required { "yes" } else { "" };
        format!("| `{}` | {} | {} | {presence} | {} |\n", self.name, self.place, cell(&self.kind), cell(&self.about))
    }
}

/// What a description refers to.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
    name.map_or(schema, |name| &document["components"]["schemas"][name])
}

/// The alternatives of a schema without null, or the schema itself.
fn alternatives<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let schema = resolved(document, schema);
    let listed = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array());
    let Some(listed) = listed else { return vec![schema] };
    listed.iter().filter(|one| one["type"] != "null").flat_map(|one| alternatives(document, one)).collect()
}

/// The type of a value, in words.
fn kind(document: &Value, schema: &Value) -> String {
    let mut kinds: Vec<String> = Vec::new();
    for schema in alternatives(document, schema) {
        let named = schema["type"].as_str();
        let named =
            named.or_else(|| schema["type"].as_array()?.iter().filter_map(Value::as_str).find(|kind| *kind != "null"));
        let kind = match (schema["enum"].as_array(), named) {
            (Some(values), _) => {
                values.iter().filter_map(Value::as_str).map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
            }
            (None, Some("array")) => format!("list of {}", self::kind(document, &schema["items"])),
            (None, Some(named)) => named.to_owned(),
            (None, None) => "any".to_owned(),
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.join(" or ")
}

/// The object that a value is, or that the elements of a list are.
fn inner<'a>(document: &'a Value, schema: &'a Value) -> (Vec<&'a Value>, &'static str) {
    let found = alternatives(document, schema);
    let elements: Vec<&Value> =
        found.iter().filter(|one| one.get("items").is_some()).map(|one| &one["items"]).collect();
    if elements.is_empty() {
        return (found, ".");
    }
    (elements.into_iter().flat_map(|items| alternatives(document, items)).collect(), "[].")
}

/// Adds the fields of an object, and those of its objects.
fn collect(document: &Value, schema: &Value, before: &str, place: &str, depth: usize, found: &mut Vec<Field>) {
    let (objects, _) = inner(document, schema);
    for object in objects {
        for (name, field) in object["properties"].as_object().into_iter().flatten() {
            let name_here = format!("{before}{name}");
            if found.iter().any(|known| known.name == name_here && known.place == place) {
                continue;
            }
            let is_required = object["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name));
            let about = field["description"].as_str().or_else(|| resolved(document, field)["description"].as_str());
            found.push(Field {
                name: name_here.clone(),
                place: place.to_owned(),
                kind: kind(document, field),
                presence: if is_required { Presence::Required } else { Presence::Optional },
                about: about.unwrap_or_default().to_owned(),
            });
            if depth > 1 {
                let (_, joint) = inner(document, field);
                collect(document, field, &format!("{name_here}{joint}"), place, depth - 1, found);
            }
        }
    }
}

/// The fields of a request: in the path, the query, headers and the body.
pub fn of_request(document: &Value, operation: &Value) -> Vec<Field> {
    let mut found = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let text = |key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
        found.push(Field {
            name: text("name"),
            place: text("in"),
            kind: kind(document, &parameter["schema"]),
            presence: if parameter["required"] == true { Presence::Required } else { Presence::Optional },
            about: text("description"),
        });
    }
    for (format, body) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
        let place = if format.ends_with("json") { "body" } else { "form" };
        collect(document, &body["schema"], "", place, DEPTH, &mut found);
    }
    found
}

/// The fields of the replies that report success.
pub fn of_reply(document: &Value, operation: &Value) -> Vec<Field> {
    let mut found = Vec::new();
    let replies = operation["responses"].as_object().into_iter().flatten();
    for (status, reply) in replies.filter(|(status, _)| status.starts_with('2')) {
        for body in reply["content"].as_object().into_iter().flat_map(serde_json::Map::values) {
            collect(document, &body["schema"], "", status, DEPTH, &mut found);
        }
    }
    found
}
