//! The envelopes of replies (finnotech.md 1.3).

use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Success<'a, T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<T>,
    pub status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_code: Option<&'static str>,
}

#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Failed<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track_id: Option<&'a str>,
    pub status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_code: Option<&'static str>,
    pub error: ErrorBody<'a>,
}

/// Why a call is refused, or that a transfer is not decided yet.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechErrorBody)]
pub struct ErrorBody<'a> {
    /// `VALIDATION_ERROR`: nothing was done, and the trackId is free, unless it was used before. `SERVICE_CALL_ERROR`: the bank refuses it, and an
    /// order has used up its trackId; or the transfer is not decided yet. `UNAUTHORIZED`, `NOT_FOUND` and `SERVER_ERROR`: as `message` says.
    pub code: &'static str,
    /// The reason. Its text does not change.
    pub message: &'a str,
}

/// A transfer without a final result yet. It carries `error` beside `result`, because clients read `error` without checking for it.
#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Undecided<'a, T> {
    pub track_id: &'a str,
    pub result: T,
    pub status: &'static str,
    pub error: ErrorBody<'a>,
}

/// The reply of inquiryChargeCard: the same object under both keys (finnotech.md 3.7).
#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Doubled<'a, T> {
    pub inquiry: T,
    pub result: T,
    pub status: &'static str,
    pub track_id: &'a str,
}

/// `responseCode` of successful token calls.
pub const TOKEN_RESPONSE_CODE: &str = "FN-BRFH-20000000000";
