//! The Finnotech dialect: one endpoint a file, errors and checks shared.

mod balance;
mod call;
mod deposits;
mod errors;
mod reply;
mod statement;
mod token;
mod token_delete;
mod transfer_inquiry;
mod transfer_to;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{delete, get, post};
use wire::finnotech::errors as table;

use crate::App;
use crate::body::{self, BodyFault};

pub use call::bearer;
pub use token::{LIFE_MS, mint};

pub fn router() -> Router<App> {
    let services = Router::new()
        .route("/oak/v2/clients/{client}/transferTo", post(transfer_to::transfer_to))
        .route("/oak/v2/clients/{client}/transferInquiry", get(transfer_inquiry::transfer_inquiry))
        .route("/oak/v2/clients/{client}/deposits/{deposit}/balance", get(balance::balance))
        .route("/oak/v2/clients/{client}/deposits/{deposit}/statement", get(statement::statement))
        .route("/oak/v2/clients/{client}/users/{nid}/deposits", get(deposits::deposits))
        .route("/dev/v2/clients/{client}/token", delete(token_delete::token_delete))
        .method_not_allowed_fallback(async |request: Request| unserved(request, table::METHOD_NOT_ALLOWED).await);
    let tokens = Router::new()
        .route("/dev/v2/oauth2/token", post(token::token))
        .method_not_allowed_fallback(async || reply::failed(None, &table::METHOD_NOT_ALLOWED));
    let nowhere = async |request: Request| unserved(request, table::NOT_FOUND).await;
    Router::new()
        .merge(services)
        .merge(tokens)
        .route("/oak/{*path}", axum::routing::any(nowhere))
        .route("/dev/{*path}", axum::routing::any(nowhere))
        .route("/dev/v2/oauth2/{*path}", axum::routing::any(async || reply::failed(None, &table::NOT_FOUND)))
}

/// Steps 1 and 2 where there is no service: paths and methods that are not served still echo the trackId.
async fn unserved(request: Request, failure: table::Failure) -> Response {
    let (parts, body) = request.into_parts();
    let query = call::Query::of(&parts.uri);
    let track_id = call::TrackId::of(&query, call::TRACK_ID_ANY_LEN);
    let failure = match body::read(&parts.headers, body).await {
        Err(BodyFault::TooLarge) => table::BODY_TOO_LARGE,
        Ok(_) | Err(BodyFault::Broken) => failure,
    };
    reply::failed(Some(&track_id.echo()), &failure)
}
