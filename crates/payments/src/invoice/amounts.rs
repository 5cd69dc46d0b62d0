//! What an invoice comes to (pod.md 3.11): whole rials, rounded half up, the tax once for all lines.

use ledger::Rial;

/// What quantities and rates are counted in: millionths.
pub const MICRO: i64 = 1_000_000;
/// The most that an invoice may come to, in rials.
const MOST: i64 = 1_000_000_000_000_000;

/// A line's figures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineAmount {
    /// Of one unit.
    pub price: Rial,
    /// How many units, in millionths.
    pub quantity_micro: i64,
    /// Of the whole line.
    pub discount: Rial,
}

/// An invoice's figures.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Amounts {
    /// All lines.
    pub without_discount: Rial,
    /// All lines after their discounts.
    pub total: Rial,
    /// The tax on that.
    pub vat: Rial,
    /// Total and tax.
    pub payable: Rial,
}

/// Why lines make no invoice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Uncountable {
    /// The discount of a line is more than the line, or less than nothing.
    Discount,
    /// Nothing is left to pay, or a unit costs nothing.
    Nothing,
    /// More than the platform takes.
    TooMuch,
}

impl LineAmount {
    /// Price times quantity, before the discount.
    ///
    /// # Errors
    /// [`Uncountable::TooMuch`].
    pub fn total(self) -> Result<Rial, Uncountable> {
        per_million(self.price, self.quantity_micro)
    }
}

/// Adds up lines, and the tax at a rate in millionths.
///
/// # Errors
/// The first reason why they make no invoice.
pub fn amounts(lines: &[LineAmount], rate_micro: i64) -> Result<Amounts, Uncountable> {
    let (mut without_discount, mut total) = (Rial::ZERO, Rial::ZERO);
    for line in lines {
        if !line.price.is_positive() || line.quantity_micro <= 0 {
            return Err(Uncountable::Nothing);
        }
        let whole = line.total()?;
        if line.discount > whole || line.discount < Rial::ZERO {
            return Err(Uncountable::Discount);
        }
        let left = whole.checked_sub(line.discount).ok_or(Uncountable::Discount)?;
        without_discount = within(without_discount.checked_add(whole))?;
        total = within(total.checked_add(left))?;
    }
    if !total.is_positive() {
        return Err(Uncountable::Nothing);
    }
    let vat = per_million(total, rate_micro)?;
    let payable = within(total.checked_add(vat))?;
    Ok(Amounts { without_discount, total, vat, payable })
}

fn within(sum: Option<Rial>) -> Result<Rial, Uncountable> {
    sum.filter(|sum| sum.get() <= MOST).ok_or(Uncountable::TooMuch)
}

/// So many millionths of an amount, rounded half up.
fn per_million(amount: Rial, micro: i64) -> Result<Rial, Uncountable> {
    let product = i128::from(amount.get()) * i128::from(micro);
    let rounded = (product + i128::from(MICRO / 2)).div_euclid(i128::from(MICRO));
    within(i64::try_from(rounded).ok().map(Rial::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line((price, quantity_micro, discount): (i64, i64, i64)) -> LineAmount {
        LineAmount { price: Rial::new(price), quantity_micro, discount: Rial::new(discount) }
    }

    #[test]
    fn lines_and_tax_are_rounded_half_up_to_whole_rials_and_the_tax_once() {
        // pod.md 3.11: the examples of the document at 0.09, and what follows from its rules.
        const NINE: i64 = 90_000;
        for (lines, rate, expected) in [
            (&[(44_500, MICRO, 0)][..], NINE, (44_500, 44_500, 4_005, 48_505)),
            (&[(2_200, MICRO, 0)], NINE, (2_200, 2_200, 198, 2_398)),
            (&[(15, MICRO, 0)], NINE, (15, 15, 1, 16)),
            (&[(4_500, 100_000, 0), (8_000, 5 * MICRO, 0)], NINE, (40_450, 40_450, 3_641, 44_091)),
            (&[(50_000, MICRO, 10_000)], NINE, (50_000, 40_000, 3_600, 43_600)),
            // A line of half a rial is one, and one of less is none: its whole discount leaves the other.
            (&[(1, MICRO / 2, 0)], 0, (1, 1, 0, 1)),
            (&[(1, MICRO / 2 - 1, 0), (7, MICRO, 0)], MICRO, (7, 7, 7, 14)),
            // Twice 0.45 of tax is one rial of it, not none.
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
            (&[][..], 0, Uncountable::Nothing),
            (&[(0, MICRO, 0)], 0, Uncountable::Nothing),
            (&[(5, 0, 0)], 0, Uncountable::Nothing),
            (&[(1, MICRO / 2 - 1, 0)], 0, Uncountable::Nothing),
            (&[(5, MICRO, 5)], 0, Uncountable::Nothing),
            (&[(5, MICRO, 6)], 0, Uncountable::Discount),
            (&[(5, MICRO, -1)], 0, Uncountable::Discount),
            (&[(MOST, MICRO, 0)], 1, Uncountable::TooMuch),
            (&[(MOST, MICRO, 0), (1, MICRO, 0)], 0, Uncountable::TooMuch),
            (&[(MOST, 1_000_000_000 * MICRO, 0)], 0, Uncountable::TooMuch),
            (&[(i64::MAX, i64::MAX, 0)], MICRO, Uncountable::TooMuch),
        ] {
            let lines: Vec<_> = lines.iter().copied().map(line).collect();
            assert_eq!(amounts(&lines, rate), Err(why), "{lines:?}");
        }
    }
}
