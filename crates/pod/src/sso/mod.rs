//! POD's log-in service (pod.md 2.2): the pages on which users and businesses log in, and codes and tokens for businesses.

mod authorize;
mod client;
mod consents;
mod log_in;
mod metadata;
pub mod paths;
mod scopes;
mod token;
mod token_info;
mod token_revoke;

use axum::Router;
use axum::routing::{MethodRouter, get, post};

use crate::App;
use web::form;

pub use metadata::PATH as METADATA;
pub use token::unreadable;

/// The routes of the log-in service.
pub fn router() -> Router<App> {
    let paths: [(&str, MethodRouter<App>); 10] = [
        ("/oauth2/authorize", get(authorize::show).post(authorize::decide)),
        // The path of POD's own page.
        ("/oauth2/authorize/index.html", get(authorize::show).post(authorize::decide)),
        ("/oauth2/token", post(token::serve)),
        ("/oauth2/token/revoke", post(token_revoke::serve)),
        ("/oauth2/token/info", post(token_info::serve)),
        (metadata::PATH, get(metadata::serve)),
        (consents::HERE, get(consents::show).post(consents::withdraw)),
        ("/oauth2/login", get(log_in::show).post(log_in::submit)),
        ("/oauth2/login/otp", form(log_in::send_code, "/oauth2/login")),
        ("/oauth2/logout", form(log_in::log_out, "/oauth2/login")),
    ];
    paths.into_iter().fold(Router::new(), |router, (path, methods)| {
        router.route(path, methods.clone()).route(&format!("{path}/"), methods)
    })
}
