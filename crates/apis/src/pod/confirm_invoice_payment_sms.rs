//! 369550 (pod.md 3.5): the code of an SMS comes back by a call.

use payments::{InvoiceVerb, PayWithCode};

use super::call::{Call, Done, Failed, TEXT};
use super::send_invoice_payment_sms::code_hash;

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    let invoice = call.invoice()?;
    let code = call.text("code", TEXT)?;
    let hash = code_hash(call, invoice, &code);
    call.change(InvoiceVerb::PayWithCode(PayWithCode { invoice, hash })).await?;
    Done::yes()
}
