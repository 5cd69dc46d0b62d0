//! Sandbox: named series of faults.

use axum::Json;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sandbox::{Parsed, SCENARIOS, Scenario, ScenarioForm, Step, steps};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::faults::{FaultBody, armed, run};
use super::operator_context::OperatorContext;
use super::orders::OrderBody;
use super::reply::{Problem, json};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, arm))
}

/// A named series of faults.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScenarioBody {
    scenario: &'static str,
    /// The platform whose calls it is about: `finnotech`, `paystar`, `pod` or `sso`.
    dialect: &'static str,
    /// What the caller sees.
    outcome: &'static str,
    /// The faults, in the order in which they strike.
    steps: Vec<StepBody>,
}

/// One fault of a scenario.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepBody {
    fault: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    then: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'static str>,
}

impl From<&Scenario> for ScenarioBody {
    fn from(scenario: &Scenario) -> Self {
        let step =
            |step: &Step| StepBody { fault: step.fault, operation: step.operation, then: step.then, after: step.after };
        let Scenario { name, dialect, outcome, steps } = *scenario;
        Self { scenario: name, dialect, outcome, steps: steps.iter().map(step).collect() }
    }
}

/// All scenarios.
#[utoipa::path(get, path = "/admin/v1/scenarios", responses((status = 200, body = [ScenarioBody])))]
pub async fn list() -> Json<Vec<ScenarioBody>> {
    Json(SCENARIOS.iter().map(ScenarioBody::from).collect())
}

/// Arms the faults of a scenario, all or none (201), or does at once what it names (200).
#[utoipa::path(post, path = "/admin/v1/scenarios", request_body = ScenarioForm, responses((status = 200, body = OrderBody), (status = 201, body = [FaultBody]), (status = 400, body = Problem), (status = 409, body = Problem)))]
pub async fn arm(app: OperatorContext, request: Request) -> Result<Response, Response> {
    let form: ScenarioForm = json(request).await?;
    let mut parsed = steps(&form).map_err(|(field, message)| Problem::invalid(field, message).response())?;
    let is_rule = |step: &Parsed| matches!(step, Parsed::Rule(_));
    if let Some(at) = parsed.iter().position(|step| !is_rule(step)) {
        return run(&app, parsed.swap_remove(at), form.client.as_deref()).await;
    }
    let rules = parsed.into_iter().filter_map(|step| match step {
        Parsed::Rule(rule) => Some(*rule),
        Parsed::Resolve(..) | Parsed::Return(..) => None,
    });
    let armed = armed(&app, "scenario", &form.scenario, rules.collect()).await?;
    Ok((StatusCode::CREATED, Json(armed)).into_response())
}
