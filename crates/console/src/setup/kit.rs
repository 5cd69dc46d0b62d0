//! What the pages of the set-up share: calling the operator API as the operator of the page, and answering its forms.
//!
//! A form becomes the JSON of a call of the operator API, and the handler of that call decides about it: there is one place that checks a record.

use std::future::Future;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::fields::Spec;
use super::fields::fields;
use crate::actions::reason;
use crate::refusals::explained;
use crate::view::{Field, Form, Part, Tone};
use crate::visit::Visit;
use admin::{OperatorContext, proposals};
use edge::form::Query;
use edge::random::alphanumeric;

/// Maximum length of a reply that is read, in bytes: a record.
const REPLY: usize = 1 << 20;
/// Length of a secret that is made here.
const SECRET: usize = 40;

/// A request of the operator API with this body.
pub fn request(body: Map<String, Value>) -> Request {
    Request::new(Body::from(Value::Object(body).to_string()))
}

/// The reply of a call; `Err` has the text for an operator whose call is refused.
///
/// # Errors
/// The reply for a failure of the machine.
pub async fn replied<R: IntoResponse>(
    visit: &Visit,
    call: impl Future<Output = Result<R, Response>>,
) -> Result<Result<Value, String>, Response> {
    match call.await {
        Ok(response) => {
            let bytes = to_bytes(response.into_response().into_body(), REPLY).await;
            let bytes = bytes.map_err(|error| visit.failed(&engine::Error::Unexpected(error.to_string())))?;
            Ok(Ok(serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
        }
        Err(response) if response.status().is_server_error() => Err(response),
        Err(response) => Ok(Err(explained(&response, visit.w()))),
    }
}

/// The operator of a page with the reason of a form; `Err` has the text for an operator who has given none.
pub fn because(visit: &Visit, form: &Query) -> Result<OperatorContext, String> {
    let reason = proposals::reason(form.sent("reason").unwrap_or_default());
    let reason = reason.map_err(|_| visit.w().reason_missing.to_owned())?;
    Ok(visit.context.clone().because(reason))
}

/// A new secret.
///
/// # Errors
/// The page for a system that gives no randomness.
pub fn new_secret(visit: &Visit) -> Result<String, Response> {
    alphanumeric(SECRET).map_err(|error| visit.failed(&engine::Error::Unavailable(error.to_string())))
}

/// The form that makes an object.
pub fn new_form(visit: &Visit, path: &str, specs: &[Spec]) -> Part {
    let w = visit.w();
    let form = Form {
        action: path.to_owned(),
        fields: fields(specs, &[], w),
        button: w.operator_new.to_owned(),
        tone: Tone::Plain,
        csrf: visit.csrf(),
    };
    Part::Forms(w.add_new.to_owned(), vec![form])
}

/// The form that changes an object of this version, with its present values.
pub fn change_form(
    visit: &Visit,
    path: String,
    version: String,
    (specs, values): (&[Spec], &[(&str, String)]),
) -> Form {
    let w = visit.w();
    let mut all = vec![Field::Hidden("version", version)];
    all.extend(fields(specs, values, w));
    all.push(reason(visit));
    Form { action: path, fields: all, button: w.operator_change.to_owned(), tone: Tone::Plain, csrf: visit.csrf() }
}

/// A form with a reason, and no other field that is typed.
pub fn act_form(visit: &Visit, path: String, hidden: Vec<Field>, (button, tone): (&str, Tone)) -> Form {
    let mut fields = hidden;
    fields.push(reason(visit));
    Form { action: path, fields, button: button.to_owned(), tone, csrf: visit.csrf() }
}

/// With the version that a form names: a form without one changes nothing.
pub fn with_version(mut object: Map<String, Value>, form: &Query) -> Map<String, Value> {
    object.insert("version".to_owned(), Value::from(form.get("version").unwrap_or_default()));
    object
}
