//! The message of a refused call of the operators' API, for pages whose forms have the fields of the API under their own names.

use axum::response::Response;

use super::refusals::{in_words, label};
use admin::reply::Problem;
use web::Words;

/// What to do next, and the field that is meant: by its label, or by its name if it has none.
pub fn message(answer: &Response, w: &Words) -> String {
    let Some(problem) = answer.extensions().get::<Problem>() else { return w.not_done.to_owned() };
    let text = in_words(problem, w);
    match problem.field() {
        Some(field) if field != "body" && label(field, w).is_none() => format!("{field}: {text}"),
        Some(_) | None => text,
    }
}
