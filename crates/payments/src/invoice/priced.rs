//! The lines of an invoice together with their amounts (pod.md 3.11).
//!
//! Shape: [`Pricing`] adds lines up as they are read; [`Pricing::taxed`] makes [`PricedLines`] of them, which a command carries to its decision. Each
//! line is multiplied once, and amounts always belong to their lines.

use super::amounts::{AmountError, Amounts, LineAmount, Sums};
use super::row::InvoiceLine;
use crate::view::Ids;

/// Lines that are being added up.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Pricing {
    lines: Vec<InvoiceLine>,
    sums: Sums,
}

/// Lines and their amounts, with the tax.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PricedLines {
    lines: Vec<InvoiceLine>,
    rate_micro: i64,
    amounts: Amounts,
}

impl Pricing {
    /// Adds a line.
    ///
    /// # Errors
    /// What is wrong with this line by itself.
    pub fn add(&mut self, line: InvoiceLine) -> Result<(), AmountError> {
        self.sums.add(line.amount)?;
        self.lines.push(line);
        Ok(())
    }

    /// Adds a line, cutting its discount to the line's amount.
    ///
    /// # Errors
    /// As [`Pricing::add`].
    pub(super) fn add_cut(&mut self, line: InvoiceLine) -> Result<(), AmountError> {
        let amount: LineAmount = self.sums.add_cut(line.amount)?;
        self.lines.push(InvoiceLine { amount, ..line });
        Ok(())
    }

    /// The lines and their amounts, with the tax at a rate in millionths.
    ///
    /// # Errors
    /// The first reason why the lines do not make an invoice.
    pub fn taxed(self, rate_micro: i64) -> Result<PricedLines, AmountError> {
        Ok(PricedLines { amounts: self.sums.taxed(rate_micro)?, lines: self.lines, rate_micro })
    }
}

impl PricedLines {
    /// Lines and their amounts, with the tax at a rate in millionths.
    ///
    /// # Errors
    /// The first reason why the lines do not make an invoice.
    pub fn of(lines: impl IntoIterator<Item = InvoiceLine>, rate_micro: i64) -> Result<Self, AmountError> {
        let mut pricing = Pricing::default();
        lines.into_iter().try_for_each(|line| pricing.add(line))?;
        pricing.taxed(rate_micro)
    }

    /// The lines.
    pub fn lines(&self) -> &[InvoiceLine] {
        &self.lines
    }

    /// The amounts of the lines.
    pub fn amounts(&self) -> Amounts {
        self.amounts
    }

    /// The rate of the tax, in millionths.
    pub fn rate_micro(&self) -> i64 {
        self.rate_micro
    }

    /// The lines with new numbers.
    pub(super) fn numbered(&self, ids: &mut Ids) -> Vec<InvoiceLine> {
        self.lines.iter().map(|line| InvoiceLine { id: ids.take(), ..line.clone() }).collect()
    }
}
