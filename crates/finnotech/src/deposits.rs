//! GET `/oak/v2/clients/{clientId}/users/{nid}/deposits?trackId=` (finnotech.md 3.10).

use axum::extract::{Request, State};
use axum::response::Response;
use text::number::national_id;
use wire::finnotech::errors as table;
use wire::finnotech::replies;
use wire::finnotech::scopes;

use super::call::{Call, Demand, Grants, Requirements, RightsCheck};
use super::reply;
use crate::App;

const SERVICE: Requirements = Requirements {
    scope: Some(scopes::DEPOSITS),
    grants: Grants::ClientCredential,
    track_id: Demand::Optional,
    rights: RightsCheck::Read,
};

pub async fn deposits(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let call = Call::enter(&app, SERVICE, request).await?;
    let nid = national_id(&call.subject).ok_or_else(|| call.fail(&table::invalid("nid")))?.into_owned();
    let reader = app.engine.reader();
    let now_ms = app.engine.clock().now_ms();
    let owned = reader.deposits_of_owner(nid.clone()).await.map_err(|error| call.unread(error))?;
    let granted = reader.granted_deposits(call.client.clone(), nid, now_ms).await;
    let granted = granted.map_err(|error| call.unread(error))?;
    let visible = owned.into_iter().map(|(deposit, _)| deposit);
    let visible = visible.filter(|d| d.is_approved_for(&call.client) || granted.contains(&d.id));
    let rows: Vec<replies::DepositRow> = visible
        .map(|deposit| replies::DepositRow {
            account_number: deposit.number.to_string(),
            account_type: deposit.account_type,
        })
        .collect();
    Ok(reply::done(&call.track_id, rows))
}
