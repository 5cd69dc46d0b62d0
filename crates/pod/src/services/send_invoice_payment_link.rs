//! 1113426 (pod.md 3.10, 7.4): sends another user the link with which an invoice can be paid.

use payments::{SendPaymentLink, Text};
use percent_encoding::utf8_percent_encode;
use wire::pod::errors;
use wire::pod::returning::RESERVED;

use super::call::{Call, party};
use super::done::Done;
use super::failed::Failed;
use super::invoice::unique_number;

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    let invoice = call.invoice()?;
    let to = party(call.params.id("userId")?, "userId")?;
    let redirect_uri = call.address(&["redirectUri"])?;
    if !call.app.sms.is_configured() {
        return Err(errors::INTERNAL.into());
    }
    // For an unknown invoice the text is never sent: the command refuses it.
    let known = call.app.engine.reader().invoice(invoice).await?;
    let unique = known.as_ref().map(unique_number).unwrap_or_default();
    let base = &call.app.public_base;
    let mut text = format!("{base}/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={unique}");
    if let Some(address) = redirect_uri {
        text += &format!("&redirectUri={}", utf8_percent_encode(&address, RESERVED));
    }
    let command = SendPaymentLink { invoice, to, text: Text::from(text) };
    call.run(command).await?;
    Ok(Done::Yes)
}
