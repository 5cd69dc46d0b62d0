//! verifyInvoice 29809 / 39304 and verifyAndCloseInvoice 29808 / 39303 (pod.md 3.12): the issuer has seen what the gateway took.

use payments::{InvoiceId, InvoiceVerb};

use super::call::{Call, Done, Failed};
use super::invoice::{Names, object};

pub async fn verify(call: &Call<'_>) -> Result<Done, Failed> {
    let id = call.id_or_bill().await?;
    show(call, InvoiceVerb::Verify(id)).await
}

pub async fn verify_and_close(call: &Call<'_>) -> Result<Done, Failed> {
    show(call, InvoiceVerb::VerifyAndClose(InvoiceId(call.params.id("id")?))).await
}

/// Changes an invoice, and shows it as it is then.
pub async fn show(call: &Call<'_>, verb: InvoiceVerb) -> Result<Done, Failed> {
    let invoice = call.change(verb).await?;
    let names = Names::of(call.app, std::iter::once(&*invoice)).await?;
    Done::of(&object(&invoice, &names)?)
}
