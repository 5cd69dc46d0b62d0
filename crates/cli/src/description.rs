//! The OpenAPI document that is built into the program, read for commands: operations, their parameters and bodies.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::client::{FORM, JSON, OPERATOR_API};

/// What a segment of a path may contain as it is (RFC 3986, `unreserved`).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// How deep schemas refer to each other at most.
const DEPTH: usize = 8;

/// The document.
#[derive(Debug)]
pub struct Description {
    text: String,
    document: Value,
}

/// A call that the document describes.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its name in the document: `listAccounts`.
    pub id: String,
    /// The method.
    pub method: Method,
    /// The path, with places: `/admin/v1/accounts/{id}`.
    pub path: String,
    /// What it does.
    pub about: String,
    /// Its parameters, in the document's order.
    pub parameters: Vec<Parameter>,
    /// Its body, if it takes one.
    pub body: Option<Body>,
    /// The names of the members of its answer, of a list those of a row.
    pub columns: Vec<String>,
}

/// Where a parameter is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Where it is sent.
    pub place: Place,
    /// Whether it must be given.
    pub is_required: bool,
    /// What it means.
    pub about: String,
    /// The values that it may have; empty: any.
    pub values: Vec<String>,
}

/// A body.
#[derive(Clone, Debug)]
pub struct Body {
    /// Its type: JSON or a form.
    pub kind: &'static str,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// A field of a body.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Whether it must be given.
    pub is_required: bool,
    /// What it means.
    pub about: String,
    /// The form of its value.
    pub shape: Shape,
}

/// The form of a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Shape {
    /// A text, or one of these if there are any.
    Text(Vec<String>),
    /// A whole number.
    Whole,
    /// `true` or `false`.
    Truth,
    /// A list of such values.
    List(Box<Shape>),
    /// An object with these fields.
    Object(Vec<(String, Shape)>),
    /// Not described.
    Any,
}

impl Description {
    /// Reads a document.
    pub fn new(text: String) -> Self {
        let document = serde_json::from_str(&text).unwrap_or_default();
        Self { text, document }
    }

    /// The document as it is served.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All operations, in the order of their paths.
    pub fn operations(&self) -> impl Iterator<Item = Operation> + '_ {
        let paths = self.document["paths"].as_object().into_iter().flatten();
        paths.flat_map(move |(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods.filter_map(move |(method, described)| self.operation(method, path, described))
        })
    }

    /// The operations of the operator API.
    pub fn of_operators(&self) -> impl Iterator<Item = Operation> + '_ {
        self.operations().filter(|operation| operation.path.starts_with(OPERATOR_API))
    }

    /// The operation that a method and a path select.
    pub fn at(&self, method: &Method, path: &str) -> Option<Operation> {
        let sent: Vec<&str> = path.split('/').collect();
        let fits = |operation: &Operation| {
            let parts: Vec<&str> = operation.path.split('/').collect();
            let is_place = |part: &str| part.starts_with('{');
            parts.len() == sent.len() && parts.iter().zip(&sent).all(|(part, sent)| is_place(part) || part == sent)
        };
        let mut fitting: Vec<Operation> =
            self.operations().filter(|operation| operation.method == *method && fits(operation)).collect();
        // A path without places is meant before one with them.
        fitting.sort_by_key(|operation| operation.path.matches('{').count());
        fitting.into_iter().next()
    }

    fn operation(&self, method: &str, path: &str, described: &Value) -> Option<Operation> {
        let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes()).ok()?;
        let id = described["operationId"].as_str()?.to_owned();
        let parameters = described["parameters"].as_array().into_iter().flatten();
        let rows = &described["responses"]["200"]["content"][JSON]["schema"];
        let columns = self.names(if rows["type"] == "array" { &rows["items"] } else { rows });
        Some(Operation {
            id,
            method,
            path: path.to_owned(),
            about: text(described, &["summary", "description"]),
            parameters: parameters.filter_map(|one| self.parameter(one)).collect(),
            body: self.body(&described["requestBody"]["content"]),
            columns,
        })
    }

    fn parameter(&self, described: &Value) -> Option<Parameter> {
        let place = match described["in"].as_str()? {
            "path" => Place::Path,
            "query" => Place::Query,
            "header" => Place::Header,
            _ => return None,
        };
        let values = match self.shape(&described["schema"], DEPTH) {
            Shape::Text(values) => values,
            _ => Vec::new(),
        };
        Some(Parameter {
            name: described["name"].as_str()?.to_owned(),
            place,
            is_required: described["required"] == true,
            about: text(described, &["description"]),
            values,
        })
    }

    fn body(&self, content: &Value) -> Option<Body> {
        let kind = [JSON, FORM].into_iter().find(|kind| content.get(kind).is_some())?;
        let schema = self.resolved(&content[kind]["schema"], DEPTH);
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let properties = schema["properties"].as_object().into_iter().flatten();
        let fields = properties.map(|(name, described)| Field {
            name: name.clone(),
            is_required: required.contains(&name.as_str()),
            about: text(described, &["description"]),
            shape: self.shape(described, DEPTH),
        });
        Some(Body { kind, fields: fields.collect() })
    }

    fn names(&self, schema: &Value) -> Vec<String> {
        self.resolved(schema, DEPTH)["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// The schema behind a reference, or the one of an optional value.
    fn resolved<'a>(&'a self, schema: &'a Value, depth: usize) -> &'a Value {
        let Some(depth) = depth.checked_sub(1) else { return schema };
        if let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
            return self.resolved(&self.document["components"]["schemas"][name], depth);
        }
        let alternatives = schema["oneOf"].as_array().or(schema["allOf"].as_array());
        match alternatives.and_then(|all| all.iter().find(|one| one["type"] != "null")) {
            Some(one) if schema["properties"].is_null() => self.resolved(one, depth),
            _ => schema,
        }
    }

    fn shape(&self, schema: &Value, depth: usize) -> Shape {
        let Some(depth) = depth.checked_sub(1) else { return Shape::Any };
        let schema = self.resolved(schema, DEPTH);
        let is = |kind: &str| match &schema["type"] {
            Value::Array(kinds) => kinds.iter().any(|known| known == kind),
            known => known == kind,
        };
        if is("string") {
            let values = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
            Shape::Text(values.map(str::to_owned).collect())
        } else if is("integer") {
            Shape::Whole
        } else if is("boolean") {
            Shape::Truth
        } else if is("array") {
            Shape::List(Box::new(self.shape(&schema["items"], depth)))
        } else if is("object") {
            let properties = schema["properties"].as_object().into_iter().flatten();
            Shape::Object(properties.map(|(name, one)| (name.clone(), self.shape(one, depth))).collect())
        } else {
            Shape::Any
        }
    }
}

