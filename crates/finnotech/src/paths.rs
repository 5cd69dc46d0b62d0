//! Finnotech's paths, as crate `edge` sees them.

use axum::http::StatusCode;
use axum::response::Response;
use edge::dialect::Sites;
use edge::dialect::{Asked, Challenge, Dialect, Reads, is_below};
use edge::refused::Refused;
use wire::finnotech::errors;

use super::{refuse, unserved};

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Paths {
    /// Maximum length of a trackId; a refusal shortens a longer one.
    pub track_id_max_len: usize,
}

impl Dialect for Paths {
    fn name(&self) -> &'static str {
        "finnotech"
    }

    fn paths(&self) -> &'static [&'static str] {
        &["/dev", "/oak", "/facility", "/card", "/credit", "/kyc", "/mpg", "/ecity", "/billing"]
    }

    fn reads(&self, path: &str) -> Reads {
        if path.starts_with("/dev/v2/oauth2/authorize") { Reads::Form } else { Reads::Json }
    }

    /// Token endpoints authenticate the client by its secret.
    fn challenge(&self, path: &str) -> Option<Challenge> {
        Some(if path.contains("/oauth2/") { Challenge::Basic } else { Challenge::Bearer })
    }

    fn sites(&self, path: &str) -> Option<Sites> {
        // Listing and revoking tokens: these paths name the client before the service.
        let of_tokens = path.strip_prefix("/dev/v2/clients/").and_then(|rest| rest.split_once('/'));
        let is_open = of_tokens.is_some_and(|(_, service)| matches!(service, "token" | "tokens"))
            || ["/dev/v2/oauth2/token", "/dev/v2/oauth2/verify"].iter().any(|open| is_below(path, open));
        is_open.then_some(Sites::Any)
    }

    fn refused(&self, asked: &Asked, refused: &Refused) -> Response {
        let failure = errors::unreadable(refused.status().as_u16(), refused.message());
        refuse(self.track_id_max_len, &asked.uri, &failure)
    }

    fn unserved(&self, asked: &Asked, status: StatusCode) -> Response {
        unserved(&asked.uri, status)
    }
}
