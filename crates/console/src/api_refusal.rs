//! The message of a refused call of the operators' API, for the page whose form has made it.

use axum::response::Response;
use serde_json::Value;

/// Maximum length of a refusal in bytes.
const LONGEST: usize = 64 * 1024;

/// What to do next, and the field that is meant.
pub async fn message(answer: Response) -> String {
    let body = axum::body::to_bytes(answer.into_body(), LONGEST).await.unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let error = &body["error"];
    let field = error["field"].as_str().map(|field| format!("{field}: ")).unwrap_or_default();
    format!("{field}{}", error["message"].as_str().unwrap_or_default())
}
