//! PayStar's paths as the edge sees them.

use axum::http::StatusCode;
use axum::response::Response;
use edge::Edge;
use edge::dialect::{Asked, Challenge, Dialect, Reads};
use edge::intake::Refused;

use super::{form_of, reply};

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Paths;

impl Dialect for Paths {
    fn paths(&self) -> &'static [&'static str] {
        &["/api"]
    }

    fn reads(&self, _path: &str) -> Reads {
        Reads::Json
    }

    fn challenge(&self, _path: &str) -> Option<Challenge> {
        Some(Challenge::Bearer)
    }

    fn refused(&self, edge: &Edge, asked: &Asked, refused: &Refused) -> Response {
        match refused {
            Refused::Field(name) => reply::unreadable(form_of(asked.uri.path()), name),
            Refused::QueryTooLong | Refused::TooManyParameters => self.unserved(edge, asked, refused.status()),
        }
    }

    fn unserved(&self, _edge: &Edge, asked: &Asked, status: StatusCode) -> Response {
        reply::unserved(form_of(asked.uri.path()), status)
    }
}
