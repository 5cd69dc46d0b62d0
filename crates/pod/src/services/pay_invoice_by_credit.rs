//! payInvoiceByCredit 30382 / 39316 and payAnyInvoiceByCredit 29821 / 39317 (pod.md 3.2, 3.3): pays from the caller's wallet and from credit.

use payments::{PayByCredit, PayableInvoices};
use wire::pod::errors;

use super::call::Call;
use super::done::Done;
use super::failed::Failed;

const HASHES: [&str; 1] = ["delegationHash"];

/// payInvoiceByCredit: pays an invoice that was issued to the caller.
pub async fn own(call: &Call<'_>) -> Result<Done, Failed> {
    let invoice = call.invoice()?;
    call.wallet()?;
    pay(call, PayByCredit { invoice, delegations: call.delegations(&HASHES)?, payable_invoices: PayableInvoices::Own })
        .await
}

/// payAnyInvoiceByCredit: pays any invoice.
pub async fn any(call: &Call<'_>) -> Result<Done, Failed> {
    call.wallet()?.ok_or(errors::WALLET_MISSING)?;
    let invoice = call.invoice()?;
    pay(call, PayByCredit { invoice, delegations: call.delegations(&HASHES)?, payable_invoices: PayableInvoices::Any })
        .await
}

async fn pay(call: &Call<'_>, payment: PayByCredit) -> Result<Done, Failed> {
    call.run(payment).await?;
    Ok(Done::Yes)
}
