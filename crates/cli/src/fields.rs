//! `-d field=value` and `--body`: bodies of requests from arguments.
//!
//! Shape: `field=value` takes the form that the document describes for the field (a text where it describes none), `field:=JSON` is JSON as it is,
//! `a.b=value` is a member of an object. `--body` is a whole body: JSON, `@FILE`, or `-` for standard input.

use std::io::Read as _;
use std::path::Path;

use clap::Args;
use serde_json::{Map, Number, Value};

use crate::client::{FORM, JSON};
use crate::description::{Body, Shape};
use crate::failure::Failure;

/// A body, whole or by its fields.
#[derive(Args, Clone, Debug, Default)]
pub struct BodyFlags {
    /// Whole body: JSON, @FILE, or - for standard input
    #[arg(long, value_name = "JSON|@FILE|-", conflicts_with = "data")]
    pub body: Option<String>,
    /// A field: name=value in the form that the call describes, name:=JSON as it is, a.b=value for a member of an object
    #[arg(short = 'd', long = "data", value_name = "FIELD=VALUE")]
    pub data: Vec<String>,
}

impl BodyFlags {
    /// The bytes of the body and their type; `None`: nothing was given.
    ///
    /// # Errors
    /// A field has no form, a file cannot be read.
    pub fn bytes(&self, described: Option<&Body>) -> Result<Option<(&'static str, Vec<u8>)>, Failure> {
        let kind = described.map_or(JSON, |body| body.kind);
        match &self.body {
            Some(body) => whole(body).map(|bytes| Some((kind, bytes))),
            None if self.data.is_empty() => Ok(None),
            None if kind == FORM => Ok(Some((FORM, form(&pairs(&self.data)?).into_bytes()))),
            None => Ok(Some((JSON, object(&self.data, described)?.to_string().into_bytes()))),
        }
    }
}

fn whole(body: &str) -> Result<Vec<u8>, Failure> {
    match (body, body.strip_prefix('@')) {
        ("-", _) => {
            let mut bytes = Vec::new();
            let read = std::io::stdin().lock().read_to_end(&mut bytes);
            read.map_err(|error| Failure::Refused(format!("standard input cannot be read: {error}")))?;
            Ok(bytes)
        }
        (_, Some(path)) => std::fs::read(path).map_err(|error| Failure::of_file(Path::new(path), &error)),
        (body, None) => Ok(body.as_bytes().to_vec()),
    }
}

fn form(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Fields as names and texts, for a query or a form.
///
/// # Errors
/// One has no `=`.
pub fn pairs(data: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let pair = |field: &String| {
        let pair = field.split_once('=').filter(|(name, _)| !name.is_empty());
        let (name, value) = pair.ok_or_else(|| no_field(field))?;
        Ok((name.trim_end_matches(':').to_owned(), value.to_owned()))
    };
    data.iter().map(pair).collect()
}

fn no_field(field: &str) -> Failure {
    let name = field.split(['=', ':']).next().unwrap_or_default();
    Failure::Usage(format!("-d {name}: a field is written name=value, or name:=JSON"))
}

/// Fields as a JSON object.
///
/// # Errors
/// One has no `=`, or no JSON behind `:=`.
pub fn object(data: &[String], described: Option<&Body>) -> Result<Value, Failure> {
    let mut object = Map::new();
    for field in data {
        let (left, right) =
            field.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(|| no_field(field))?;
        let (path, is_json) = match left.strip_suffix(':') {
            Some(path) => (path, true),
            None => (left, false),
        };
        let parts: Vec<&str> = path.split('.').collect();
        let value = match is_json {
            true => serde_json::from_str(right).map_err(|error| Failure::Usage(format!("-d {path}: {error}")))?,
            false => typed(right, shape_of(&parts, described)),
        };
        put(&mut object, &parts, value).ok_or_else(|| no_field(path))?;
    }
    Ok(Value::Object(object))
}

fn shape_of<'a>(path: &[&str], described: Option<&'a Body>) -> Option<&'a Shape> {
    let (first, rest) = path.split_first()?;
    let mut shape = described?.shape_of(first)?;
    for name in rest {
        let Shape::Object(fields) = shape else { return None };
        shape = fields.iter().find(|(known, _)| known == name).map(|(_, shape)| shape)?;
    }
    Some(shape)
}

