//! A new or changed record of an operator, as commands and proposals carry it.

use crate::Operator;

/// Makes an operator, or changes its record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterOperator {
    /// The record. With an empty password, a replaced record keeps its password.
    pub operator: Operator,
    /// Whether an operator with that name must exist (`true`) or must not (`false`).
    pub replace: bool,
}
