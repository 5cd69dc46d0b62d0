//! The Finnotech dialect: one endpoint a file, errors and checks shared.

mod authorize;
mod balance;
mod call;
mod cards;
mod charge_card;
mod consent;
mod dates;
mod deposits;
mod errors;
mod iban_inquiry;
mod ordering;
mod payas;
mod reply;
mod statement;
mod token;
mod token_delete;
mod tokens;
mod transfer;
mod transfer_inquiry;
mod verify_sms;
mod wages;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use axum::http::request::Parts;
use axum::middleware;
use axum::response::Response;
use axum::routing::{delete, get, post};
use wire::finnotech::errors::{self as table, Failure};

use crate::App;
use crate::body::{self, BodyFault};
use crate::faults::strike;

pub use authorize::is_nid;
pub use call::{bearer, is_track_id, query_value};
pub use errors::{failure, refusal_of};
pub use reply::failed;
pub use token::mint;

pub fn router(app: &App) -> Router<App> {
    let services = Router::new()
        .route("/oak/v2/clients/{client}/transferTo", post(transfer::transfer_to))
        .route("/oak/v2/clients/{client}/internalTransfer", post(transfer::internal_transfer))
        .route("/oak/v2/clients/{client}/payaTransfer", post(transfer::paya_transfer))
        .route("/oak/v2/clients/{client}/satnaTransfer", post(transfer::satna_transfer))
        .route("/oak/v2/clients/{client}/proxyInquiry", get(transfer_inquiry::proxy_inquiry))
        .route("/oak/v2/clients/{client}/deposits/{deposit}/payas", get(payas::payas))
        .route("/oak/v2/clients/{client}/deposits/{deposit}/chargeCard", post(charge_card::charge_card))
        .route("/oak/v2/clients/{client}/inquiryChargeCard", post(cards::charge_inquiry))
        .route("/oak/v2/clients/{client}/getValidCard", post(cards::valid_card))
        .route("/oak/v2/clients/{client}/card/balance", post(cards::balance))
        .route("/oak/v2/clients/{client}/card/statement", post(cards::statement))
        .route("/oak/v2/clients/{client}/ibanInquiry", get(iban_inquiry::iban_inquiry))
        .route("/dev/v2/clients/{client}/tokens", get(tokens::tokens))
        .route("/dev/v2/clients/{client}/wages", get(wages::wages))
        .route("/oak/v2/clients/{client}/transferInquiry", get(transfer_inquiry::transfer_inquiry))
        .route("/oak/v2/clients/{client}/deposits/{deposit}/balance", get(balance::balance))
        .route("/oak/v2/clients/{client}/deposits/{deposit}/statement", get(statement::statement))
        .route("/oak/v2/clients/{client}/users/{nid}/deposits", get(deposits::deposits))
        .route("/dev/v2/clients/{client}/token", delete(token_delete::token_delete))
        .method_not_allowed_fallback(async |request: Request| unserved(request, table::METHOD_NOT_ALLOWED).await);
    let tokens = Router::new()
        .route("/dev/v2/oauth2/token", post(token::token))
        .route("/dev/v2/oauth2/authorize", get(authorize::authorize).post(authorize::authorize))
        .route("/dev/v2/oauth2/consent", get(consent::show).post(consent::submit))
        .route("/dev/v2/oauth2/verify/sms", post(verify_sms::verify_sms))
        .method_not_allowed_fallback(async || reply::failed(None, &table::METHOD_NOT_ALLOWED));
    let nowhere = async |request: Request| unserved(request, table::NOT_FOUND).await;
    // A production server has no faults, and nothing that looks for them.
    let struck = |router: Router<App>| match &app.faults {
        Some(faults) => router.layer(middleware::from_fn_with_state(Arc::clone(faults), strike)),
        None => router,
    };
    Router::new()
        .merge(struck(services))
        .merge(struck(tokens))
        .route("/oak/{*path}", axum::routing::any(nowhere))
        .route("/dev/{*path}", axum::routing::any(nowhere))
        .route("/dev/v2/oauth2/{*path}", axum::routing::any(async || reply::failed(None, &table::NOT_FOUND)))
}

/// Steps 1 and 2 where there is no service: paths and methods that are not served still echo the trackId.
async fn unserved(request: Request, failure: table::Failure) -> Response {
    let (parts, body) = request.into_parts();
    let track_id = echoed(&parts.uri);
    let failure = match body::read(&parts, body).await {
        Err(BodyFault::TooLarge) => table::BODY_TOO_LARGE,
        Ok(_) | Err(BodyFault::Broken) => failure,
    };
    reply::failed(Some(&track_id), &failure)
}

/// The trackId that a reply echoes, whatever its length.
pub fn echoed(uri: &Uri) -> String {
    call::TrackId::of(&crate::form::Query::of(uri), call::TRACK_ID_ANY_LEN).echo().into_owned()
}

/// What is said of a request that no handler may see.
pub fn unreadable(app: &App, parts: &Parts, failure: &Failure) -> Response {
    let query = crate::form::Query::of(&parts.uri);
    let echo = call::TrackId::of(&query, app.finnotech.track_id_max_len).echo().into_owned();
    let is_token_call = parts.uri.path().starts_with("/dev/v2/oauth2/");
    reply::failed((!is_token_call).then_some(&echo), failure)
}
