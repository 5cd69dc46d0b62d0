//! Why a request reaches no handler.

use axum::http::StatusCode;

/// Why the body of a request could not be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BodyFault {
    /// More than [`crate::body::MAX_BODY`].
    TooLarge,
    /// The client broke off or stalled.
    Broken,
}

/// Why no handler sees a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refused {
    /// What is named here is invalid: a parameter, member or header, the path, or the whole body. It is not valid text, or not of the form that is
    /// read.
    Field(String),
    /// The query is too long.
    QueryTooLong,
    /// There are too many parameters.
    TooManyParameters,
}

impl Refused {
    /// The reason, in English.
    pub fn message(&self) -> String {
        match self {
            Self::Field(name) => format!("{name} is invalid"),
            Self::QueryTooLong => "query is too long".to_owned(),
            Self::TooManyParameters => "too many parameters".to_owned(),
        }
    }

    /// The status of the refusal.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Field(_) | Self::TooManyParameters => StatusCode::BAD_REQUEST,
            Self::QueryTooLong => StatusCode::URI_TOO_LONG,
        }
    }
}
