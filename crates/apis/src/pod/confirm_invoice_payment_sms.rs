//! 369550 (pod.md 3.5): the code of an SMS comes back by a call.

use payments::{InvoiceVerb, PayWithCode};
use wire::field::fold;
use wire::pod::errors;

use super::call::{Call, Done, Failed, TEXT};
use super::inbound::others;
use super::send_invoice_payment_sms::{CODE, code_hash};

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    let invoice = call.invoice()?;
    let typed = call.text("code", TEXT)?;
    // As people type it. What cannot be a code is no try.
    let code: String = fold(&typed).chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '.')).collect();
    if code.len() != CODE || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(errors::WRONG_CODE.into());
    }
    let known = call.app.engine.reader().pay_code(invoice).await?;
    let sent = match known {
        Some(known) => call.app.engine.reader().pay_codes(known.mobile).await?,
        None => Vec::new(),
    };
    let hash = code_hash(call, invoice, &code);
    let others = others(call.app, &sent, invoice, &code);
    call.change(InvoiceVerb::PayWithCode(PayWithCode { invoice, hash, others })).await?;
    Done::yes()
}
