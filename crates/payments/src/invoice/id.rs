//! The number of an invoice.

/// An invoice's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct InvoiceId(pub i64);
