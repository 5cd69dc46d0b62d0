//! Balances (pod.md 3.13): `/nzh/getCredit` of a wallet, `/nzh/biz/getBusinessCredit` of a business's guilds.

use ledger::AccountId;
use payments::{Party, blocked, guild_free, guild_open, wallet};
use wire::pod::balances::{Balances, BlockedAmount, BusinessAmount, CustomerAmount};
use wire::pod::errors;

use super::call::Call;
use super::done::Done;
use super::failed::Failed;
use super::get_account_bill::too_much;
use super::invoice::guild;
use crate::App;

/// The balances of the wallet and of blocked money.
pub async fn of_wallet(call: &Call<'_>) -> Result<Done, Failed> {
    Ok(Done::Balances(customer(call.app, call.party()).await?))
}

/// The balances of one guild, or of all guilds of the business.
pub async fn of_business(call: &Call<'_>) -> Result<Done, Failed> {
    let only = call.guild()?.map(|guild| guild.id);
    if only.is_some_and(|only| !call.party().is_of_guild(only)) {
        return Err(errors::FOREIGN_GUILD.into());
    }
    let main_business_amount_srvs = guilds(call.app, call.party(), only).await?;
    Ok(Done::Balances(Balances { main_business_amount_srvs, ..Balances::default() }))
}

/// All balances of a party: wallet, blocked money and guilds; `only`: of this guild only.
pub async fn all(app: &App, party: &Party, only: Option<i64>) -> Result<Balances, Failed> {
    let main_business_amount_srvs = guilds(app, party, only).await?;
    Ok(Balances { main_business_amount_srvs, ..customer(app, party).await? })
}

async fn customer(app: &App, party: &Party) -> Result<Balances, Failed> {
    let (has, promised) = (balance(app, wallet(party.id)).await?, balance(app, blocked(party.id)).await?);
    let block_amount_srvs = (promised > 0).then(|| BlockedAmount::new(promised)).into_iter().collect();
    Ok(Balances { customer_amount_srvs: vec![CustomerAmount::new(has)], block_amount_srvs, ..Balances::default() })
}

async fn guilds(app: &App, party: &Party, only: Option<i64>) -> Result<Vec<BusinessAmount>, Failed> {
    let mut amounts = Vec::new();
    let all = party.business().into_iter().flat_map(|business| &business.guilds);
    for id in all.filter(|id| only.is_none_or(|only| only == **id)) {
        let open = balance(app, guild_open(party.id, *id)).await?;
        let free = balance(app, guild_free(party.id, *id)).await?;
        let both = open.checked_add(free).ok_or_else(too_much)?;
        amounts.push(BusinessAmount::new(guild(*id), both, free));
    }
    Ok(amounts)
}

/// The posted balance of an account in rials; 0 if the account does not exist.
async fn balance(app: &App, account: AccountId) -> Result<i64, Failed> {
    let found = app.engine.reader().account(account).await?;
    Ok(found.map_or(0, |account| account.posted().get()))
}
