//! The rows in memory of the tables that are listed.

use std::sync::Arc;

use payments::{AuditLine, CardAttempt, Invoice, Job, Message, Order, Party, PhoneOrder, Proposal};
use schema::Table;

use super::tables::Tables;

/// A row of a table that is listed.
pub trait Kept: Table + 'static {
    /// All rows of the table.
    fn kept(tables: &Tables) -> Vec<&Arc<Self>>;
}

macro_rules! kept {
    ($($row:ty: $table:ident,)*) => {
        $(impl Kept for $row {
            fn kept(tables: &Tables) -> Vec<&Arc<Self>> {
                tables.$table.values().collect()
            }
        })*
    };
}

kept! {
    Order: orders,
    PhoneOrder: phone_orders,
    Invoice: invoices,
    Job: jobs,
    Message: messages,
    CardAttempt: card_attempts,
    AuditLine: audit_lines,
    Proposal: proposals,
    Party: parties,
}
