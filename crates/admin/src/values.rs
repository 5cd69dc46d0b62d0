//! Sandbox: all values that select an outcome, and the objects of the demo world. Each list is built from the table that implements it.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::demo_object::DemoObject;
use crate::App;
use ::codes::paystar::code_of;
use sandbox::{MAGIC, SCENARIOS, armable, magic_descriptions};

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A value that asks for an outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MagicValue {
    /// The value, or what it begins or ends with.
    pub value: String,
    /// What it asks for.
    pub outcome: String,
}

/// A fault that can be armed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FaultValue {
    /// Its name, as `POST /admin/v1/faults` takes it; of those that take a text of the caller's, examples.
    pub fault: String,
    /// The services that it can strike.
    pub operations: Vec<String>,
}

/// All of them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValuesBody {
    /// What trackIds of transfers and charges begin with.
    track_ids: Vec<MagicValue>,
    /// What descriptions of invoices begin with that are paid by `gateway=LOC`.
    descriptions: Vec<MagicValue>,
    /// The last four digits of other banks' cards on the page of the card.
    card_endings: Vec<MagicValue>,
    /// The faults that can be armed.
    faults: Vec<FaultValue>,
    /// Named series of faults.
    scenarios: Vec<MagicValue>,
    /// Empty, where the sandbox has no demo world.
    demo: Vec<DemoObject>,
}

/// The card endings of the sandbox's network, each with the code with which such a card is declined.
pub fn card_endings(app: &App) -> impl Iterator<Item = MagicValue> + '_ {
    app.engine.card_network().endings().iter().map(|(ending, why)| {
        let code = code_of(*why);
        MagicValue {
            value: (*ending).to_owned(),
            outcome: format!("the card is declined with {}: {}", code.number, code.text),
        }
    })
}

/// The magic values of this sandbox, and the objects of its demo world.
#[utoipa::path(get, path = "/admin/v1/values", responses((status = 200, body = ValuesBody)))]
pub async fn list(State(app): State<App>) -> Json<ValuesBody> {
    let magic = |(value, outcome): (String, String)| MagicValue { value, outcome };
    Json(ValuesBody {
        track_ids: MAGIC.iter().map(|(value, what, _)| magic(((*value).to_owned(), (*what).to_owned()))).collect(),
        descriptions: magic_descriptions().map(magic).collect(),
        card_endings: card_endings(&app).collect(),
        faults: armable()
            .iter()
            .map(|fault| FaultValue { fault: fault.name.clone(), operations: fault.operations.clone() })
            .collect(),
        scenarios: SCENARIOS
            .iter()
            .map(|scenario| magic((scenario.name.to_owned(), scenario.outcome.to_owned())))
            .collect(),
        demo: app.demo.clone(),
    })
}
