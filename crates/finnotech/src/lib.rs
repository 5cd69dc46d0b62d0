//! The Finnotech dialect: one endpoint per file, with shared errors and checks.

mod app;
mod authorize;
mod balance;
mod call;
mod cards;
mod charge_card;
mod consent;
mod dates;
mod deposits;
mod errors;
mod faults;
mod iban_inquiry;
mod order_reply;
pub mod paths;
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
use axum::http::{StatusCode, Uri};
use axum::middleware;
use axum::response::Response;
use axum::routing::{delete, get, post};
use wire::finnotech::errors::{self as table, Failure};

pub use app::{App, Settings, Shared};
use sandbox::strike;

pub use token::mint;

/// The routes of all services.
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
        .route("/dev/v2/clients/{client}/token", delete(token_delete::token_delete));
    let tokens = Router::new()
        .route("/dev/v2/oauth2/token", post(token::token))
        .route("/dev/v2/oauth2/authorize", get(authorize::authorize).post(authorize::authorize))
        .route("/dev/v2/oauth2/consent", get(consent::show).post(consent::submit))
        .route("/dev/v2/oauth2/verify/sms", post(verify_sms::verify_sms));
    // A production server has no faults, and no layers that look for them.
    let struck = |router: Router<App>| match &app.faults {
        Some(faults) => router
            .layer(middleware::from_fn(faults::replied))
            .layer(middleware::from_fn_with_state(Arc::clone(faults), strike)),
        None => router,
    };
    struck(services).merge(struck(tokens))
}

/// Steps 1 and 2 of the order of checks, for paths, methods and bodies that are not served.
fn unserved(uri: &Uri, status: StatusCode) -> Response {
    let failure = match status {
        StatusCode::NOT_FOUND => table::NOT_FOUND,
        StatusCode::METHOD_NOT_ALLOWED => table::METHOD_NOT_ALLOWED,
        StatusCode::PAYLOAD_TOO_LARGE => table::BODY_TOO_LARGE,
        StatusCode::TOO_MANY_REQUESTS => table::TOO_MANY_REQUESTS,
        _ => Failure { http: status.as_u16(), ..table::BODY_INVALID },
    };
    refuse(call::TRACK_ID_ANY_LEN, uri, &failure)
}

/// The reply to a request that reaches no handler. It echoes the trackId, except for token calls.
fn refuse(track_id_max_len: usize, uri: &Uri, failure: &Failure) -> Response {
    let query = edge::form::Query::of(uri);
    let track_id = call::TrackId::of(&query, track_id_max_len);
    let echo = (!call::is_of_tokens(uri.path())).then(|| track_id.echo());
    reply::failed(echo.as_deref(), failure)
}
