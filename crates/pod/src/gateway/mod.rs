//! The gateway's pages (pod.md 5): a link leads to them, the payer chooses and pays, and returns to the shop. One step per file; every page works
//! without scripts.
//!
//! Every form answers with a redirect to a page that can be loaded again. What the page shows of the form is in a cookie (`page_state.rs`).

mod again;
mod banks;
mod bill;
mod card;
mod choice;
mod entries;
mod links;
mod page_state;
mod password;
mod result;
mod said;
mod state;
mod sums;
mod typed;
mod visit;
mod visits;
mod wait;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};

use crate::App;
use web::{Segment, go_to};

pub use entries::Entries;
pub use links::{LINKS, gateway_named, in_other_letters, provenance_of};
pub use visit::{business_behind, called_with, returned};

/// Redirects a GET of a form's target, such as a reload, to the session's page.
async fn back(Segment(gs): Segment<String>) -> Response {
    go_to(&entries::base(&gs))
}

/// The paths of a session's pages and forms, after `/v1/pbc/pay/{gs}`.
pub const STEPS: [&str; 14] = [
    "",
    "/wallet",
    "/voucher",
    "/voucher/remove",
    "/credit",
    "/credit/remove",
    "/cancel",
    "/again",
    "/card",
    "/card/otp",
    "/card/pay",
    "/card/leave",
    "/card/wait",
    "/result",
];

/// The routes of the links and of the sessions' pages. A `GET` or `HEAD` of a session's page writes nothing.
pub fn router() -> Router<App> {
    let mut router = links::router();
    let methods = [
        get(choice::show),
        post(choice::wallet).get(back),
        post(choice::voucher).get(back),
        post(choice::remove_voucher).get(back),
        post(choice::credit).get(back),
        post(choice::remove_credit).get(back),
        post(choice::cancel).get(back),
        get(again::show),
        get(card::show).post(card::open),
        get(password::show).post(card::otp),
        post(password::pay).get(back),
        post(card::leave).get(back),
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
