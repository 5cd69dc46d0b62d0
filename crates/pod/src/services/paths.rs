//! The paths of POD's services, and their replies to requests that no service serves.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use edge::dialect::Sites;
use edge::dialect::{Asked, Challenge, Dialect, Reads, is_below};
use edge::refused::Refused;
use edge::secrets::Secrets;
use engine::Clock;
use wire::pod::errors::{self, Failure};

use super::call::anonymous;
use super::failed::Failed;
use super::reply;
use super::state::PodState;

const QUERY_TOO_LONG: &str = "نشانی درخواست بیش از حد طولانی است";
const TOO_MANY_PARAMETERS: &str = "تعداد پارامترها بیش از حد مجاز است";

/// The dialect of POD's services for the edge.
#[derive(Clone, Debug)]
pub struct Paths {
    /// Source of request numbers and one-time tokens, which every reply has.
    pub pod: Arc<PodState>,
    /// Signs one-time tokens.
    pub secrets: Arc<Secrets>,
    /// The clock, for the life of one-time tokens.
    pub clock: Clock,
}

impl Paths {
    fn failed(&self, failure: Failure) -> Response {
        let reference_number = self.pod.references.next();
        let ott = self.pod.otts.make(&self.secrets, &anonymous(), self.clock.now_ms());
        reply::answer(reply::Head { reference_number, ott }, Err(Failed::Refused(failure)))
    }
}

impl Dialect for Paths {
    fn name(&self) -> &'static str {
        "pod"
    }

    fn paths(&self) -> &'static [&'static str] {
        &["/srv", "/nzh", "/v1"]
    }

    fn reads(&self, _path: &str) -> Reads {
        Reads::Form
    }

    fn challenge(&self, _path: &str) -> Option<Challenge> {
        Some(Challenge::Bearer)
    }

    fn sites(&self, path: &str) -> Option<Sites> {
        ["/srv", "/nzh"].iter().any(|open| is_below(path, open)).then_some(Sites::Any)
    }

    /// Answers with status 200: programs ignore the error code of replies with another status (pod.md 1.5).
    fn refused(&self, _asked: &Asked, refused: &Refused) -> Response {
        let failure = match refused {
            // The name of a list is reported without its brackets (pod.md 1.3).
            Refused::Field(name) => errors::invalid(name.split('[').next().unwrap_or_default()),
            Refused::QueryTooLong => errors::unserved(QUERY_TOO_LONG),
            Refused::TooManyParameters => errors::unserved(TOO_MANY_PARAMETERS),
        };
        self.failed(failure)
    }

    fn unserved(&self, _asked: &Asked, status: StatusCode) -> Response {
        let failure = match status {
            StatusCode::NOT_FOUND => errors::UNKNOWN_SERVICE,
            StatusCode::METHOD_NOT_ALLOWED => errors::unserved("روش فراخوانی مجاز نیست"),
            StatusCode::PAYLOAD_TOO_LARGE => errors::unserved("حجم درخواست بیش از حد مجاز است"),
            StatusCode::URI_TOO_LONG => errors::unserved(QUERY_TOO_LONG),
            StatusCode::TOO_MANY_REQUESTS => errors::unserved("تعداد درخواست‌ها بیش از حد مجاز است"),
            _ => errors::unserved("درخواست نامعتبر است"),
        };
        let mut response = self.failed(failure);
        *response.status_mut() = status;
        response
    }
}
