//! The PayStar dialect: one endpoint a file. What an endpoint does is a function of its own, which the telephone calls too.

mod app;
mod arrivals;
mod inquiry;
mod issuer;
mod otp;
pub mod paths;
mod pay;
mod reply;
pub mod telephone;

use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::post;
use wire::field::Fault;
use wire::paystar::fields::{Body, Inquiry, OtpRequest, Pay, Purpose};

pub use app::{App, Shared};
use edge::body::{self, BodyFault};
use sandbox::strike;

pub use arrivals::{Arrivals, Paying};
pub use inquiry::{Standing, inquire};
pub use otp::ask;
pub use pay::pay;
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

fn unread(form: Form, fault: BodyFault) -> Response {
    match fault {
        BodyFault::TooLarge => reply::status(StatusCode::PAYLOAD_TOO_LARGE),
        BodyFault::Broken => reply::no_json(form),
    }
}

/// What a service reads of its bodies.
struct Fields<T> {
    /// The form of its refusals.
    form: Form,
    names: &'static [&'static str],
    read: fn(&Body<'_>) -> Result<T, Vec<Fault>>,
}

const OTP: Fields<OtpRequest> =
    Fields { form: Form::Otp, names: &["amount", "pan", "order_id", "sequence"], read: |body| body.otp_request() };
const PAY: Fields<Pay> = Fields {
    form: Form::Payment,
    names: &["ivr", "pan", "pin", "amount", "order_id", "invoice_id", "merchant_cid", "sequence"],
    read: |body| body.pay(),
};
const INQUIRY: Fields<Inquiry> =
    Fields { form: Form::Payment, names: &["sequence", "order_id"], read: |body| body.inquiry() };

/// The fields of a request, whatever their type is said to be.
async fn fields_of<T>(app: &App, fields: &Fields<T>, request: Request) -> Result<T, Response> {
    let (parts, body) = request.into_parts();
    let body = body::read(&parts, body).await.map_err(|fault| unread(fields.form, fault))?;
    match app.strict.unknown_member(&body, fields.names) {
        Some(name) => Err(reply::unreadable(fields.form, &name)),
        None => read(fields, &body),
    }
}

fn read<T>(Fields { form, read, .. }: &Fields<T>, body: &[u8]) -> Result<T, Response> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    // Arrays would be read by position; what is no text anywhere is no JSON.
    let text = std::str::from_utf8(body).ok().filter(|_| first == Some(&b'{'));
    let object = text.and_then(|text| serde_json::from_str::<Body<'_>>(text).ok());
    read(&object.ok_or_else(|| reply::no_json(*form))?).map_err(|faults| reply::faulty(*form, &faults))
}

/// The form of the replies of a path.
fn form_of(path: &str) -> Form {
    if path.trim_end_matches('/').ends_with("/otp-v2") { Form::Otp } else { Form::Payment }
}
