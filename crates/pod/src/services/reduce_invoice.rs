//! reduceInvoice 29803 / 39298 (pod.md 3.12): a smaller invoice takes the place of one.

use payments::{InvoiceId, LineChange, ReduceInvoice, Text};
use wire::pod::errors;
use wire::pod::params::{id, quantity};

use super::call::{Call, Done, Failed};
use super::issue_invoice::{aligned, description, price, tax_rate, unique};
use super::verify_invoice::show;

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    let invoice = InvoiceId(call.params.id("id")?);
    let [ids, prices, quantities, descriptions] =
        aligned(call, ["invoiceItemId", "price", "quantity", "itemDescription"])?;
    let mut lines = Vec::with_capacity(ids.len());
    for (at, line) in ids.iter().enumerate() {
        let of = |list: &[&str]| list.get(at).copied().unwrap_or_default().to_owned();
        lines.push(LineChange {
            id: id(line).ok_or_else(|| errors::invalid("invoiceItemId"))?,
            price: price(&of(&prices))?,
            quantity_micro: quantity(&of(&quantities)).ok_or_else(|| errors::invalid("quantity"))?,
            description: description("itemDescription", &of(&descriptions))?,
        });
    }
    let rate_micro = tax_rate(call)?;
    let reference_number = Text::from(call.reference);
    let command = ReduceInvoice { invoice, lines, rate_micro, unique: unique()?, reference_number };
    show(call, command).await
}
