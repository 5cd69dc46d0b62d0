//! The gateway's pages (pod.md 5): links lead in, the payer chooses and pays, and goes back to the shop. One step a file; each works without
//! scripts.

mod banks;
mod bill;
mod card;
mod choice;
mod entries;
mod links;
mod result;
mod visit;
mod wait;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};

use crate::App;
use web::{Segment, go_to};

pub use entries::Entries;
pub use links::{LINKS, gateway_named, in_other_letters, provenance_of};
pub use visit::{business_behind, returned, told};

/// Whoever asks for what a form was answered with is sent to where the session is.
async fn back(Segment(gs): Segment<String>) -> Response {
    go_to(&entries::base(&gs))
}

/// The pages of a session, behind `/v1/pbc/pay/{gs}`.
pub const STEPS: [&str; 10] =
    ["", "/wallet", "/voucher", "/credit", "/cancel", "/card", "/card/otp", "/card/pay", "/card/wait", "/result"];

/// A `GET` or `HEAD` of any of them writes nothing.
pub fn router() -> Router<App> {
    let mut router = links::router();
    let methods = [
        get(choice::show),
        post(choice::wallet).get(back),
        post(choice::voucher).get(back),
        post(choice::credit).get(back),
        post(choice::cancel).get(back),
        get(card::show).post(card::open),
        post(card::otp).get(back),
        post(card::pay).get(back),
        get(wait::show),
        get(result::show),
    ];
    for (step, methods) in STEPS.into_iter().zip(methods) {
        for end in ["", "/"] {
            router = router.route(&format!("/v1/pbc/pay/{{gs}}{step}{end}"), methods.clone());
        }
    }
    router
}
