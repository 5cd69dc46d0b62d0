//! verifyInvoice 29809 / 39304 and verifyAndCloseInvoice 29808 / 39303 (pod.md 3.12): the issuer confirms a payment that the gateway has taken.

use std::sync::Arc;

use payments::{Invoice, InvoiceCommand, InvoiceId, VerifyAndCloseInvoice, VerifyInvoice};

use super::call::Call;
use super::done::Done;
use super::failed::Failed;
use super::invoice::Names;

/// verifyInvoice.
pub async fn verify(call: &Call<'_>) -> Result<Done, Failed> {
    let id = call.id_or_bill().await?;
    show(call, VerifyInvoice { invoice: id }).await
}

/// verifyAndCloseInvoice.
pub async fn verify_and_close(call: &Call<'_>) -> Result<Done, Failed> {
    show(call, VerifyAndCloseInvoice { invoice: InvoiceId(call.params.id("id")?) }).await
}

/// Runs a command on an invoice and returns the changed invoice.
pub async fn show(call: &Call<'_>, command: impl InvoiceCommand<Done = Arc<Invoice>>) -> Result<Done, Failed> {
    let invoice = call.run(command).await?;
    let names = Names::of(call.app, std::iter::once(&*invoice)).await?;
    Ok(Done::Invoice(invoice, names))
}
