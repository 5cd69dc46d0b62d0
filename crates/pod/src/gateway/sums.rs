//! What was paid of an invoice, by each means.
//!
//! Shape: a receipt of a session, or a paid invoice → a part for each means, and their sum.
//! Absent: the payer. A part names the kind of means and nothing else, because everyone who has an invoice's link sees these sums.

use ledger::Rial;
use payments::{Invoice, InvoiceState, Means, Receipt};

use web::{Lang, Words};

/// What one means has paid, in the page's language.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    pub name: &'static str,
    /// In rials.
    pub amount: String,
}

/// What was paid, in the page's language.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sums {
    /// In rials.
    pub total: String,
    pub toman: String,
    /// The means, in the order in which they were used up.
    pub parts: Vec<Part>,
}

impl Sums {
    /// What was paid in a session; `None`: its parts do not add up.
    pub fn of_receipt(receipt: &Receipt, lang: Lang) -> Option<Self> {
        let w = lang.words();
        let means = if receipt.slip.is_some() { w.by_card_short } else { w.by_wallet_short };
        let parts = [(w.voucher, receipt.voucher), (w.credit, receipt.credit), (means, receipt.rest)];
        Self::of(parts, lang)
    }

    /// What was paid of an invoice; `None`: it is not paid.
    pub fn of_invoice(invoice: &Invoice, lang: Lang) -> Option<Self> {
        let (InvoiceState::Waiting(_) | InvoiceState::Paid(_) | InvoiceState::Closed(_)) = &invoice.state else {
            return None;
        };
        let (w, payment) = (lang.words(), invoice.state.payment()?);
        // Nothing was moved for a payment outside: the shop says that it has the whole sum.
        let rest = if payment.means == Means::Outside { invoice.amounts.payable } else { payment.rest };
        let used = invoice.vouchers.iter().filter(|voucher| !voucher.canceled);
        let voucher = used.map(|voucher| voucher.amount).try_fold(Rial::ZERO, Rial::checked_add)?;
        let parts = [(w.voucher, voucher), (w.credit, payment.delegated()?), (name(&payment.means, w), rest)];
        Self::of(parts, lang)
    }

    fn of(parts: [(&'static str, Rial); 3], lang: Lang) -> Option<Self> {
        let total = parts.iter().map(|(_, amount)| *amount).try_fold(Rial::ZERO, Rial::checked_add)?;
        let paid = parts.into_iter().filter(|(_, amount)| amount.is_positive());
        let parts = paid.map(|(name, amount)| Part { name, amount: lang.rial(amount) }).collect();
        Some(Self { total: lang.rial(total), toman: lang.toman(total), parts })
    }

    /// Whether more than one means has paid.
    pub fn is_split(&self) -> bool {
        self.parts.len() > 1
    }
}

fn name(means: &Means, w: &Words) -> &'static str {
    match means {
        Means::Wallet => w.by_wallet_short,
        Means::Card(_) => w.by_card_short,
        Means::Pos(_) => w.by_terminal_short,
        Means::Guild => w.by_guild_short,
        Means::Invoice(_) => w.by_invoice_short,
        Means::Outside => w.by_outside_short,
    }
}

#[cfg(test)]
mod tests {
    use payments::{CardSlip, Text};

    use super::*;

    fn receipt(voucher: i64, credit: i64, rest: i64, slip: Option<CardSlip>) -> Receipt {
        let [voucher, credit, rest] = [voucher, credit, rest].map(Rial::new);
        Receipt { at_ms: 0, slip, voucher, credit, rest }
    }

    #[test]
    fn each_means_is_named_with_its_part_and_the_parts_are_the_sum() {
        let slip = || {
            let [terminal, mask, rrn, tref] = ["1", "502200******0000", "2", "3"].map(Text::from);
            Some(CardSlip { terminal, mask, rrn, tref })
        };
        for (receipt, total, parts) in [
            (receipt(100_000, 0, 227_000, slip()), "327,000", &[("Voucher", "100,000"), ("Card", "227,000")][..]),
            (receipt(0, 0, 54_500, slip()), "54,500", &[("Card", "54,500")]),
            (receipt(0, 0, 54_500, None), "54,500", &[("Wallet", "54,500")]),
            (receipt(54_500, 0, 0, None), "54,500", &[("Voucher", "54,500")]),
            (receipt(5, 7, 9, None), "21", &[("Voucher", "5"), ("Credit", "7"), ("Wallet", "9")]),
        ] {
            let sums = Sums::of_receipt(&receipt, Lang::En);
            let of = |(name, amount): &(&'static str, &str)| Part { name, amount: (*amount).to_owned() };
            let parts: Vec<Part> = parts.iter().map(of).collect();
            assert_eq!(sums.as_ref().map(|sums| (sums.total.as_str(), &sums.parts)), Some((total, &parts)));
            assert_eq!(sums.map(|sums| sums.is_split()), Some(parts.len() > 1));
        }
        assert_eq!(Sums::of_receipt(&receipt(i64::MAX, 1, 0, None), Lang::En), None);
    }
}
