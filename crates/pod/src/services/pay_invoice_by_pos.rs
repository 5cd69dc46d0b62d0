//! payInvoiceByPos 29801 / 39296 (pod.md 3.9): assigns a payment at a terminal of the shop to an invoice.

use payments::{PayByPos, PosKey};
use text::date::Times;

use super::call::Call;
use super::date;
use super::done::Done;
use super::failed::Failed;
use wire::pod::errors;

/// Maximum length of each text of a terminal's payment, in characters.
pub const POS_TEXT: usize = 50;

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    let invoice = call.invoice()?;
    let text = |name| call.name(name, POS_TEXT);
    let (terminal, merchant) = (text("terminalNumber")?, text("merchantCode")?);
    let (reference, tracking) = (text("referenceNumber")?, text("trackingNumber")?);
    let (day, second) = date(call.params.text("transactionDate")?, Times::Taken)?;
    let at_ms = second.and_then(|second| payments::tehran_ms(day, second)).ok_or(errors::INVALID_DATE)?;
    let transaction = PosKey { terminal, merchant, reference, tracking, at_ms };
    call.run(PayByPos { invoice, transaction }).await?;
    Ok(Done::Yes)
}
