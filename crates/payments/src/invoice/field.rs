//! The parameters of calls about invoices, by what they mean.

/// A parameter, by what it means.
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
