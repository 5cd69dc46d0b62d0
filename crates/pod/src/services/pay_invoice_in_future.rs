//! payInvoiceInFuture 29802 / 39297 (pod.md 3.8): blocks the money now and pays on a later day.

use payments::PayInFuture;
use text::date::Times;

use super::call::{Call, date};
use super::done::Done;
use super::failed::Failed;

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    let invoice = call.invoice()?;
    let (date, _) = date(call.params.text("date")?, Times::Refused)?;
    let from = call.source()?;
    call.run(PayInFuture { invoice, date, from }).await?;
    Ok(Done::Yes)
}
