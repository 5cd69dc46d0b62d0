//! POD's replies (pod.md 1.5).

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use wire::pod::errors as failures;
pub use wire::pod::replies::Head;
use wire::pod::replies::Reply;

use super::done::Done;
use super::failed::Failed;
use super::get_user_profile::profile;
use super::invoice::object;
use edge::observe::{Cause, Reference};
use edge::reply::{json, large};

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");

/// The response to a HEAD request. It does not run the service: in POD a GET may write.
pub async fn head() -> Response {
    with_type(Response::new(Body::empty()))
}

/// A status without a body.
pub fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// The reply to a call.
pub fn answer(head: Head, answer: Result<Done, Failed>) -> Response {
    let mut response = match answer {
        Ok(Done::Nothing) => ok(&Reply::<()>::done(head, None)),
        Ok(Done::Yes) => result(head, &true),
        Ok(Done::Address(address)) => result(head, &address),
        Ok(Done::Invoice(invoice, names)) => match object(&invoice, &names) {
            Ok(invoice) => result(head, &invoice),
            Err(error) => broken(head, &error),
        },
        Ok(Done::Balances(balances)) => result(head, &balances),
        Ok(Done::Profile(caller)) => result(head, &profile(&caller.party)),
        Ok(Done::List(listed, count, sums)) => {
            with_type(large(listed.reservation, &Reply::list(head, listed.rows, count, sums)))
        }
        Err(Failed::Refused(failure)) => ok(&Reply::failed(head, &failure)),
        Err(Failed::Broken(error)) => broken(head, &error),
    };
    response.extensions_mut().insert(Reference(head.reference_number));
    response
}

fn result(head: Head, result: &impl Serialize) -> Response {
    ok(&Reply::done(head, Some(result)))
}

fn ok(body: &impl Serialize) -> Response {
    with_type(json(StatusCode::OK, body))
}

fn with_type(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}

/// The reply to a failure of the machine. If nothing was done for certain, it invites a retry; otherwise the outcome may be unknown, and the caller
/// has to inquire.
fn broken(head: Head, error: &engine::Error) -> Response {
    let (status, failure) = match error {
        error if error.is_passing() => (StatusCode::SERVICE_UNAVAILABLE, failures::TIME_OUT),
        engine::Error::Unexpected(_) => (StatusCode::INTERNAL_SERVER_ERROR, failures::NOT_DELIVERED),
        _ => (StatusCode::OK, failures::NOT_DELIVERED),
    };
    let mut response = with_type(json(status, &Reply::failed(head, &failure)));
    response.extensions_mut().insert(Cause(error.to_string()));
    response
}

#[cfg(test)]
mod tests {
    use payments::InvoiceRefusal;

    use super::*;

    /// A refusal that the code excludes is a defect: the reply reports neither a refusal nor a success.
    #[test]
    fn a_refusal_that_cannot_be_is_500_with_an_alarm_that_names_it() {
        let cannot_be = Failed::from(InvoiceRefusal::Internal);
        let response = answer(Head { reference_number: 1, ott: 2 }, Err(cannot_be));
        let Cause(cause) = response.extensions().get::<Cause>().unwrap();
        assert!(cause.ends_with("Internal"), "{cause}");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
