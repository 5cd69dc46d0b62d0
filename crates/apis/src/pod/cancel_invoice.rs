//! cancelInvoice 29810 / 39305 (pod.md 3.12).

use payments::{InvoiceId, InvoiceVerb};

use super::call::{Call, Done, Failed};

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    call.change(InvoiceVerb::Cancel(InvoiceId(call.params.id("id")?))).await?;
    Done::yes()
}
