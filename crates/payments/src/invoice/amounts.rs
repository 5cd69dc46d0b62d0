//! The amounts of an invoice (pod.md 3.11): whole rials, rounded half up; the tax is computed once for all lines.

use ledger::Rial;

/// Quantities and rates are counted in millionths.
pub const MICRO: i64 = 1_000_000;
/// Largest amount of an invoice, in rials.
const MOST: i64 = 1_000_000_000_000_000;

/// Price, quantity and discount of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineAmount {
    /// Price of one unit, in rials.
    pub price: Rial,
    /// Number of units, in millionths.
    pub quantity_micro: i64,
    /// Discount of the whole line, in rials.
    pub discount: Rial,
}

/// The amounts of an invoice, in rials.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Amounts {
    /// Sum of all lines before their discounts.
    pub without_discount: Rial,
    /// Sum of all lines after their discounts.
    pub total: Rial,
    /// Tax on the total.
    pub vat: Rial,
    /// Total plus tax.
    pub payable: Rial,
}

/// Why lines do not make an invoice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AmountError {
    /// The discount of a line is more than the line, or negative.
    Discount,
    /// Nothing is left to pay, or the price or quantity of a line is not positive.
    Nothing,
    /// More than the largest amount of an invoice.
    TooMuch,
}

impl LineAmount {
    /// Price times quantity, before the discount.
    ///
    /// # Errors
    /// [`AmountError::TooMuch`] if the result is above the largest amount.
    pub fn total(self) -> Result<Rial, AmountError> {
        per_million(self.price, self.quantity_micro)
    }
}

/// Sums of lines, added one by one; `None`: above the largest amount.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Sums {
    without_discount: Option<Rial>,
    total: Option<Rial>,
}

impl Default for Sums {
    fn default() -> Self {
        Self { without_discount: Some(Rial::ZERO), total: Some(Rial::ZERO) }
    }
}

impl Sums {
    /// Adds a line.
    ///
    /// # Errors
    /// What is wrong with this line by itself. A sum that is too large is reported by [`Sums::taxed`].
    pub(super) fn add(&mut self, line: LineAmount) -> Result<(), AmountError> {
        let whole = whole(line)?;
        if line.discount > whole || line.discount < Rial::ZERO {
            return Err(AmountError::Discount);
        }
        self.add_whole(whole, line.discount)
    }

    /// Adds a line, cutting its discount to the line's amount; returns the line as it was added.
    ///
    /// # Errors
    /// As [`Sums::add`].
    pub(super) fn add_cut(&mut self, line: LineAmount) -> Result<LineAmount, AmountError> {
        let whole = whole(line)?;
        let discount = line.discount.min(whole);
        self.add_whole(whole, discount)?;
        Ok(LineAmount { discount, ..line })
    }

    fn add_whole(&mut self, whole: Rial, discount: Rial) -> Result<(), AmountError> {
        let left = whole.checked_sub(discount).ok_or(AmountError::Discount)?;
        self.without_discount = self.without_discount.and_then(|sum| within(sum.checked_add(whole)));
        self.total = self.total.and_then(|sum| within(sum.checked_add(left)));
        Ok(())
    }

    /// The amounts of the lines, with the tax at a rate in millionths.
    ///
    /// # Errors
    /// The first reason why the lines do not make an invoice.
    pub(super) fn taxed(self, rate_micro: i64) -> Result<Amounts, AmountError> {
        let without_discount = self.without_discount.ok_or(AmountError::TooMuch)?;
        let total = self.total.ok_or(AmountError::TooMuch)?;
        if !total.is_positive() {
            return Err(AmountError::Nothing);
        }
        let vat = per_million(total, rate_micro)?;
        let payable = within(total.checked_add(vat)).ok_or(AmountError::TooMuch)?;
        Ok(Amounts { without_discount, total, vat, payable })
    }
}

/// The amount of a line before its discount; an error if price or quantity is not positive.
fn whole(line: LineAmount) -> Result<Rial, AmountError> {
    if !line.price.is_positive() || line.quantity_micro <= 0 { Err(AmountError::Nothing) } else { line.total() }
}

fn within(sum: Option<Rial>) -> Option<Rial> {
    sum.filter(|sum| sum.get() <= MOST)
}

