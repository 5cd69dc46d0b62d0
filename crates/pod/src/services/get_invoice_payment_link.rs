//! getInvoicePaymentLink 29815 / 39310 (pod.md 3.1): a link with which any payer can pay an invoice, for a limited time.

use payments::{MakePayLink, PayLink, Text};
use wire::pod::errors;

use super::call::Call;
use super::done::Done;
use super::failed::Failed;
use crate::gateway::gateway_named;
use edge::random::hexadecimal;

/// Life of a link in milliseconds.
const LIFE_MS: i64 = 300_000;
/// Hexadecimal digits of a link's key.
const KEY: usize = 32;

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    let invoice = call.invoice()?;
    let redirect_uri = call.address(&["redirectUri"])?;
    let to_call = call.call_address()?;
    let gateway = call.params.get("gateway").map(|name| gateway_named(name).ok_or(errors::invalid("gateway")));
    let gateway = gateway.transpose()?.map(Text::from);
    let key = hexadecimal(KEY).map_err(|error| engine::Error::Unavailable(error.to_string()))?;
    let (hash, ends_at_ms) = (call.app.secrets.hash(&key), call.app.engine.clock().now_ms().saturating_add(LIFE_MS));
    let link = PayLink { hash, invoice, redirect_uri, call: to_call, gateway, ends_at_ms: Some(ends_at_ms) };
    call.run(MakePayLink { link }).await?;
    // The address ends with `&` because clients append their own parameters.
    Ok(Done::Address(format!("{}/v1/pbc/PayInvoiceDispatcher/?h={key}&", call.app.public_base)))
}
