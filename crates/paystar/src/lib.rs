//! The PayStar dialect: one service per file. What a service does is a separate function ([`ask`], [`pay()`], [`inquire`]), which the telephone calls
//! as well.

mod app;
mod facts;
mod faults;
mod in_flight;
mod inquiry;
mod otp;
pub mod paths;
mod pay;
mod reading;
mod reply;
pub mod telephone;

use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::post;
use wire::paystar::fields::Pay;

pub use app::{App, Shared};
use edge::refused::BodyFault;
use sandbox::strike;

pub use in_flight::{InFlightPayments, Paying};
pub use inquiry::{Standing, inquire};
pub use otp::ask;
pub use pay::pay;
use reading::{INQUIRY, OTP, PAY, ahead, unread};
pub use reply::Failed;
use reply::Form;

/// The routes: each path as documented, and with a trailing `/`.
pub fn router(app: &App) -> Router<App> {
    let services = [
        ("/api/ivr/bpm/otp-v2", post(otp::bpm)),
        ("/api/ivr/otp-v2", post(otp::newer)),
        ("/api/ivr/bpm/pay", post(pay::serve)),
        ("/api/ivr/pay", post(pay::serve)),
        ("/api/ivr/bpm/inquiry", post(inquiry::serve)),
    ];
    let mut router = Router::new();
    for (path, service) in services {
        router = router.route(path, service.clone()).route(&format!("{path}/"), service);
    }
    let struck = match &app.faults {
        Some(faults) => router.layer(middleware::from_fn_with_state(Arc::clone(faults), strike)),
        None => router,
    };
    // Outside the layer of faults: a payment that a fault delays is already in flight.
    struck.layer(middleware::from_fn_with_state(app.clone(), read_ahead))
}

/// Reads the body of a call before its service does: of payments, which are registered as in flight, and of every call while faults are armed.
async fn read_ahead(State(app): State<App>, request: Request, next: Next) -> Response {
    let pattern = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let service = pattern.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let faults = app.faults.as_ref();
    let is_struck = faults.is_some_and(|faults| faults.concern(request.headers()))
        && request.extensions().get::<BodyFault>().is_none();
    let (request, payment) = match service {
        "pay" => {
            let note = |pay: &Pay| app.in_flight_payments.enter(&pay.sequence, Paying::of(&pay.purpose));
            match ahead(faults, &PAY, request, note).await {
                Ok(read) => read,
                Err(fault) => return unread(Form::Payment, fault),
            }
        }
        "otp-v2" if is_struck => match ahead(faults, &OTP, request, |_| ()).await {
            Ok((request, _)) => (request, None),
            Err(fault) => return unread(Form::Otp, fault),
        },
        "inquiry" if is_struck => match ahead(faults, &INQUIRY, request, |_| ()).await {
            Ok((request, _)) => (request, None),
            Err(fault) => return unread(Form::Payment, fault),
        },
        _ => (request, None),
    };
    let response = next.run(request).await;
    drop(payment);
    response
}
