//! The paths of the log-in service, for programs and for browsers, and their replies to requests that no handler serves.

use axum::http::StatusCode;
use axum::response::Response;
use edge::dialect::Sites;
use edge::dialect::{Asked, Challenge, Dialect, Plain, Reads, is_below, unserved_message};
use edge::refused::Refused;

use super::{METADATA, unreadable};

/// Maximum length of a query in bytes: it contains a state and a redirect address of 8 KiB each, encoded twice. Together with other headers it fits
/// into a request head.
pub const LONGEST_QUERY: usize = 60 * 1024;

/// The paths below `/oauth2/token`, for programs.
#[derive(Clone, Copy, Debug)]
pub struct Tokens;

/// The pages, and the paths that users' tokens open. Programs get errors of unserved paths as JSON, browsers as a page.
#[derive(Clone, Copy, Debug)]
pub struct Pages;

/// The metadata of the log-in service.
pub const DESCRIPTION: Plain =
    Plain { name: "sso", paths: &[METADATA], reads: Reads::Nothing, reads_paths: false, sites: Some(Sites::Any) };

impl Dialect for Tokens {
    fn name(&self) -> &'static str {
        "sso"
    }

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
    fn name(&self) -> &'static str {
        "sso"
    }

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
