//! The parameters of calls about invoices that a refusal can name.

/// A parameter, by its meaning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum InvoiceField {
    Price,
    Quantity,
    ItemId,
    TaxRate,
    Amount,
    DelegationHash,
    DelegatorId,
}
