//! Funds behind credits, and spending and restoring credits.

use ledger::Rial;

use crate::invoice::effects::available;
use crate::invoice::find::enabled;
use crate::view::{Keys, View};
use crate::{CreditBook, GivenBack, Invoice, Leg, PartyId, wallet};

/// Names the rows that decide how much the delegators' credits can pay.
pub(crate) fn available_funds_keys(delegators: impl Iterator<Item = PartyId>, keys: &mut Keys) {
    for delegator in delegators {
        keys.accounts.push(wallet(delegator));
        keys.parties.push(delegator);
    }
}

/// Available funds of a delegator's wallet, in rials; zero while the delegator is disabled.
pub(crate) fn available_funds(view: &View, delegator: PartyId) -> Rial {
    match enabled(view, delegator) {
        Ok(()) => available(view, wallet(delegator)),
        Err(_) => Rial::ZERO,
    }
}

/// Restores the credits of a payment by what a refund gives back of them.
pub(crate) fn restore_credit(view: &mut View, invoice: &Invoice, back: &GivenBack) {
    unspend(view, invoice.state.payment().and_then(|payment| payment.payer), &back.legs);
}

/// Restores what was spent of a holder's credits.
pub(crate) fn unspend(view: &mut View, holder: Option<PartyId>, legs: &[Leg]) {
    let Some(book) = holder.and_then(|holder| view.credit_books.get(&holder).cloned()) else { return };
    let mut book = CreditBook::clone(&book);
    for leg in legs {
        if let Some(credit) = book.credits.iter_mut().find(|credit| credit.id == leg.credit) {
            credit.left = view.sound(credit.left.checked_add(leg.amount), "credit_book: a limit does not fit");
        }
    }
    if !legs.is_empty() {
        view.credit_books.put(book.holder, book);
    }
}

/// Reduces a holder's credits by what is spent of them.
pub(crate) fn spend(view: &mut View, holder: Option<PartyId>, legs: &[Leg]) {
    if let Some(book) = holder.and_then(|holder| view.credit_books.get(&holder).cloned())
        && !legs.is_empty()
    {
        let book = spent(&book, legs, view);
        view.credit_books.put(book.holder, book);
    }
}

/// The holder's credits after some of them were spent.
pub(crate) fn spent(book: &CreditBook, legs: &[Leg], view: &mut View) -> CreditBook {
    let mut book = book.clone();
    for leg in legs {
        if let Some(credit) = book.credits.iter_mut().find(|credit| credit.id == leg.credit) {
            let left = credit.left.checked_sub(leg.amount).filter(|left| *left >= Rial::ZERO);
            credit.left = view.sound(left, "credit_book: a leg is more than its credit");
        }
    }
    book
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Credit, Text};
    use crate::{CreditId, Ids};

    #[test]
    fn a_leg_beyond_its_credit_is_a_contradiction_and_leaves_no_credit_at_nothing() {
        let (delegator, holder) = (PartyId(103), PartyId(201));
        let credit = Credit { id: CreditId(1), delegator, holder, hash: Text::from("h"), left: Rial::new(5) };
        let book = CreditBook { holder, credits: vec![credit] };
        for (amount, left, contradiction) in
            [(5, 0, None), (4, 1, None), (6, 0, Some("credit_book: a leg is more than its credit"))]
        {
            let mut view = View::new(Ids::from(1));
            let legs = [Leg { credit: CreditId(1), delegator, amount: Rial::new(amount) }];
            assert_eq!(spent(&book, &legs, &mut view).credits[0].left, Rial::new(left), "{amount}");
            assert_eq!(view.contradiction, contradiction, "{amount}");
        }
    }
}
