//! transferByInvoice 34988 / 42596 (pod.md 3.14): transfers money of a closed invoice to its payer.

use payments::{Rial, TransferOut};
use wire::pod::balances::RIAL_CODE;
use wire::pod::errors;
use wire::pod::read_params::amount;

use super::call::{Call, TEXT};
use super::done::Done;
use super::failed::Failed;
use super::get_credit;

/// Maximum length of a business's own id of a transfer, in characters.
const UNIQUE_ID: usize = 100;

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    let invoice = call.invoice()?;
    let amount = amount(call.params.text("amount")?).map(Rial::new).ok_or_else(|| errors::invalid("amount"))?;
    call.text("description", TEXT)?;
    let from = call.source()?;
    if call.params.get("currencyCode").is_some_and(|code| code != RIAL_CODE) {
        return Err(errors::invalid("currencyCode").into());
    }
    let unique_id = call.optional_name("uniqueId", UNIQUE_ID)?;
    call.run(TransferOut { invoice, amount, from: from.clone(), unique_id }).await?;
    let only = match from {
        payments::BlockedFrom::Wallet => None,
        payments::BlockedFrom::Guild(guild) => Some(guild),
    };
    Ok(Done::Balances(get_credit::all(call.app, call.party(), only).await?))
}
