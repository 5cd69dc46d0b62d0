//! reduceInvoice 29803 / 39298 (pod.md 3.12): replaces an invoice by a smaller one.

use payments::{InvoiceId, LineChange, ReduceInvoice, Text};
use wire::pod::errors;
use wire::pod::read_params::{id, quantity};

use super::call::Call;
use super::done::Done;
use super::failed::Failed;
use super::issue_invoice::{aligned, description, price, tax_rate, unique};
use super::verify_invoice::show;

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    let invoice = InvoiceId(call.params.id("id")?);
    let rows = aligned(call, ["invoiceItemId", "price", "quantity", "itemDescription"])?;
    let mut lines = Vec::with_capacity(rows.len());
    for [line, price, quantity, description] in rows {
        lines.push(LineChange {
            id: id(line).ok_or_else(|| errors::invalid("invoiceItemId"))?,
            price: self::price(price)?,
            quantity_micro: self::quantity(quantity).ok_or_else(|| errors::invalid("quantity"))?,
            description: self::description("itemDescription", description)?,
        });
    }
    let rate_micro = tax_rate(call)?;
    let reference_number = Text::from(call.reference.to_string());
    let command = ReduceInvoice { invoice, lines, rate_micro, unique: unique()?, reference_number };
    show(call, command).await
}
