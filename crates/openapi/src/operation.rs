//! An operation of the document, and the functions that build it.

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// The type of a request field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Text,
    Boolean,
    Integer,
    Number,
}

/// A field of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) is_required: bool,
    pub(crate) is_list: bool,
    /// What it means: unit, form, allowed values, default, and whose number it is.
    pub(crate) about: &'static str,
}

pub(crate) const fn required(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, is_required: true, is_list: false, about }
}

pub(crate) const fn optional(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, is_required: false, is_list: false, about }
}

impl Field {
    fn schema(&self) -> Value {
        let one = match self.kind {
            Kind::Text => json!({"type": "string"}),
            Kind::Boolean => json!({"type": "boolean"}),
            Kind::Integer => json!({"type": "integer", "format": "int64"}),
            Kind::Number => json!({"type": "number", "format": "double"}),
        };
        if self.is_list { json!({"type": "array", "items": one}) } else { one }
    }

    fn property(&self) -> Value {
        about(self.schema(), self.about)
    }

    fn parameter(&self, place: &str) -> Value {
        let (required, schema) = (self.is_required, self.schema());
        json!({"name": self.name, "in": place, "description": self.about, "required": required, "schema": schema})
    }
}

/// An operation under construction.
#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) described: Map<String, Value>,
    pub(crate) components: Vec<(String, Value)>,
}

impl Operation {
    /// `tag` is the dialect. All parameters in the path are strings; [`of_path`] describes them.
    pub(crate) fn new(
        method: &'static str,
        path: impl Into<String>,
        id: impl Into<String>,
        tag: &str,
        summary: &str,
    ) -> Self {
        let (path, id) = (path.into(), id.into());
        let places = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let text = json!({"type": "string"});
        let parameter = |name| {
            let about = of_path(name);
            json!({"name": name, "in": "path", "description": about, "required": true, "schema": text})
        };
        let parameters: Vec<Value> = places.map(parameter).collect();
        let described = json!({
            "operationId": id, "tags": [tag], "summary": summary, "parameters": parameters, "responses": {}, "security": [],
        });
        let described = if let Value::Object(described) = described { described } else { Map::new() };
        Self { method, path, id, described, components: Vec::new() }
    }

    /// Requires one of these security schemes; an empty name means none is needed.
    pub(crate) fn by(mut self, schemes: &[&str]) -> Self {
        let requirement = |scheme: &&str| if scheme.is_empty() { json!({}) } else { json!({(*scheme): []}) };
        let schemes: Vec<Value> = schemes.iter().map(requirement).collect();
        self.described.insert("security".to_owned(), Value::Array(schemes));
        self
    }

    pub(crate) fn parameters(mut self, place: &str, fields: &[Field]) -> Self {
        if let Some(Value::Array(parameters)) = self.described.get_mut("parameters") {
            parameters.extend(fields.iter().map(|field| field.parameter(place)));
        }
        self
    }

    pub(crate) fn query(self, fields: &[Field]) -> Self {
        self.parameters("query", fields)
    }

    pub(crate) fn header(self, fields: &[Field]) -> Self {
        self.parameters("header", fields)
    }

    pub(crate) fn json(self, name: &str, fields: &[Field]) -> Self {
        self.body("application/json", name, fields)
    }

    pub(crate) fn form(self, name: &str, fields: &[Field]) -> Self {
        self.body("application/x-www-form-urlencoded", name, fields)
    }

    pub(crate) fn body(mut self, kind: &str, name: &str, fields: &[Field]) -> Self {
        if fields.is_empty() {
            return self;
        }
        let properties: Map<String, Value> =
            fields.iter().map(|field| (field.name.to_owned(), field.property())).collect();
        let required: Vec<&str> = fields.iter().filter(|field| field.is_required).map(|field| field.name).collect();
        let schema = json!({"type": "object", "properties": properties, "required": required});
        self.components.push((name.to_owned(), schema));
        let body = json!({"required": !required.is_empty(), "content": {(kind): {"schema": named(name)}}});
        self.described.insert("requestBody".to_owned(), body);
        self
    }

    /// Adds the schema of the 200 response, named after the operation.
    pub(crate) fn replies(mut self, schema: Value) -> Self {
        let name = camel(&format!("_{}Reply", self.id));
        self.answers(200, "done", json!({"application/json": {"schema": named(&name)}}));
        self.components.push((name, schema));
        self
    }

    /// Adds a 302 response.
    pub(crate) fn redirects(mut self) -> Self {
        self.answers(302, "the way on", json!({}));
        self
    }

    pub(crate) fn answers(&mut self, status: u16, why: &str, content: Value) {
        if let Some(Value::Object(responses)) = self.described.get_mut("responses") {
            responses.insert(status.to_string(), json!({"description": why, "content": content}));
        }
    }
}

/// The description of a parameter in the path; empty if it has none, which a test refuses.
fn of_path(name: &str) -> &'static str {
    match name {
        "client" => "The id of the client that the token belongs to.",
        "deposit" => "The account number of a deposit that the token is for.",
        "nid" => "The national id of the user: ten digits.",
        "link" => "`payInvoiceByUniqueNumber`, `PayInvoiceDispatcher` or `payInvoice`, in upper or lower case.",
        "key" => "The eight letters of the link.",
        "gs" => "The payer's session, from the address to which the link leads.",
        _ => "",
    }
}

/// A schema with a description of what has it.
pub(crate) fn about(mut schema: Value, words: &str) -> Value {
    schema["description"] = json!(words);
    schema
}

/// The schema of a text.
pub(crate) fn text(words: &str) -> Value {
    about(json!({"type": "string"}), words)
}

/// The schema of a whole number.
pub(crate) fn integer(words: &str) -> Value {
    about(json!({"type": "integer", "format": "int64"}), words)
}

/// The schema of a flag.
pub(crate) fn flag(words: &str) -> Value {
    about(json!({"type": "boolean"}), words)
}

/// The schema of what has one of these forms. The words before a form say which replies have it: the reference prints them.
pub(crate) fn one_of<const N: usize>(forms: [(&str, Value); N]) -> Value {
    let forms: Vec<Value> = forms.into_iter().map(|(which, schema)| about(schema, which)).collect();
    json!({"anyOf": forms})
}

/// A reference to a component.
pub(crate) fn named(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// An object schema; all members except the optional ones are required.
pub(crate) fn object<const N: usize>(members: [(&str, Value); N], optional: &[&str]) -> Value {
    let required: Vec<&str> = members.iter().map(|(name, _)| *name).filter(|name| !optional.contains(name)).collect();
    let properties: Map<String, Value> =
        members.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

/// The schemas of a type and of the types in it.
pub(crate) fn component<T: ToSchema>() -> Vec<(String, Value)> {
    let mut all = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut all);
    // Schemas always serialise.
    all.into_iter().map(|(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default())).collect()
}

/// Converts `set_gate` to `setGate`.
pub(crate) fn camel(words: &str) -> String {
    let mut id = String::with_capacity(words.len());
    for (at, word) in words.split('_').enumerate() {
        let mut letters = word.chars();
        match letters.next().filter(|_| at > 0) {
            Some(first) => id.extend(first.to_uppercase().chain(letters)),
            None => id.push_str(word),
        }
    }
    id
}
