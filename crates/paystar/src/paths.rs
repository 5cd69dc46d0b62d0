//! PayStar's paths and their replies to requests that no service serves.

use crate::reply::Form;
use axum::http::StatusCode;
use axum::response::Response;
use edge::dialect::{Asked, Challenge, Dialect, Reads};
use edge::refused::Refused;

use super::reply;

/// PayStar's dialect for the edge.
#[derive(Clone, Copy, Debug)]
pub struct Paths;

impl Dialect for Paths {
    fn name(&self) -> &'static str {
        "paystar"
    }

    fn paths(&self) -> &'static [&'static str] {
        &["/api"]
    }

    fn reads(&self, _path: &str) -> Reads {
        Reads::Json
    }

    fn challenge(&self, _path: &str) -> Option<Challenge> {
        Some(Challenge::Bearer)
    }

    fn refused(&self, asked: &Asked, refused: &Refused) -> Response {
        match refused {
            Refused::Field(name) => reply::unreadable(form_of(asked.uri.path()), name),
            Refused::QueryTooLong | Refused::TooManyParameters => self.unserved(asked, refused.status()),
        }
    }

    fn unserved(&self, asked: &Asked, status: StatusCode) -> Response {
        reply::unserved(form_of(asked.uri.path()), status)
    }
}

/// The form of the replies on a path.
fn form_of(path: &str) -> Form {
    if path.trim_end_matches('/').ends_with("/otp-v2") { Form::Otp } else { Form::Payment }
}
