//! The log-in service's paths as the edge sees them: calls of programs, and pages.

use axum::http::StatusCode;
use axum::response::Response;
use edge::dialect::Sites;
use edge::dialect::{Asked, Challenge, Dialect, Plain, Reads, is_below, unserved_message};
use edge::refused::Refused;

use super::{METADATA, unreadable};

/// Bytes of a query at most: a state and an address for the way back, of 8 KiB each, ride in it, encoded twice. With other headers they fit into a head.
pub const LONGEST_QUERY: usize = 60 * 1024;

/// Calls for tokens.
#[derive(Clone, Copy, Debug)]
pub struct Tokens;

/// Pages, and what users' tokens open. What is not served below their path is told to programs in their own form.
#[derive(Clone, Copy, Debug)]
pub struct Pages;

/// What the service says of itself.
pub const DESCRIPTION: Plain =
    Plain { paths: &[METADATA], reads: Reads::Nothing, reads_paths: false, sites: Some(Sites::Any) };

impl Dialect for Tokens {
    fn paths(&self) -> &'static [&'static str] {
        &["/oauth2/token"]
    }

    fn reads(&self, _path: &str) -> Reads {
        Reads::Form
    }

    fn longest_query(&self) -> usize {
        LONGEST_QUERY
    }

    fn challenge(&self, _path: &str) -> Option<Challenge> {
        Some(Challenge::Basic)
    }

    fn sites(&self, _path: &str) -> Option<Sites> {
        Some(Sites::Registered)
    }

    fn refused(&self, _asked: &Asked, refused: &Refused) -> Response {
        unreadable(refused.status(), refused.message())
    }

    fn unserved(&self, _asked: &Asked, status: StatusCode) -> Response {
        unreadable(status, unserved_message(status).to_owned())
    }
}

impl Dialect for Pages {
    fn paths(&self) -> &'static [&'static str] {
        &["/oauth2"]
    }

    fn reads(&self, _path: &str) -> Reads {
        Reads::PageForm
    }

    fn longest_query(&self) -> usize {
        LONGEST_QUERY
    }

    fn is_page(&self) -> bool {
        true
    }

    fn challenge(&self, _path: &str) -> Option<Challenge> {
        None
    }

    fn sites(&self, path: &str) -> Option<Sites> {
        is_below(path, "/oauth2/userinfo").then_some(Sites::Registered)
    }

    fn refused(&self, asked: &Asked, refused: &Refused) -> Response {
        web::unserved(asked, refused.status())
    }

    fn unserved(&self, asked: &Asked, status: StatusCode) -> Response {
        if asked.is_of_program() { Tokens.unserved(asked, status) } else { web::unserved(asked, status) }
    }
}
