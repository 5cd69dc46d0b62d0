//! 369550 (pod.md 3.5): a call pays an invoice with the code that an SMS has brought to the customer.

use payments::PayWithCode;
use text::number::code;
use wire::pod::errors;

use super::call::Call;
use super::done::Done;
use super::failed::Failed;
use super::inbound::{call_of, others};
use super::send_invoice_payment_sms::{CODE, code_hash};

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    let invoice = call.invoice()?;
    let code = code(call.params.text("code")?, CODE).ok_or(errors::WRONG_CODE)?;
    let known = call.app.engine.reader().pay_code(invoice).await?;
    let to_call = match &known {
        Some(known) => call_of(call.app, known).await?,
        None => None,
    };
    let sent = match known {
        Some(known) => call.app.engine.reader().pay_codes(known.mobile).await?,
        None => Vec::new(),
    };
    let hash = code_hash(call, invoice, &code);
    let others = others(call.app, &sent, invoice, &code);
    call.run(PayWithCode { invoice, hash, others, call: to_call }).await?;
    Ok(Done::Yes)
}
