//! payInvoiceByInvoice 29800 / 39295 (pod.md 3.7): sets off a paid invoice that the caller has issued against one that was issued to the caller.

use payments::{InvoiceId, SetOff};

use super::call::Call;
use super::done::Done;
use super::failed::Failed;

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    let creditor = call.params.id("creditorInvoiceId").map(InvoiceId)?;
    let debtor = call.params.id("debtorInvoiceId").map(InvoiceId)?;
    call.run(SetOff { creditor, debtor }).await?;
    Ok(Done::Yes)
}
