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
use axum::routing::{get, post};

use crate::App;

pub use links::in_other_letters;

pub fn router() -> Router<App> {
    let mut router = links::router();
    let steps = [
        ("", get(choice::show)),
        ("/wallet", post(choice::wallet)),
        ("/voucher", post(choice::voucher)),
        ("/credit", post(choice::credit)),
        ("/cancel", post(choice::cancel)),
        ("/card", get(card::show).post(card::open)),
        ("/card/otp", post(card::otp)),
        ("/card/pay", post(card::pay)),
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
