//! Payments at shops' terminals (pod.md 3.9): the acquirer reports them here; in a sandbox, a test does.

use axum::Json;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use payments::{PosKey, PosTransaction, PosTransactionExists, ReportPos, Rial, Text, tehran_ms};
use serde::{Deserialize, Serialize};
use text::date::Times;
use text::fold;
use text::number::MAX_AMOUNT;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::operator_context::OperatorContext;
use super::reply::{Problem, done, json};
use crate::App;
use edge::form::date;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(report))
}

/// Maximum length of a text.
const TEXT: usize = 50;

/// A payment at a terminal: the same texts as in the call that claims it.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PosForm {
    /// At most 50 characters, as all texts here.
    terminal_number: String,
    merchant_code: String,
    /// In rials.
    amount: i64,
    /// The invoice's number, as a number or as a text.
    #[schema(value_type = String)]
    deposit_id: Digits,
    reference_number: String,
    tracking_number: String,
    /// Jalali: `1405/08/30 10:11:12`.
    transaction_date: String,
}

/// A number, or its digits.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(untagged)]
enum Digits {
    Number(i64),
    Text(String),
}

/// Tells of a payment at a terminal. Role `acquirer` or `admin`; in a sandbox `operator`, too.
#[utoipa::path(post, path = "/admin/v1/pos/transactions", request_body = PosForm, responses((status = 201, body = PosForm), (status = 400, body = Problem), (status = 409, body = Problem)))]
pub async fn report(app: OperatorContext, request: Request) -> Result<Response, Response> {
    let form: PosForm = json(request).await?;
    let refuse = |problem: Problem| problem.response();
    let transaction = transaction(&form).map_err(refuse)?;
    done(app.run_audited(ReportPos { transaction }).await)?;
    Ok((StatusCode::CREATED, Json(form)).into_response())
}

impl From<PosTransactionExists> for Problem {
    fn from(_: PosTransactionExists) -> Self {
        Self::conflict("referenceNumber", "this payment is known already")
    }
}

fn transaction(form: &PosForm) -> Result<PosTransaction, Problem> {
    let text = |name, text: &str| {
        let text = fold(text);
        let good = (1..=TEXT).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        good.then(|| Text::from(&*text)).ok_or_else(|| Problem::invalid(name, "1 to 50 characters"))
    };
    let key = PosKey {
        terminal: text("terminalNumber", &form.terminal_number)?,
        merchant: text("merchantCode", &form.merchant_code)?,
        reference: text("referenceNumber", &form.reference_number)?,
        tracking: text("trackingNumber", &form.tracking_number)?,
        at_ms: date(&form.transaction_date, Times::Taken)
            .and_then(|(day, second)| tehran_ms(day, second.unwrap_or(0)))
            .ok_or_else(|| Problem::invalid("transactionDate", "a Jalali date and time, as 1405/08/30 10:11:12"))?,
    };
    if !(1..=MAX_AMOUNT).contains(&form.amount) {
        return Err(Problem::invalid("amount", "1 or more, in rials"));
    }
    let deposit_id = match &form.deposit_id {
        Digits::Number(number) => Some(*number),
        Digits::Text(text) => wire::pod::read_params::id(&fold(text)),
    };
    let deposit_id = deposit_id.filter(|id| *id >= 0).ok_or_else(|| Problem::invalid("depositId", "digits"))?;
    Ok(PosTransaction { key, amount: Rial::new(form.amount), deposit_id, claimed_by: None })
}
