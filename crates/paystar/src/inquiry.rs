//! POST `/api/ivr/bpm/inquiry` (paystar.md 5): the state of an order, for callers that got no answer to a payment.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use jiff::Timestamp;
use payments::{InquirePhoneOrder, PhoneOrder, PhoneOrderKey, Text};
use wire::paystar::codes::{self, Code};
use wire::paystar::replies::Inquired;

use super::facts;
use super::faults::Struck;
use super::reading::{INQUIRY, fields_of};
use super::reply::{self, Failed, Form};
use crate::App;
use ::codes::paystar::code_of;

/// The code for an unknown order.
const UNKNOWN_ORDER: Code = Code { field: "order_id", ..codes::INVALID_TRANSACTION };

/// The result of an inquiry.
pub enum Standing {
    /// The order exists; it may or may not be paid.
    Known(Arc<PhoneOrder>),
    /// The order does not exist.
    Unknown,
}

pub async fn serve(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let failed = |failed: Failed| failed.response(Form::Payment);
    let inquiry = fields_of(app.strict, &INQUIRY, request).await?;
    let struck = Struck::by(&app, || facts::of_inquiry(&inquiry)).map_err(failed)?;
    let key = PhoneOrderKey::of(Text::from(inquiry.sequence), &inquiry.order_id);
    let standing = inquire(&app, key).await.map_err(failed)?;
    struck.answered().map_err(failed)?;
    match standing {
        Standing::Known(order) => Ok(answer(&order)),
        Standing::Unknown => Ok(reply::refused(Form::Payment, &UNKNOWN_ORDER)),
    }
}

/// Inquires an order, after every payment of it that this process received before.
///
/// # Errors
/// The terminal is refused, or the machine failed; [`engine::Error::Unknown`] if an earlier payment is not answered in time.
pub async fn inquire(app: &App, order: PhoneOrderKey) -> Result<Standing, Failed> {
    let settled = app.in_flight_payments.settled(app.connections.looked_at(), &order.terminal, &order.order).await;
    if !settled.map_err(|error| engine::Error::Unavailable(error.to_string()))? {
        return Err(Failed::Broken(engine::Error::Unknown));
    }
    let found = app.engine.run(InquirePhoneOrder { order }).await??;
    Ok(found.map_or(Standing::Unknown, Standing::Known))
}

fn answer(order: &PhoneOrder) -> Response {
    let Some((payment, amount)) = order.payment().and_then(|payment| Some((payment, payment.amount?))) else {
        return reply::not_paid(order.declined().map(code_of));
    };
    let (ref_id, paid_at) = (order.ref_id().to_string(), instant(payment.at_ms));
    reply::done(Inquired {
        ref_id: &ref_id,
        amount: amount.get(),
        order_id: &order.sent,
        pan: &payment.mask,
        paid_at: &paid_at,
    })
}

/// An instant in RFC 3339, in UTC, to the second.
fn instant(at_ms: i64) -> String {
    Timestamp::from_second(at_ms.div_euclid(1_000)).unwrap_or_default().to_string()
}
