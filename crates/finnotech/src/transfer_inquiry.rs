//! GET `/oak/v2/clients/{clientId}/transferInquiry?trackId=&inquiryTrackId=` and `proxyInquiry`: one service for all transfers of the client, by any
//! route (finnotech.md 3.3).

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{Bank, GrantKind, OrderKey, Route, Text};
use wire::finnotech::errors as table;
use wire::finnotech::replies;
use wire::finnotech::scopes;

use super::call::{Call, Demand, Grants, Requirements, RightsCheck};
use super::reply;
use super::transfer::{civil, ref_code, route, status};
use crate::App;
use wire::field::is_track_id;

const fn service(scope: &'static str) -> Requirements {
    Requirements {
        scope: Some(scope),
        grants: Grants::CodeOrKeshavarzi,
        track_id: Demand::Optional,
        rights: RightsCheck::Read,
    }
}

pub async fn transfer_inquiry(State(app): State<App>, request: Request) -> Result<Response, Response> {
    inquire(app, request, service(scopes::TRANSFER_INQUIRY)).await
}

pub async fn proxy_inquiry(State(app): State<App>, request: Request) -> Result<Response, Response> {
    inquire(app, request, service(scopes::PROXY_INQUIRY)).await
}

async fn inquire(app: App, request: Request, service: Requirements) -> Result<Response, Response> {
    let call = Call::enter(&app, service, request).await?;
    let reader = app.engine.reader();
    let wanted = call.query.sent("inquiryTrackId");
    let well_formed = wanted.filter(|id| is_track_id(id, app.settings.track_id_max_len));
    let order = match well_formed {
        None => None,
        Some(id) => {
            let key = OrderKey { client: call.client.clone(), track_id: Text::from(id) };
            let order = reader.order(key).await.map_err(|error| call.unread(error))?;
            // A charge is not a transfer.
            order.filter(|order| order.route != Route::Card)
        }
    };
    // Keshavarzi exception: a client-credential token sees orders from that bank, and may learn that an order does not exist.
    if let (GrantKind::ClientCredential, Some(order)) = (call.grant().kind, &order) {
        let source = reader.deposit_of(order.source).await.map_err(|error| call.unread(error))?;
        let approved = source.is_some_and(|deposit| deposit.is_approved_for(&call.client));
        if order.bank != Bank::KESHAVARZI || !approved {
            return Err(call.fail(&table::CODE_REQUIRED));
        }
    }
    if wanted.is_none() {
        return Err(call.fail(&table::required("inquiryTrackId")));
    }
    if well_formed.is_none() {
        return Err(call.fail(&table::invalid("inquiryTrackId")));
    }
    let order = order.ok_or_else(|| call.fail(&table::TRANSACTION_NOT_FOUND))?;
    let at = civil(&order);
    let result = replies::Inquiry {
        transfer_status: status(&order),
        transaction_amount: order.amount.get(),
        source_number: &order.source_number,
        destination_number: &order.destination_number,
        inquiry_date: at.date(),
        inquiry_time: at.time(),
        inquiry_sequence: order.inquiry_sequence,
        transfer_track_id: &order.key.track_id,
        ref_code: ref_code(&order),
        route: route(order.route),
    };
    Ok(reply::done(&call.track_id, result))
}
