//! The PayStar dialect: one endpoint a file. What an endpoint does is a function of its own, which the telephone calls too.

mod app;
mod arrivals;
mod faults;
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
use wire::paystar::fields::Purpose;

pub use app::{App, Shared};
use edge::body;
use sandbox::strike;

pub use arrivals::{Arrivals, Paying};
pub use inquiry::{Standing, inquire};
pub use otp::ask;
pub use pay::pay;
use reading::{PAY, read, unread};
pub use reply::Failed;
use reply::Form;

/// Each path as the documents give it, and with a `/` at its end.
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
    // Outside of the faults: a payment that a fault delays has come.
    struck.layer(middleware::from_fn_with_state(Arc::clone(&app.arrivals), arrive))
}

/// Notes payments as soon as they are read.
async fn arrive(State(arrivals): State<Arc<Arrivals>>, request: Request, next: Next) -> Response {
    let pattern = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    if !pattern.trim_end_matches('/').ends_with("/pay") {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let bytes = match body::read(&parts, body).await {
        Ok(bytes) => bytes,
        Err(fault) => return unread(Form::Payment, fault),
    };
    let arrival = read(&PAY, &bytes).ok().map(|pay| {
        let paying = match pay.purpose {
            Purpose::Telephone { order_id, .. } => Paying::order(&order_id),
            Purpose::Web { .. } => Paying::Request,
        };
        arrivals.enter(&pay.sequence, paying)
    });
    let response = next.run(Request::from_parts(parts, axum::body::Body::from(bytes))).await;
    drop(arrival);
    response
}
