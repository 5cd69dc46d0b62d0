//! cancelInvoice 29810 / 39305 (pod.md 3.12).

use payments::{CancelInvoice, InvoiceId};

use super::call::Call;
use super::done::Done;
use super::failed::Failed;

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    call.run(CancelInvoice { invoice: InvoiceId(call.params.id("id")?) }).await?;
    Ok(Done::Yes)
}
