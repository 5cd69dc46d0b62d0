//! The error table (finnotech.md 1.6). Texts are verbatim: compare bytes.

use std::borrow::Cow;

/// One row: what a caller is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    pub http: u16,
    pub code: &'static str,
    pub message: Cow<'static, str>,
    pub response_code: Option<&'static str>,
}

const UNAUTHORIZED: &str = "UNAUTHORIZED";
const VALIDATION: &str = "VALIDATION_ERROR";
const SERVICE_CALL: &str = "SERVICE_CALL_ERROR";
const SERVER: &str = "SERVER_ERROR";

const fn row(http: u16, code: &'static str, message: &'static str) -> Failure {
    Failure { http, code, message: Cow::Borrowed(message), response_code: None }
}

pub const NO_BEARER: Failure = row(401, UNAUTHORIZED, "خطای دریافتی از سرور احراز هویت: توکن  ارسالي نامعتبر است");
pub const INVALID_CREDENTIALS: Failure = row(401, UNAUTHORIZED, "invalid client credentials");
pub const INVALID_TOKEN: Failure = row(403, VALIDATION, "invalid token");
pub const CLIENT_MISMATCH: Failure = row(403, UNAUTHORIZED, "client mismatch");
pub const CODE_REQUIRED: Failure = row(403, UNAUTHORIZED, "token type CODE is required");
pub const CLIENT_CREDENTIAL_REQUIRED: Failure = row(403, UNAUTHORIZED, "token type CLIENT-CREDENTIAL is required");
pub const NOT_FOUND: Failure = row(404, "NOT_FOUND", "service not found");
pub const METHOD_NOT_ALLOWED: Failure = row(405, VALIDATION, "method not allowed");
pub const BODY_TOO_LARGE: Failure = row(413, VALIDATION, "request body is too large");
pub const INTERNAL: Failure = row(500, SERVER, "internal error");
pub const BUSY: Failure = row(503, SERVER, "server is busy");
pub const BODY_INVALID: Failure = row(400, VALIDATION, "body is invalid");
pub const DUPLICATE: Failure = Failure {
    http: 400,
    code: VALIDATION,
    message: Cow::Borrowed("trackId is duplicated"),
    response_code: Some("FN-BRFH-40001210001"),
};
pub const ACCOUNT_CONDITIONS: Failure = row(400, VALIDATION, "account conditions not passed");
pub const SAME_ACCOUNT: Failure = row(400, VALIDATION, "Source And destination accounts are the same!");
pub const ABOVE_TOKEN_LIMIT: Failure = row(400, VALIDATION, "Max amount per transaction limitation exceeded");
pub const MONTHLY_LIMIT: Failure = row(400, VALIDATION, "Monthly call limitation exceeded");
pub const SHUT: Failure = row(400, VALIDATION, "شما در بازه زمانی تعریف شده قرار ندارید");
/// Ours, until these rails are served: leaves the trackId free.
pub const PAYA_NOT_SERVED: Failure = row(400, VALIDATION, "paya transfer is not served");
/// Ours, until these rails are served: leaves the trackId free.
pub const SATNA_NOT_SERVED: Failure = row(400, VALIDATION, "satna transfer is not served");
pub const DESTINATION_INVALID: Failure = row(400, SERVICE_CALL, "شماره حساب نامعتبر است");
pub const INSUFFICIENT: Failure = row(400, SERVICE_CALL, "موجودی حساب کافی نمیباشد");
/// Ours: a sum of the account would pass 2⁶³ rials.
pub const DOES_NOT_FIT: Failure = row(400, SERVICE_CALL, "amount does not fit the account");
pub const TRANSACTION_NOT_FOUND: Failure = row(400, VALIDATION, "transaction not found");
pub const INVALID_DEPOSIT: Failure = row(400, VALIDATION, "invalid deposit");

/// `<field> is required`.
pub fn required(field: &str) -> Failure {
    Failure { message: Cow::Owned(format!("{field} is required")), ..row(400, VALIDATION, "") }
}

/// `<field> is invalid`.
pub fn invalid(field: &str) -> Failure {
    Failure { message: Cow::Owned(format!("{field} is invalid")), ..row(400, VALIDATION, "") }
}

/// `scope <scope> is not granted`.
pub fn scope_missing(scope: &str) -> Failure {
    Failure { message: Cow::Owned(format!("scope {scope} is not granted")), ..row(403, UNAUTHORIZED, "") }
}

impl From<super::field::Fault> for Failure {
    fn from(fault: super::field::Fault) -> Self {
        match fault {
            super::field::Fault::Required(field) => required(field),
            super::field::Fault::Invalid(field) => invalid(field),
        }
    }
}
