//! Preconditions of a PUT on the row that it replaces: `If-Match`, or `version` in the body (second-edition.md 5).
//!
//! A PUT without a version replaces nothing: 428. `If-Match: *` replaces any version. `If-None-Match: *` is ignored: it asks for what holds without a
//! version anyway. The version comes from a reply (`version`, `ETag`); the command compares it with the current row in the commit of the change.

use std::fmt;

use axum::http::header::IF_MATCH;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use payments::{Precondition, Version};
use serde::de::value::StringDeserializer;
use serde::de::{DeserializeSeed, Error as _, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};
use utoipa::Modify;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Components, Content, OpenApi, Ref, RefOr, Required, Response, Schema};

use super::reply::Problem;
use edge::head;

/// Maximum length of a version in a request; those made here are shorter.
const LONGEST: usize = 200;
/// The field of the body.
const VERSION: &str = "version";

/// The precondition in the head of a request; `None`: its method replaces no row.
///
/// # Errors
/// `If-Match` is neither one version nor `*`.
pub fn of_head(parts: &Parts) -> Result<Option<Precondition>, Problem> {
    if parts.method != Method::PUT {
        return Ok(None);
    }
    let wrong = || Problem::invalid("If-Match", "one `version`, in quotes as in `ETag`, or `*`");
    let one = one(&parts.headers).ok_or_else(wrong)?;
    match one {
        None => Ok(Some(Precondition::NoRow)),
        Some("*") => Ok(Some(Precondition::AnyRow)),
        Some(text) => {
            let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
            let good =
                !quoted.is_empty() && quoted.len() <= LONGEST && quoted.bytes().all(|b| b.is_ascii_alphanumeric());
            good.then(|| Some(Precondition::Version(Version::sent(quoted)))).ok_or_else(wrong)
        }
    }
}

/// The value of `If-Match`. Outer `None`: the header is repeated or not text; inner `None`: it is absent.
fn one(headers: &HeaderMap) -> Option<Option<&str>> {
    let mut all = headers.get_all(IF_MATCH).iter();
    match (all.next(), all.next()) {
        (None, _) => Some(None),
        (Some(value), None) => head::text(value).map(|text| Some(text.trim())),
        (Some(_), Some(_)) => None,
    }
}

/// The precondition of a request whose body has this version.
///
/// # Errors
/// The head names another version.
pub fn with_body(head: Option<Precondition>, version: Option<String>) -> Result<Option<Precondition>, Problem> {
    let Some(version) = version else { return Ok(head) };
    let version = Precondition::Version(Version::sent(&version));
    match head {
        None | Some(Precondition::NoRow) => Ok(Some(version)),
        Some(head) if head == version => Ok(Some(version)),
        Some(_) => Err(Problem::invalid(VERSION, "`If-Match` says another one")),
    }
}

/// A form with an optional `version` among its fields. The form type itself has no such field, so that without this wrapper it is refused as unknown.
#[derive(Debug)]
pub struct Change<T> {
    pub form: T,
    pub version: Option<String>,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut version = None;
        let form = T::deserialize(Beside { inner: from, version: &mut version })?;
        Ok(Self { form, version })
    }
}

/// Deserialises an object without its version, which it stores.
struct Beside<'v, I> {
    inner: I,
    version: &'v mut Option<String>,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Beside<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_map(Beside { inner: visitor, version: self.version })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Beside<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(Beside { inner: map, version: self.version })
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Beside<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.inner.next_key::<String>()? {
            if key != VERSION {
                let key: StringDeserializer<A::Error> = key.into_deserializer();
                return seed.deserialize(key).map(Some);
            }
            if self.version.is_some() {
                return Err(A::Error::duplicate_field(VERSION));
            }
            *self.version = Some(self.inner.next_value()?);
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(seed)
    }
}

/// Describes the precondition at every PUT of the document.
pub struct Versions;

impl Modify for Versions {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        for item in document.paths.paths.values_mut() {
            if let Some(put) = &mut item.put {
                describe(put, components);
            }
        }
    }
}

fn describe(put: &mut Operation, components: &mut Components) {
    put.parameters.get_or_insert_default().push(RefOr::T(if_match()));
    for (status, what) in [
        ("409", "the row has changed since this version was read"),
        ("428", "neither `If-Match` nor `version`: nothing is replaced"),
    ] {
        let mut response = Response::new(what);
        let problem = Content::new(Some(Ref::from_schema_name("Problem")));
        response.content.insert("application/json".to_owned(), RefOr::T(problem));
        put.responses.responses.entry(status.to_owned()).or_insert(RefOr::T(response));
    }
    let Some(RefOr::T(body)) = &mut put.request_body else { return };
    for content in body.content.values_mut() {
        if let RefOr::T(Content { schema: Some(RefOr::Ref(form)), .. }) = content
            && let Some(name) = form.ref_location.rsplit('/').next()
            && let Some(RefOr::T(Schema::Object(object))) = components.schemas.get(name)
        {
            let (name, mut object) = (format!("{name}Change"), object.clone());
            object.properties.insert(
                VERSION.to_owned(),
                text("The version that was read, where `If-Match` does not say it.").into(),
            );
            *form = Ref::from_schema_name(name.as_str());
            components.schemas.insert(name, RefOr::T(Schema::Object(object)));
        }
    }
}

fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description))
}

fn if_match() -> Parameter {
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("The `version` that was read, in quotes; `*`: whatever is there. Or `version` in the body."))
        .schema(Some(text("A version, or `*`.")))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq, Eq)]
    #[serde(deny_unknown_fields)]
    struct Form {
        on: bool,
        #[serde(default)]
        names: Vec<String>,
    }

    fn read(body: &str) -> Result<(Form, Option<String>), String> {
        let read = serde_json::from_str::<Change<Form>>(body);
        read.map(|Change { form, version }| (form, version)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_version_stands_beside_the_fields_of_a_form_and_is_none_of_them() {
        let form = |names: &[&str]| Form { on: true, names: names.iter().map(ToString::to_string).collect() };
        let some = |text: &str| Some(text.to_owned());
        for (body, expected) in [
            (r#"{"on": true}"#, Ok((form(&[]), None))),
            (r#"{"version": "a1", "on": true}"#, Ok((form(&[]), some("a1")))),
            (r#"{"on": true, "names": ["version"], "version": "a1"}"#, Ok((form(&["version"]), some("a1")))),
        ] {
            assert_eq!(read(body), expected, "{body}");
        }
        for (body, said) in [
            (r#"{"on": true, "version": "a", "version": "a"}"#, "duplicate field `version` at line 1 column"),
            (r#"{"on": true, "version": 5}"#, "invalid type: integer `5`, expected a string at line 1 column"),
            (r#"{"on": true, "on": true}"#, "duplicate field `on` at line 1 column"),
            (r#"{"on": true, "off": true}"#, "unknown field `off`, expected `on` or `names` at line 1 column"),
            (r#"{"version": "a"}"#, "missing field `on` at line 1 column"),
            (r#"{"on": 1}"#, "invalid type: integer `1`, expected a boolean at line 1 column"),
        ] {
            let error = read(body).expect_err(body);
            assert!(error.starts_with(said), "{body}: {error}");
        }
        let without = serde_json::from_str::<Form>(r#"{"on": true, "version": "a"}"#);
        assert!(without.is_err(), "a form that is made has no version");
    }
}
