//! payInvoice 29799 / 39294 (pod.md 3.6): it was paid outside of the platform.

use payments::InvoiceVerb;

use super::call::{Call, Done, Failed};

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    call.change(InvoiceVerb::PayOutside(call.invoice()?)).await?;
    Done::yes()
}
