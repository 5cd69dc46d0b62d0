//! Expected replies.

use serde_json::{Value, json};

use super::client::Reply;
use super::matcher::differences;

/// Texts of 1.6 that more than one test uses.
pub const DUPLICATED: &str = "trackId is duplicated";
pub const NO_MONEY: &str = "موجودی حساب کافی نمیباشد";
pub const NO_ACCOUNT: &str = "شماره حساب نامعتبر است";
pub const SERVICE_CLOSED: &str = "شما در بازه زمانی تعریف شده قرار ندارید";

pub fn expect(reply: &Reply, http: u16, body: &Value) -> Result<(), String> {
    let found = differences(body, &reply.json()?);
    if reply.status == http && found.is_empty() {
        return Ok(());
    }
    Err(format!("expected {http} {body}\n    {}\n    reply: {reply}", found.join("\n    ")))
}

/// A 400 with this text, and with the code that belongs to it (1.6).
pub fn refusal(message: &str) -> Value {
    let code = if [NO_MONEY, NO_ACCOUNT].contains(&message) { "SERVICE_CALL_ERROR" } else { "VALIDATION_ERROR" };
    json!({"status": "FAILED", "error": {"code": code, "message": message}, "result": "<absent>"})
}

pub fn done() -> Value {
    json!({"status": "DONE", "error": "<absent>"})
}
