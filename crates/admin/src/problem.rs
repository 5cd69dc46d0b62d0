//! The error format of the operators' API: what to do next, and which field is concerned.

use std::borrow::Cow;
use std::convert::Infallible;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use payments::{AuditedRefusal, BookingRefusal, MoneyOfDayUsedUp, Parts as Changed, VersionRefusal};
use serde::Serialize;
use utoipa::ToSchema;

/// An error: what to do next, and which field is meant.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    error: Details,
    #[serde(skip)]
    status: StatusCode,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct Details {
    /// One word.
    code: &'static str,
    /// The field that is meant, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<Cow<'static, str>>,
    /// What to do next.
    message: Cow<'static, str>,
}

/// A problem with a whole request.
pub(super) const fn problem(status: StatusCode, code: &'static str, message: &'static str) -> Problem {
    Problem { error: Details { code, field: None, message: Cow::Borrowed(message) }, status }
}

/// The request has no valid operator token.
pub const UNAUTHORIZED: Problem =
    problem(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "send `Authorization: Bearer <operator token>`");
/// There is no such path or row.
pub const NOT_FOUND: Problem = problem(StatusCode::NOT_FOUND, "NOT_FOUND", "no such path or row");

/// The system has given no randomness, which new secrets need.
pub(super) const NO_RANDOMNESS: Problem =
    problem(StatusCode::SERVICE_UNAVAILABLE, "BUSY", "the system gives no randomness: nothing was done; try again");

/// The code for a change of a row that has changed since it was read.
const STALE: &str = "STALE";

/// Characters of a field's name that a refusal repeats.
const SHOWN: usize = 100;

impl Problem {
    /// A field with an invalid value.
    pub fn invalid(field: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::at(StatusCode::BAD_REQUEST, "INVALID", field, message)
    }

    /// The same, for a field whose name comes from the request or the document.
    pub fn named(field: String, message: impl Into<Cow<'static, str>>) -> Self {
        let field = if field.chars().count() > SHOWN { field.chars().take(SHOWN).collect() } else { field };
        let (status, message) = (StatusCode::BAD_REQUEST, message.into());
        Self { error: Details { code: "INVALID", field: Some(Cow::Owned(field)), message }, status }
    }

    /// A field whose value conflicts with the stored state.
    pub fn conflict(field: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::at(StatusCode::CONFLICT, "CONFLICT", field, message)
    }

    /// A name or number of no row.
    pub(super) fn unknown(field: &'static str, message: &'static str) -> Self {
        Self::at(StatusCode::NOT_FOUND, "NOT_FOUND", field, message)
    }

    /// What is asked for cannot be given now, and can later.
    pub(super) fn later(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        let (status, message) = (StatusCode::SERVICE_UNAVAILABLE, message.into());
        Self { error: Details { code, field: None, message }, status }
    }

    /// The caller's role does not permit the call.
    pub fn forbidden(message: &'static str) -> Self {
        problem(StatusCode::FORBIDDEN, "FORBIDDEN", message)
    }

    fn at(status: StatusCode, code: &'static str, field: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { error: Details { code, field: Some(Cow::Borrowed(field)), message: message.into() }, status }
    }

    /// The row has changed since it was read.
    pub(super) fn stale(changed: Changed) -> Self {
        let fields: Vec<String> = changed.iter().map(|part| format!("`{}`", part.name())).collect();
        let message = match fields[..] {
            [] => "it has changed since it was read. Read it again".to_owned(),
            [..] => format!("changed since it was read: {}. Read it again", fields.join(", ")),
        };
        Self::at(StatusCode::CONFLICT, STALE, "version", message)
    }

    /// What to do next.
    pub fn message(&self) -> &str {
        &self.error.message
    }

    /// The field that is meant, if one is.
    pub fn field(&self) -> Option<&str> {
        self.error.field.as_deref()
    }

    /// As audit lines show it: the message, with the field where that is more than the subject of the line.
    pub(super) fn in_audit(&self) -> String {
        match self.field() {
            None | Some("id" | "version") => self.message().to_owned(),
            Some(field) => format!("{field}: {}", self.message()),
        }
    }

    /// Whether the row has changed since it was read.
    pub fn is_stale(&self) -> bool {
        self.error.code == STALE
    }

    /// The same, as an invalid value of `field`.
    pub fn into_invalid(self, field: &'static str) -> Self {
        Self::invalid(field, self.error.message)
    }

    /// The same where an opening balance is booked: the field `amount` is called `balance` there.
    pub(super) fn of_opening(mut self) -> Self {
        if self.error.field.as_deref() == Some("amount") {
            self.error.field = Some(Cow::Borrowed("balance"));
        }
        self
    }