/// A text in the form of a field. What does not have that form stays a text, and the server says what it wants.
fn typed(text: &str, shape: Option<&Shape>) -> Value {
    let as_text = || Value::String(text.to_owned());
    match shape {
        None | Some(Shape::Text(_) | Shape::Any) => as_text(),
        Some(Shape::Whole) => {
            text.parse::<i64>().map_or_else(|_| as_text(), |whole| Value::Number(Number::from(whole)))
        }
        Some(Shape::Truth) => text.parse().map_or_else(|_| as_text(), Value::Bool),
        Some(Shape::Object(_)) => serde_json::from_str(text).unwrap_or_else(|_| as_text()),
        Some(Shape::List(_)) if text.starts_with('[') => serde_json::from_str(text).unwrap_or_else(|_| as_text()),
        Some(Shape::List(_)) if text.is_empty() => Value::Array(Vec::new()),
        Some(Shape::List(of)) => Value::Array(text.split(',').map(|one| typed(one.trim(), Some(of))).collect()),
    }
}

/// Puts a value to its place; `None`: something else is on the way to it.
fn put(object: &mut Map<String, Value>, path: &[&str], value: Value) -> Option<()> {
    match path {
        [] => None,
        [name] => {
            object.insert((*name).to_owned(), value);
            Some(())
        }
        [name, rest @ ..] => {
            let inner = object.entry(*name).or_insert_with(|| Value::Object(Map::new()));
            put(inner.as_object_mut()?, rest, value)
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::description::Field;

    #[test]
    fn a_field_takes_the_form_that_is_described_for_it() {
        let field =
            |name: &str, shape| Field { name: name.to_owned(), is_required: false, about: String::new(), shape };
        let text = || Shape::Text(Vec::new());
        let limits = Shape::Object(vec![("day".to_owned(), Shape::Whole)]);
        let fields = vec![
            field("number", text()),
            field("balance", Shape::Whole),
            field("disabled", Shape::Truth),
            field("nids", Shape::List(Box::new(text()))),
            field("limits", limits),
        ];
        let body = Body { kind: JSON, fields };
        for (data, wanted) in [
            (&["number=0302"][..], json!({"number": "0302"})),
            (&["number=302"], json!({"number": "302"})),
            (&["balance=50", "disabled=true"], json!({"balance": 50, "disabled": true})),
            (&["balance=much"], json!({"balance": "much"})),
            (&["nids=1,2"], json!({"nids": ["1", "2"]})),
            (&["nids=[\"1\"]"], json!({"nids": ["1"]})),
            (&["limits.day=5", "limits.month=6"], json!({"limits": {"day": 5, "month": "6"}})),
            (&["unknown=1", "other:=[1,2]"], json!({"unknown": "1", "other": [1, 2]})),
            (&["text=a=b"], json!({"text": "a=b"})),
        ] {
            let data: Vec<String> = data.iter().map(|one| (*one).to_owned()).collect();
            assert_eq!(object(&data, Some(&body)).unwrap(), wanted, "{data:?}");
        }
    }

    #[test]
    fn what_is_no_field_is_wrong_usage() {
        for data in ["secret", "=5", "a:={", "a.b"] {
            let refused = object(&[data.to_owned()], None).unwrap_err();
            assert!(matches!(&refused, Failure::Usage(text) if text.starts_with("-d ")), "{data}: {refused}");
        }
        assert!(object(&["a=1".to_owned(), "a.b=2".to_owned()], None).is_err());
    }
}