/// `micro` millionths of an amount, rounded half up.
fn per_million(amount: Rial, micro: i64) -> Result<Rial, AmountError> {
    let product = i128::from(amount.get()) * i128::from(micro);
    let rounded = (product + i128::from(MICRO / 2)).div_euclid(i128::from(MICRO));
    within(i64::try_from(rounded).ok().map(Rial::new)).ok_or(AmountError::TooMuch)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line((price, quantity_micro, discount): (i64, i64, i64)) -> LineAmount {
        LineAmount { price: Rial::new(price), quantity_micro, discount: Rial::new(discount) }
    }

    fn amounts(lines: &[LineAmount], rate_micro: i64) -> Result<Amounts, AmountError> {
        let mut sums = Sums::default();
        lines.iter().try_for_each(|line| sums.add(*line))?;
        sums.taxed(rate_micro)
    }

    #[test]
    fn lines_and_tax_are_rounded_half_up_to_whole_rials_and_the_tax_once() {
        // pod.md 3.11: the examples of the document at 0.09, and cases that follow from its rules.
        const NINE: i64 = 90_000;
        for (lines, rate, expected) in [
            (&[(44_500, MICRO, 0)][..], NINE, (44_500, 44_500, 4_005, 48_505)),
            (&[(2_200, MICRO, 0)], NINE, (2_200, 2_200, 198, 2_398)),
            (&[(15, MICRO, 0)], NINE, (15, 15, 1, 16)),
            (&[(4_500, 100_000, 0), (8_000, 5 * MICRO, 0)], NINE, (40_450, 40_450, 3_641, 44_091)),
            (&[(50_000, MICRO, 10_000)], NINE, (50_000, 40_000, 3_600, 43_600)),
            // A line of half a rial rounds to one. A line of less rounds to none, and only the other line is left.
            (&[(1, MICRO / 2, 0)], 0, (1, 1, 0, 1)),
            (&[(1, MICRO / 2 - 1, 0), (7, MICRO, 0)], MICRO, (7, 7, 7, 14)),
            // Twice 0.45 rials of tax make one rial, not none.
            (&[(5, MICRO, 0), (5, MICRO, 0)], NINE, (10, 10, 1, 11)),
            (&[(MOST, MICRO, 0)], 0, (MOST, MOST, 0, MOST)),
        ] {
            let lines: Vec<_> = lines.iter().copied().map(line).collect();
            let sums = amounts(&lines, rate).unwrap();
            let found = (sums.without_discount.get(), sums.total.get(), sums.vat.get(), sums.payable.get());
            assert_eq!(found, expected, "{lines:?}");
        }
    }

    #[test]
    fn lines_that_come_to_nothing_or_to_too_much_make_no_invoice() {
        for (lines, rate, why) in [
            (&[][..], 0, AmountError::Nothing),
            (&[(0, MICRO, 0)], 0, AmountError::Nothing),
            (&[(5, 0, 0)], 0, AmountError::Nothing),
            (&[(1, MICRO / 2 - 1, 0)], 0, AmountError::Nothing),
            (&[(5, MICRO, 5)], 0, AmountError::Nothing),
            (&[(5, MICRO, 6)], 0, AmountError::Discount),
            (&[(5, MICRO, -1)], 0, AmountError::Discount),
            (&[(MOST, MICRO, 0)], 1, AmountError::TooMuch),
            (&[(MOST, MICRO, 0), (1, MICRO, 0)], 0, AmountError::TooMuch),
            (&[(MOST, 1_000_000_000 * MICRO, 0)], 0, AmountError::TooMuch),
            (&[(i64::MAX, i64::MAX, 0)], MICRO, AmountError::TooMuch),
        ] {
            let lines: Vec<_> = lines.iter().copied().map(line).collect();
            assert_eq!(amounts(&lines, rate), Err(why), "{lines:?}");
        }
    }

    #[test]
    fn a_discount_is_cut_to_its_line_where_the_line_became_smaller() {
        for (discount, cut, total) in [(3, 3, 7), (10, 10, 0), (11, 10, 0)] {
            let mut sums = Sums::default();
            let added = sums.add_cut(line((10, MICRO, discount))).unwrap();
            assert_eq!((added.discount, sums.total), (Rial::new(cut), Some(Rial::new(total))), "{discount}");
        }
    }
}
