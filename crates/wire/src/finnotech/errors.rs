//! The error table (finnotech.md 1.6). Texts are verbatim: compare bytes.

use std::borrow::Cow;

/// One row of the table: the error that a caller receives.
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
/// Our own row for a sandbox's fault: the call was executed, and its outcome must be inquired.
pub const TIME_OUT: Failure = row(408, SERVER, "request timeout");
/// Our own row for a sandbox's fault: nothing was done.
pub const TOO_MANY_REQUESTS: Failure = row(429, VALIDATION, "too many requests");
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
pub const SERVICE_CLOSED: Failure = row(400, VALIDATION, "شما در بازه زمانی تعریف شده قرار ندارید");
pub const DESTINATION_INVALID: Failure = row(400, SERVICE_CALL, "شماره حساب نامعتبر است");
pub const INSUFFICIENT: Failure = row(400, SERVICE_CALL, "موجودی حساب کافی نمیباشد");
/// Our own row: a sum of the account would exceed 2⁶³ − 1 rials.
pub const DOES_NOT_FIT: Failure = row(400, SERVICE_CALL, "amount does not fit the account");
/// `error` of an order that is accepted and not decided yet; it stands beside a result.
pub const PENDING: Failure = row(200, SERVICE_CALL, "تراکنش در حال انجام است");
/// `error` of an order whose network did not answer; it stands beside a result.
pub const UNKNOWN: Failure = row(200, SERVICE_CALL, "وضعیت تراکنش نامشخص است");
pub const CARD_NOT_FOUND: Failure = row(400, SERVICE_CALL, "شماره کارت یافت نشد");
pub const OTP_OR_MOBILE: Failure = row(400, VALIDATION, "invalid otp or mobile");
pub const OTP_EXPIRED: Failure = row(400, VALIDATION, "Expiration time is exceeded");
pub const TRANSACTION_NOT_FOUND: Failure = row(400, VALIDATION, "transaction not found");
pub const INVALID_DEPOSIT: Failure = row(400, VALIDATION, "invalid deposit");

/// The row `<field> is required`.
pub fn required(field: &str) -> Failure {
    Failure { message: Cow::Owned(format!("{field} is required")), ..row(400, VALIDATION, "") }
}

/// The row `<field> is invalid`.
pub fn invalid(field: &str) -> Failure {
    Failure { message: Cow::Owned(format!("{field} is invalid")), ..row(400, VALIDATION, "") }
}

/// The row for a page that would be too large; `fit` is the number of rows that fit.
pub fn too_large(field: &str, fit: usize) -> Failure {
    Failure {
        message: Cow::Owned(format!("{field} is invalid: {fit} rows at most fit into one reply")),
        ..row(400, VALIDATION, "")
    }
}

/// The row for a request that cannot be read; `message` says which part of it, or why.
pub fn unreadable(http: u16, message: String) -> Failure {
    Failure { message: Cow::Owned(message), ..row(http, VALIDATION, "") }
}

/// The row `unknown magic value <trackId>`, in sandboxes only.
pub fn unknown_magic(track_id: &str) -> Failure {
    Failure { message: Cow::Owned(format!("unknown magic value {track_id}")), ..row(400, VALIDATION, "") }
}

/// The row `scope <scope> is not granted`.
pub fn scope_missing(scope: &str) -> Failure {
    Failure { message: Cow::Owned(format!("scope {scope} is not granted")), ..row(403, UNAUTHORIZED, "") }
}

/// The row `Minimum amount is <rials> Rials. `, with its trailing blank.
pub fn below_minimum(rials: i64) -> Failure {
    Failure { message: Cow::Owned(format!("Minimum amount is {rials} Rials. ")), ..row(400, SERVICE_CALL, "") }
}

/// The row `Maximum amount is <rials> Rials. `, with its trailing blank.
pub fn above_maximum(rials: i64) -> Failure {
    Failure { message: Cow::Owned(format!("Maximum amount is {rials} Rials. ")), ..row(400, SERVICE_CALL, "") }
}

