//! payInvoice 29799 / 39294 (pod.md 3.6): marks an invoice as paid outside the platform.

use payments::PayOutside;

use super::call::Call;
use super::done::Done;
use super::failed::Failed;

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    call.run(PayOutside { invoice: call.invoice()? }).await?;
    Ok(Done::Yes)
}
