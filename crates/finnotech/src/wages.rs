//! GET `/dev/v2/clients/{clientId}/wages`: the call report, one row per order (finnotech.md 2.7).

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{Now, Order, OrderKey, Route, Service, Status, Text};
use store::{OrderPage, Paged};
use wire::finnotech::errors as table;
use wire::finnotech::replies::{Wage, Wages};
use wire::finnotech::scopes;

use super::call::{Call, Demand, Grants, Requirements, RightsCheck, count};
use super::dates::{Form, span};
use super::reply;
use super::transfer::{civil, status};
use crate::App;
use edge::large::Listed;
use wire::field::is_track_id;

const SERVICE: Requirements = Requirements {
    scope: Some(scopes::WAGES),
    grants: Grants::ClientCredential,
    // `trackId` is a filter here, not the id of this call.
    track_id: Demand::Ignored,
    rights: RightsCheck::Read,
};

/// Default and maximum number of rows in a page.
const LIMIT: (usize, usize) = (100, 1_000);

pub async fn wages(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let call = Call::enter(&app, SERVICE, request).await?;
    let fail = |failure| call.fail(&failure);
    let (query, now) = (&call.query, app.engine.clock().now());
    let span = span(query.get("fromDate"), query.get("toDate"), Form::DateOrTime, &now).map_err(fail)?;
    let wanted = query.get("status").map(|text| named(text).ok_or_else(|| table::invalid("status"))).transpose();
    let wanted = wanted.map_err(fail)?;
    let track_id = query.sent("trackId");
    if track_id.is_some_and(|id| !is_track_id(id, app.settings.track_id_max_len)) {
        return Err(fail(table::invalid("trackId")));
    }
    let limit = count(query, "limit", LIMIT.0, 1..=LIMIT.1).map_err(fail)?;
    let offset = count(query, "offset", 0, 0..=i64::MAX as usize).map_err(fail)?;
    let reader = app.engine.reader();
    let Paged { rows, count: total } = match track_id {
        Some(track_id) => {
            let key = OrderKey { client: call.client.clone(), track_id: Text::from(track_id) };
            let found = reader.order(key).await.map_err(|error| call.unread(error))?;
            let inside = |order: &Order| (span.from_ms..span.to_ms).contains(&order.at_ms);
            let found = found.filter(|order| inside(order) && wanted.is_none_or(|w| order.state.status() == w));
            let mut rows = Vec::new();
            let total = i64::from(found.is_some());
            if let Some(order) = found.filter(|_| offset == 0) {
                let user = match &order.user {
                    Some(user) => user.to_string(),
                    None => {
                        let grant = reader.grant(order.grant).await.map_err(|error| call.unread(error))?;
                        grant.map(|grant| grant.user).unwrap_or_default()
                    }
                };
                rows.push((order, user));
            }
            Paged { rows, count: total }
        }
        None => {
            let page = OrderPage { from_ms: span.from_ms, to_ms: span.to_ms, status: wanted, offset, limit };
            reader.orders(call.client.clone(), page).await.map_err(|error| call.unread(error))?
        }
    };
    let mut page = call.page(&app);
    for (order, user) in rows {
        page.push(&row(&order, user)).await.map_err(|why| call.no_page("limit", why))?;
    }
    let Listed { rows: wages, reservation } = page.end();
    Ok(reply::done_list(None, reservation, Wages { wages, total }))
}

fn named(text: &str) -> Option<Status> {
    match text {
        "DONE" => Some(Status::Done),
        "FAILED" => Some(Status::Failed),
        "PENDING" => Some(Status::Pending),
        "UNKNOWN" => Some(Status::Unknown),
        _ => None,
    }
}

fn row(order: &Order, uid: String) -> Wage {
    let at = Now::at(order.at_ms).unwrap_or_else(Now::epoch);
    let scope_name = match order.service {
        Service::TransferTo => scopes::TRANSFER_TO,
        Service::InternalTransfer => scopes::INTERNAL_TRANSFER,
        Service::PayaTransfer => scopes::PAYA_TRANSFER,
        Service::SatnaTransfer => scopes::SATNA_TRANSFER,
        Service::ChargeCard => scopes::CHARGE_CARD,
    };
    let (civil, transfer) = (civil(order), order.route != Route::Card);
    Wage {
        transaction_amount: order.amount.get(),
        tariff_name: "default",
        uid,
        service_name: scope_name.split_once(':').map_or("", |(_, name)| name).replace(':', "-"),
        scope_name,
        date: at.long(),
        track_id: order.key.track_id.to_string(),
        amount: order.fee.get(),
        deposit: order.source_number.to_string(),
        status: status(order),
        inquiry_date: transfer.then(|| civil.date()),
        inquiry_time: transfer.then(|| civil.time()),
        inquiry_sequence: transfer.then_some(order.inquiry_sequence),
    }
}
