//! Lines of an invoice together with what they come to (pod.md 3.11).
//!
//! Shape: [`Pricing`] adds lines up as they are read, [`Pricing::taxed`] makes [`PricedLines`] of them, which a command carries to its decision. A
//! line is multiplied once, and sums that do not belong to the lines cannot be made.

use super::amounts::{AmountError, Amounts, LineAmount, Sums};
use super::row::InvoiceLine;
use crate::view::Ids;

/// Lines that are being added up.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Pricing {
    lines: Vec<InvoiceLine>,
    sums: Sums,
}

/// Lines, and what they come to with their tax.
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
    /// The first reason why that line alone is none.
    pub fn add(&mut self, line: InvoiceLine) -> Result<(), AmountError> {
        self.sums.add(line.amount)?;
        self.lines.push(line);
        Ok(())
    }

    /// Adds a line whose discount is cut to the line.
    ///
    /// # Errors
    /// As [`Pricing::add`].
    pub(super) fn add_cut(&mut self, line: InvoiceLine) -> Result<(), AmountError> {
        let amount: LineAmount = self.sums.add_cut(line.amount)?;
        self.lines.push(InvoiceLine { amount, ..line });
        Ok(())
    }

    /// The lines with the tax at a rate in millionths.
    ///
    /// # Errors
    /// The first reason why they make no invoice.
    pub fn taxed(self, rate_micro: i64) -> Result<PricedLines, AmountError> {
        Ok(PricedLines { amounts: self.sums.taxed(rate_micro)?, lines: self.lines, rate_micro })
    }
}

impl PricedLines {
    /// These lines, with the tax at a rate in millionths.
    ///
    /// # Errors
    /// The first reason why they make no invoice.
    pub fn of(lines: impl IntoIterator<Item = InvoiceLine>, rate_micro: i64) -> Result<Self, AmountError> {
        let mut pricing = Pricing::default();
        lines.into_iter().try_for_each(|line| pricing.add(line))?;
        pricing.taxed(rate_micro)
    }

    /// The lines.
    pub fn lines(&self) -> &[InvoiceLine] {
        &self.lines
    }

    /// What they come to.
    pub fn amounts(&self) -> Amounts {
        self.amounts
    }

    /// The tax on them, in millionths.
    pub fn rate_micro(&self) -> i64 {
        self.rate_micro
    }

    /// The lines under fresh numbers.
    pub(super) fn numbered(&self, ids: &mut Ids) -> Vec<InvoiceLine> {
        self.lines.iter().map(|line| InvoiceLine { id: ids.take(), ..line.clone() }).collect()
    }
}