/// Every row with a fixed text.
const FIXED: [Failure; 28] = [
    NO_BEARER,
    INVALID_CREDENTIALS,
    INVALID_TOKEN,
    CLIENT_MISMATCH,
    CODE_REQUIRED,
    CLIENT_CREDENTIAL_REQUIRED,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    BODY_TOO_LARGE,
    INTERNAL,
    BUSY,
    BODY_INVALID,
    DUPLICATE,
    ACCOUNT_CONDITIONS,
    SAME_ACCOUNT,
    ABOVE_TOKEN_LIMIT,
    MONTHLY_LIMIT,
    SERVICE_CLOSED,
    DESTINATION_INVALID,
    INSUFFICIENT,
    DOES_NOT_FIT,
    TRANSACTION_NOT_FOUND,
    INVALID_DEPOSIT,
    CARD_NOT_FOUND,
    OTP_OR_MOBILE,
    OTP_EXPIRED,
    PENDING,
    UNKNOWN,
];

/// Every refusal with a fixed text.
pub fn all() -> impl Iterator<Item = Failure> {
    FIXED.into_iter().filter(|row| row.http != 200)
}

/// A row as its message names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Named {
    /// One whose text has no amount.
    Row(Failure),
    /// `Minimum amount is <rials> Rials. `
    BelowMinimum(i64),
    /// `Maximum amount is <rials> Rials. `
    AboveMaximum(i64),
}

impl Named {
    /// The row.
    pub fn failure(self) -> Failure {
        match self {
            Self::Row(row) => row,
            Self::BelowMinimum(rials) => below_minimum(rials),
            Self::AboveMaximum(rials) => above_maximum(rials),
        }
    }
}

/// The row with a message, as it would be printed: `amount is invalid`, `Minimum amount is 10000 Rials. `.
pub fn named(message: &str) -> Option<Named> {
    if let Some(row) = all().find(|row| row.message.trim_end() == message.trim_end()) {
        return Some(Named::Row(row));
    }
    let word = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
    let rials = |text: &str| text.trim_end().strip_suffix(" Rials.").and_then(|number| number.parse().ok());
    if let Some(field) = message.strip_suffix(" is required").filter(|field| word(field)) {
        Some(Named::Row(required(field)))
    } else if let Some(field) = message.strip_suffix(" is invalid").filter(|field| word(field)) {
        Some(Named::Row(invalid(field)))
    } else if let Some(rest) = message.strip_prefix("scope ") {
        let scope = rest.strip_suffix(" is not granted").filter(|scope| word(scope));
        scope.map(|scope| Named::Row(scope_missing(scope)))
    } else if let Some(rest) = message.strip_prefix("Minimum amount is ") {
        rials(rest).map(Named::BelowMinimum)
    } else {
        message.strip_prefix("Maximum amount is ").and_then(rials).map(Named::AboveMaximum)
    }
}

impl From<crate::field::Fault> for Failure {
    fn from(fault: crate::field::Fault) -> Self {
        match fault {
            crate::field::Fault::Required(field) => required(field),
            crate::field::Fault::Invalid(field) => invalid(field),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_found_by_the_message_that_it_prints() {
        for (message, http, code) in [
            ("invalid token", 403, VALIDATION),
            ("server is busy", 503, SERVER),
            ("amount is invalid", 400, VALIDATION),
            ("destinationNumber is required", 400, VALIDATION),
            ("Minimum amount is 10000 Rials. ", 400, SERVICE_CALL),
            ("Maximum amount is 500000000 Rials.", 400, SERVICE_CALL),
            ("scope oak:balance:get is not granted", 403, UNAUTHORIZED),
            ("موجودی حساب کافی نمیباشد", 400, SERVICE_CALL),
        ] {
            let found =
                named(message).map(Named::failure).map(|row| (row.http, row.code, row.message.trim_end().to_owned()));
            assert_eq!(found, Some((http, code, message.trim_end().to_owned())));
        }
        for nothing in ["", "is invalid", "two words is invalid", "Minimum amount is many Rials. ", "no such text"] {
            assert_eq!(named(nothing), None, "{nothing}");
        }
    }
}
