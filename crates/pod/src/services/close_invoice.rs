//! closeInvoice 29812 / 39307 (pod.md 3.12).

use payments::{CloseInvoice, InvoiceId};

use super::call::Call;
use super::done::Done;
use super::failed::Failed;

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    call.run(CloseInvoice { invoice: InvoiceId(call.params.id("id")?) }).await?;
    Ok(Done::Yes)
}
