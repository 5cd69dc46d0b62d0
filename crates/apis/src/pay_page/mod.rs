//! The gateway's pages (pod.md 5): links lead in, the payer chooses and pays, and goes back to the shop. One step a file; each works without
//! scripts.

mod banks;
mod bill;
mod card;
mod choice;
mod links;
mod result;
mod visit;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};

use crate::App;
use crate::pages::{Segment, go_to};

pub use links::in_other_letters;

/// Whoever asks for what a form was answered with is sent to where the session is.
async fn back(Segment(gs): Segment<String>) -> Response {
    go_to(&visit::base(&gs))
}

pub fn router() -> Router<App> {
    let mut router = links::router();
    let steps = [
        ("", get(choice::show)),
        ("/wallet", post(choice::wallet).get(back)),
        ("/voucher", post(choice::voucher).get(back)),
        ("/credit", post(choice::credit).get(back)),
        ("/cancel", post(choice::cancel).get(back)),
        ("/card", get(card::show).post(card::open)),
        ("/card/otp", post(card::otp).get(back)),
        ("/card/pay", post(card::pay).get(back)),
        ("/result", get(result::show)),
    ];
    for (step, methods) in steps {
        // Whoever only wants the head of an answer wants nothing done.
        let methods = methods.head(async || StatusCode::METHOD_NOT_ALLOWED);
        for end in ["", "/"] {
            router = router.route(&format!("/v1/pbc/pay/{{gs}}{step}{end}"), methods.clone());
        }
    }
    router
}