impl Operation {
    /// The path with its places filled.
    pub fn path_with(&self, value_of: impl Fn(&str) -> Option<String>) -> String {
        let parts = self.path.split('/').map(|part| {
            let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
            match name.and_then(&value_of) {
                Some(value) => utf8_percent_encode(&value, SEGMENT).to_string(),
                None => part.to_owned(),
            }
        });
        parts.collect::<Vec<_>>().join("/")
    }
}

impl Body {
    /// The shape of a field, if it is described.
    pub fn shape_of(&self, name: &str) -> Option<&Shape> {
        self.fields.iter().find(|field| field.name == name).map(|field| &field.shape)
    }

    /// A body with all required fields.
    pub fn example(&self) -> Value {
        let required = self.fields.iter().filter(|field| field.is_required);
        let members: Map<String, Value> = required.map(|field| (field.name.clone(), field.shape.example())).collect();
        Value::Object(members)
    }
}

impl Shape {
    /// A value of this form.
    pub fn example(&self) -> Value {
        match self {
            Self::Text(values) => json!(values.first().map_or("…", String::as_str)),
            Self::Whole => json!(1),
            Self::Truth => json!(true),
            Self::List(of) => json!([of.example()]),
            Self::Object(_) | Self::Any => json!({}),
        }
    }

    /// The form in words.
    pub fn name(&self) -> String {
        match self {
            Self::Text(values) if values.is_empty() => "text".to_owned(),
            Self::Text(values) => values.join(" | "),
            Self::Whole => "whole number".to_owned(),
            Self::Truth => "true | false".to_owned(),
            Self::List(of) => format!("list of {}", of.name()),
            Self::Object(_) => "object".to_owned(),
            Self::Any => "any".to_owned(),
        }
    }
}

/// The first of these members that is a text, as one line.
fn text(described: &Value, names: &[&str]) -> String {
    let found = names.iter().find_map(|name| described[name].as_str()).unwrap_or_default();
    found.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    fn description() -> Description {
        Description::new(
            json!({
                "paths": {
                    "/admin/v1/things/{id}": {"put": {
                        "operationId": "replaceThing", "summary": "Replaces\n a thing.",
                        "parameters": [
                            {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
                            {"name": "If-Match", "in": "header", "schema": {"type": "string"}},
                        ],
                        "requestBody": {"content": {JSON: {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                        "responses": {},
                    }},
                    "/admin/v1/things/all": {"put": {"operationId": "replaceAll", "responses": {}}},
                },
                "components": {"schemas": {"Thing": {
                    "type": "object", "required": ["names"],
                    "properties": {
                        "names": {"type": "array", "items": {"type": "string"}},
                        "amount": {"type": ["integer", "null"]},
                        "kind": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Kind"}]},
                    },
                }, "Kind": {"type": "string", "enum": ["one", "other"]}}},
            })
            .to_string(),
        )
    }

    #[test]
    fn an_operation_has_its_parameters_and_the_forms_of_its_fields() {
        let operation = description().at(&Method::PUT, "/admin/v1/things/a").unwrap();
        assert_eq!((operation.id.as_str(), operation.about.as_str()), ("replaceThing", "Replaces a thing."));
        let places: Vec<Place> = operation.parameters.iter().map(|one| one.place).collect();
        assert_eq!(places, [Place::Path, Place::Header]);
        let body = operation.body.clone().unwrap();
        assert_eq!(body.shape_of("amount"), Some(&Shape::Whole));
        assert_eq!(body.shape_of("kind"), Some(&Shape::Text(vec!["one".to_owned(), "other".to_owned()])));
        assert_eq!(body.example(), json!({"names": ["…"]}));
        assert_eq!(operation.path_with(|_| Some("a/b é".to_owned())), "/admin/v1/things/a%2Fb%20%C3%A9");
    }

    #[test]
    fn a_path_without_places_is_meant_before_one_with_them() {
        assert_eq!(description().at(&Method::PUT, "/admin/v1/things/all").unwrap().id, "replaceAll");
        assert!(description().at(&Method::GET, "/admin/v1/things/all").is_none());
    }
}