    /// The same field below an entry of a list: `deposits[2].number`.
    pub(super) fn at_entry(self, entry: &str) -> Self {
        let field = match self.error.field {
            None => entry.to_owned(),
            Some(field) if entry.is_empty() => field.into_owned(),
            Some(field) => format!("{entry}.{field}"),
        };
        Self { error: Details { field: Some(Cow::Owned(field)), ..self.error }, ..self }
    }

    /// The field below an entry, and what to do next.
    pub(super) fn in_entry(self, entry: &str) -> (String, String) {
        let is_unknown = self.status == StatusCode::NOT_FOUND;
        let Details { code: _, field, message } = self.at_entry(entry).error;
        let message = if is_unknown { Cow::Borrowed("it names an object that does not exist") } else { message };
        (field.unwrap_or_default().into_owned(), message.into_owned())
    }

    /// A conflict with the stored state, for a field whose name comes from the request.
    pub(super) fn named_conflict(field: String, message: String) -> Self {
        Self { status: StatusCode::CONFLICT, error: Details { code: "CONFLICT", ..Self::named(field, message).error } }
    }

    /// As a response. The problem is also in its extensions, so that pages can word it themselves.
    pub fn response(&self) -> Response {
        let mut response = (self.status, Json(self)).into_response();
        response.extensions_mut().insert(self.clone());
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.response()
    }
}

impl<R: Into<Self>> From<AuditedRefusal<R>> for Problem {
    fn from(refusal: AuditedRefusal<R>) -> Self {
        match refusal {
            AuditedRefusal::Version(VersionRefusal::Stale(changed)) => Self::stale(changed),
            AuditedRefusal::Version(VersionRefusal::VersionRequired) => Self::at(
                StatusCode::PRECONDITION_REQUIRED,
                "VERSION_REQUIRED",
                "version",
                "send the `version` that was read, here or in `If-Match`; `If-Match: *` replaces whatever is there",
            ),
            AuditedRefusal::MoneyOfDay(MoneyOfDayUsedUp { most, left }) => Self::at(
                StatusCode::CONFLICT,
                "LIMIT",
                "amount",
                format!("api_money_per_day: the API creates {most} rials a day at most, of which {left} are left"),
            ),
            AuditedRefusal::Refused(why) => why.into(),
        }
    }
}

impl From<BookingRefusal> for Problem {
    fn from(refusal: BookingRefusal) -> Self {
        match refusal {
            BookingRefusal::InsufficientFunds => Self::conflict("amount", "the account does not have this much"),
            BookingRefusal::AmountDoesNotFit => Self::invalid("amount", "the bank's accounts cannot hold this much"),
            BookingRefusal::AccountNotUsable => {
                Self::conflict("account", "no customer's account, or it takes no credits")
            }
        }
    }
}

/// For commands that are never refused.
impl From<Infallible> for Problem {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::super::reply::{done, opened};
    use super::*;

    #[test]
    fn a_refusal_has_its_status_and_field_and_pages_find_it_in_the_response() {
        let limit = MoneyOfDayUsedUp { most: payments::Rial::new(10), left: payments::Rial::new(3) };
        for (refusal, status, field) in [
            (AuditedRefusal::Version(VersionRefusal::VersionRequired), StatusCode::PRECONDITION_REQUIRED, "version"),
            (AuditedRefusal::Version(VersionRefusal::Stale(Changed::default())), StatusCode::CONFLICT, "version"),
            (AuditedRefusal::MoneyOfDay(limit), StatusCode::CONFLICT, "amount"),
            (AuditedRefusal::Refused(BookingRefusal::AmountDoesNotFit), StatusCode::BAD_REQUEST, "amount"),
            (AuditedRefusal::Refused(BookingRefusal::AccountNotUsable), StatusCode::CONFLICT, "account"),
        ] {
            let is_stale = matches!(refusal, AuditedRefusal::Version(VersionRefusal::Stale(_)));
            let response = done::<(), _>(Ok(Err(refusal.clone()))).unwrap_err();
            let problem: &Problem = response.extensions().get().unwrap();
            let shown = (response.status(), problem.error.field.as_deref(), problem.is_stale());
            assert_eq!(shown, (status, Some(field), is_stale), "{refusal:?}");
        }
        let response = opened::<(), _>(Ok(Err(BookingRefusal::AmountDoesNotFit))).unwrap_err();
        let problem: &Problem = response.extensions().get().unwrap();
        assert_eq!(problem.error.field.as_deref(), Some("balance"));
        let failed = done::<(), Infallible>(Err(engine::Error::Unknown)).unwrap_err();
        assert_eq!(failed.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
