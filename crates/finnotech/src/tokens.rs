//! GET `/dev/v2/clients/{clientId}/tokens?bank=&nid=`: the client's live tokens (finnotech.md 2.7).

use axum::extract::{Request, State};
use axum::response::Response;
use data_encoding::HEXLOWER;
use payments::{AccessToken, Bank, Grant, GrantKind, Now};
use store::TokenFilter;
use text::number::national_id;
use wire::finnotech::errors as table;
use wire::finnotech::replies::{TokenRow, Tokens, TokensOfBank};
use wire::finnotech::scopes;

use super::call::{Call, Demand, Grants, Requirements, RightsCheck};
use super::reply;
use crate::App;
use edge::large::{Asks, Listed, NoPage};

const SERVICE: Requirements = Requirements {
    scope: Some(scopes::TOKENS),
    grants: Grants::ClientCredential,
    track_id: Demand::Optional,
    rights: RightsCheck::Read,
};

/// Bytes of a token's hash that serve as its id: enough to be unique within a client.
const ID: usize = 12;

pub async fn tokens(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let call = Call::enter(&app, SERVICE, request).await?;
    let user = match call.query.get("nid").map(national_id) {
        None => None,
        Some(Some(nid)) => Some(nid.into_owned()),
        Some(None) => return Err(call.fail(&table::invalid("nid"))),
    };
    let bank = match call.query.get("bank") {
        None => None,
        Some(code) => {
            let bank = Bank::from_code(code).filter(|bank| bank.is_hosted());
            Some(bank.ok_or_else(|| call.fail(&table::invalid("bank")))?)
        }
    };
    let at_ms = app.engine.clock().now_ms();
    let live = async |kind, deposits| {
        let filter = TokenFilter { kind, bank, user: user.clone(), at_ms };
        let found = app.engine.reader().tokens(call.client.clone(), filter).await;
        let found = found.map_err(|error| call.unread(error))?;
        // This list has no pages: if there are more rows than fit, the caller has to add a filter.
        let narrower = if user.is_none() { "nid" } else { "bank" };
        if found.len() > store::TOKENS {
            return Err(call.no_page(narrower, NoPage::TooLarge(store::TOKENS)));
        }
        let mut page = app.large.page(Asks::Client(call.client.clone()));
        for (token, grant) in &found {
            page.push(&row(token, grant, deposits)).await.map_err(|why| call.no_page(narrower, why))?;
        }
        Ok::<_, Response>(page.end())
    };
    let track_id = Some(&*call.track_id);
    if bank.is_some() {
        let Listed { rows: authorization_code, reservation } = live(GrantKind::Code, Deposits::Shown).await?;
        return Ok(reply::done_list(track_id, reservation, TokensOfBank { authorization_code }));
    }
    let Listed { rows: client_credentials, reservation } = live(GrantKind::ClientCredential, Deposits::Hidden).await?;
    let sms = live(GrantKind::Sms, Deposits::Hidden).await?;
    let result = Tokens { client_credentials, sms: sms.rows };
    Ok(reply::done_list(track_id, reservation.and(sms.reservation), result))
}

/// Whether a row lists the deposits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deposits {
    Shown,
    Hidden,
}

fn row(token: &AccessToken, grant: &Grant, deposits: Deposits) -> TokenRow {
    TokenRow {
        id: HEXLOWER.encode(&token.hash.0[..ID]),
        client_id: grant.client.to_string(),
        deposits: (deposits == Deposits::Shown).then(|| grant.deposit_numbers.clone()),
        life_time: grant.life_ms,
        kind: if grant.kind == GrantKind::ClientCredential { "CLIENT-CREDENTIAL" } else { "CODE" },
        creation_date: Now::at(token.created_at_ms).unwrap_or_else(Now::epoch).long(),
        user_id: grant.user.clone(),
        scopes: grant.scopes.clone(),
    }
}
