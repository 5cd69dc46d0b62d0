//! The money of an invoice: where it came from, and how a refund divides it (pod.md 3.0).

use ledger::Rial;

use crate::{InvoiceId, Leg, PartyId, Text};

/// How the rest of an invoice was paid, after voucher and credit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Means {
    /// From the wallet of the payer.
    Wallet,
    /// By card, on a page of the gateway.
    Card(CardSlip),
    /// By card, at a terminal of the shop.
    Pos(PosSlip),
    /// From a guild account of the payer.
    Guild,
    /// By another invoice (set-off).
    Invoice(InvoiceId),
    /// Outside this platform: no money was moved.
    Outside,
}

/// The numbers of a card payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CardSlip {
    /// The gateway's terminal number; `LOC`: a sandbox's payment that asked no network.
    pub terminal: Text,
    /// First six and last four digits of the card's number.
    pub mask: Text,
    /// Retrieval reference number: twelve digits.
    pub rrn: Text,
    /// The gateway's reference: eighteen digits.
    pub tref: Text,
}

/// The numbers of a payment at a terminal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PosSlip {
    /// The terminal's number.
    pub terminal: Text,
    /// The terminal's retrieval reference; empty: it was not kept.
    pub reference: Text,
    /// The terminal's trace number; empty: it was not kept.
    pub tracking: Text,
}

/// A payment that was made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payment {
    /// When the money was taken, in milliseconds of Unix time.
    pub at_ms: i64,
    /// The party that paid; `None`: not known.
    pub payer: Option<PartyId>,
    /// How the rest was paid, after voucher and credit.
    pub means: Means,
    /// The rest, in rials; zero if no money was moved.
    pub rest: Rial,
    /// The parts that credit paid, in the order in which it was spent.
    pub legs: Vec<Leg>,
    /// The instant for which the payment had been registered, in milliseconds of Unix time; `None`: it was no future payment.
    pub promised_ms: Option<i64>,
}

impl Payment {
    /// What the issuer received, in rials: rest and credit; `None`: the sum does not fit.
    pub fn received(&self) -> Option<Rial> {
        self.delegated()?.checked_add(self.rest)
    }

    /// What credit paid, in rials; `None`: the sum does not fit.
    pub fn delegated(&self) -> Option<Rial> {
        self.legs.iter().try_fold(Rial::ZERO, |sum, leg| sum.checked_add(leg.amount))
    }

    /// Splits a refund off the payment: first from the rest, then from credit, the part that was spent last first. An amount beyond the payment is
    /// cut: a refund is never more than what was received.
    pub fn take_out(&self, amount: Rial) -> (GivenBack, Self) {
        let mut left = self.clone();
        let mut still = amount.max(Rial::ZERO);
        let rest = less(&mut left.rest, &mut still);
        let mut legs = Vec::new();
        for leg in left.legs.iter_mut().rev() {
            let amount = less(&mut leg.amount, &mut still);
            if amount.is_positive() {
                legs.push(Leg { amount, ..*leg });
            }
        }
        left.legs.retain(|leg| leg.amount.is_positive());
        (GivenBack { rest, legs }, left)
    }

    /// The same for a payment of which `gone` has returned to the payer in another way: a refund is made of what is there beyond it, and the payment
    /// keeps it.
    pub fn take_out_beyond(&self, gone: Rial, amount: Rial) -> (GivenBack, Self) {
        let (_, there) = self.take_out(gone);
        let (back, _) = there.take_out(amount);
        let mut given = back.clone();
        let mut left = self.clone();
        less(&mut left.rest, &mut given.rest);
        for leg in &mut left.legs {
            let of_leg = given.legs.iter_mut().filter(|given| given.credit == leg.credit);
            of_leg.for_each(|given| _ = less(&mut leg.amount, &mut given.amount));
        }
        left.legs.retain(|leg| leg.amount.is_positive());
        (back, left)
    }
}

