//! GET `/oak/v2/clients/{clientId}/deposits/{deposit}/balance?trackId=` (finnotech.md 3.5).

use axum::extract::{Request, State};
use axum::response::Response;
use ledger::Account;
use payments::{AccountNumber, Deposit, GrantKind};
use wire::finnotech::errors as table;
use wire::finnotech::replies;
use wire::finnotech::scopes;

use super::call::{Call, Demand, Grants, Requirements, RightsCheck};
use super::reply;
use crate::App;

const SERVICE: Requirements = Requirements {
    scope: Some(scopes::BALANCE),
    grants: Grants::Code,
    track_id: Demand::Optional,
    rights: RightsCheck::Read,
};

pub async fn balance(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let call = Call::enter(&app, SERVICE, request).await?;
    let (deposit, account) = granted_deposit(&app, &call).await?;
    let available = account.available().get();
    let result = replies::Balance {
        current_balance: account.posted().get(),
        available_balance: available,
        effective_balance: available,
        freeze_amount: 0,
        number: &deposit.number,
    };
    Ok(reply::done(&call.track_id, result))
}

/// The deposit named in the path, if the token covers it.
///
/// # Errors
/// The reply `invalid deposit`.
pub async fn granted_deposit(app: &App, call: &Call) -> Result<(Deposit, Account), Response> {
    let invalid = || call.fail(&table::INVALID_DEPOSIT);
    let number = AccountNumber::parse(&call.subject).ok_or_else(invalid)?;
    let bank = call.grant().bank.ok_or_else(invalid)?;
    let found = app.engine.reader().deposit(number.key(bank)).await.map_err(|error| call.unread(error))?;
    let granted = |deposit: &Deposit| call.grant().deposits.contains(&deposit.id);
    // A token by SMS reads deposits for which its client is approved (second-edition 2.10); on the page, the holder has chosen the deposits.
    let approved = |deposit: &Deposit| call.grant().kind != GrantKind::Sms || deposit.is_approved_for(&call.client);
    found.filter(|(deposit, _)| granted(deposit) && approved(deposit)).ok_or_else(invalid)
}
