//! A new or changed record of an operator, as commands and proposals carry it.

use crate::Operator;

/// Makes an operator, or changes its record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterOperator {
    /// The record; an empty password of one that is replaced: the one that it had.
    pub operator: Operator,
    /// Whether an operator of that name must, or must not, exist.
    pub replace: bool,
}