/// A refund: the rest goes to the payer, credit to its delegators.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GivenBack {
    /// What is refunded of the rest, in rials.
    pub rest: Rial,
    /// What is refunded of credit.
    pub legs: Vec<Leg>,
}

/// Moves up to `wanted` out of `there`, and returns the amount that was moved.
fn less(there: &mut Rial, wanted: &mut Rial) -> Rial {
    let taken = (*there).min(*wanted);
    match (there.checked_sub(taken), wanted.checked_sub(taken)) {
        (Some(left), Some(still)) if taken.is_positive() => {
            (*there, *wanted) = (left, still);
            taken
        }
        _ => Rial::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CreditId;

    fn legs(of: &[(i64, i64)]) -> Vec<Leg> {
        let leg = |(id, amount): &(i64, i64)| Leg {
            credit: CreditId(*id),
            delegator: PartyId(103),
            amount: Rial::new(*amount),
        };
        of.iter().map(leg).collect()
    }

    #[test]
    fn what_has_returned_in_another_way_is_not_refunded_again_and_stays_in_the_payment() {
        let payment = |rest, of: &[(i64, i64)]| Payment {
            at_ms: 1,
            payer: None,
            means: Means::Wallet,
            rest: Rial::new(rest),
            legs: legs(of),
            promised_ms: None,
        };
        let whole = || payment(50, &[(1, 30), (2, 20)]);
        for (gone, amount, back, left) in [
            (0, 60, (50, vec![(2, 10)]), payment(0, &[(1, 30), (2, 10)])),
            (50, 50, (0, vec![(2, 20), (1, 30)]), payment(50, &[])),
            (20, 40, (30, vec![(2, 10)]), payment(20, &[(1, 30), (2, 10)])),
            (60, 40, (0, vec![(2, 10), (1, 30)]), payment(50, &[(2, 10)])),
            (100, 1, (0, vec![]), whole()),
        ] {
            let (given, kept) = whole().take_out_beyond(Rial::new(gone), Rial::new(amount));
            assert_eq!(given, GivenBack { rest: Rial::new(back.0), legs: legs(&back.1) }, "{gone} {amount}");
            assert_eq!(kept, left, "{gone} {amount}");
        }
    }

    #[test]
    fn a_refund_takes_the_rest_first_then_credit_and_never_more_than_was_received() {
        // pod.md 3.0, refund; 3.12, reduceInvoice.
        let payment = |rest: i64, credit: &[(i64, i64)]| Payment {
            at_ms: 1,
            payer: Some(PartyId(101)),
            means: Means::Wallet,
            rest: Rial::new(rest),
            legs: legs(credit),
            promised_ms: None,
        };
        let paid = payment(100, &[(1, 50), (2, 30)]);
        for (amount, back, left) in [
            (0, (0, &[][..]), (100, &[(1, 50), (2, 30)][..])),
            (-5, (0, &[]), (100, &[(1, 50), (2, 30)])),
            (99, (99, &[]), (1, &[(1, 50), (2, 30)])),
            (110, (100, &[(2, 10)]), (0, &[(1, 50), (2, 20)])),
            (140, (100, &[(2, 30), (1, 10)]), (0, &[(1, 40)])),
            (180, (100, &[(2, 30), (1, 50)]), (0, &[])),
            (i64::MAX, (100, &[(2, 30), (1, 50)]), (0, &[])),
        ] {
            let (found, rest) = paid.take_out(Rial::new(amount));
            assert_eq!(found, GivenBack { rest: Rial::new(back.0), legs: legs(back.1) }, "{amount}");
            assert_eq!(rest, payment(left.0, left.1), "{amount}");
            let back = found.legs.iter().try_fold(found.rest, |sum, leg| sum.checked_add(leg.amount));
            let sum = back.and_then(|back| back.checked_add(rest.received()?));
            assert_eq!(sum, paid.received(), "{amount}: what goes back and what stays is what was received");
        }
        let outside = Payment { means: Means::Outside, ..payment(0, &[]) };
        assert_eq!(outside.received(), Some(Rial::ZERO));
    }
}
