//! 29820 / 39315 (second-edition.md 4.8): pays an invoice of the caller from its customer's wallet, under the customer's standing permission.

use payments::PayByPermission;

use super::call::Call;
use super::done::Done;
use super::failed::Failed;

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    let invoice = call.invoice()?;
    call.wallet()?;
    call.run(PayByPermission { invoice }).await?;
    Ok(Done::Yes)
}
