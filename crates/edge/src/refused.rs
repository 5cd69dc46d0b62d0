//! What is wrong with a request that no handler sees.

use axum::http::StatusCode;

/// Why there is no body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BodyFault {
    /// More than [`crate::body::MAX_BODY`].
    TooLarge,
    /// The caller broke off or stalled.
    Broken,
}

/// Why no handler sees a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refused {
    /// A parameter, member or header of this name holds what no text may hold, or bytes that are no UTF-8.
    Field(String),
    /// The query is too long.
    QueryTooLong,
    /// There are too many parameters.
    TooManyParameters,
}

impl Refused {
    /// What is wrong, in English.
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
