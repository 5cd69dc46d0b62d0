//! What all decisions that move money share: the house's own accounts, chains of ledger steps, and holds with their capture and release.

use ledger::{Account, AccountId, AccountKind, Refusal as LedgerRefusal, Rial, Step, TransferId};

use crate::view::View;
use crate::{Bank, Hold, Now, Order, OrderId};

/// The greatest number of steps in a chain of this module.
const STEPS: usize = 6;

/// The account that stands for a hosted bank's money at other banks. Well-known account numbers are below [`crate::FIRST_ID`].
pub fn nostro(bank: Bank) -> AccountId {
    AccountId(1_000 + i64::from(bank.number()))
}

/// The credit account of the holds of a hosted bank's orders.
pub fn clearing(bank: Bank) -> AccountId {
    AccountId(2_000 + i64::from(bank.number()))
}

/// The account that collects the fees of services.
pub const FEE_INCOME: AccountId = AccountId(3_000);

/// The account for money whose destination takes no credits.
pub const SUSPENSE: AccountId = AccountId(3_001);

/// Opens one of the house's own accounts if it is not open yet.
pub(crate) fn ensure(view: &mut View, id: AccountId, kind: AccountKind) {
    if view.books.account(id).is_none() {
        view.books.open_account(Account::open(id, kind));
    }
}

/// Applies a chain of steps. Returns the numbers of its transfers in the order of the steps; unused places are 0.
pub(crate) fn apply(
    view: &mut View,
    chain: &[Step],
    now: &Now,
    order: OrderId,
) -> Result<[TransferId; STEPS], LedgerRefusal> {
    let ids = &mut view.ids;
    let (mut taken, mut numbers) = (0, [TransferId(0); STEPS]);
    let next = || {
        let id = TransferId(ids.take());
        if let Some(slot) = numbers.get_mut(taken) {
            *slot = id;
        }
        taken += 1;
        id
    };
    view.books.apply(chain, now.at_ms, order.0, next)?;
    Ok(numbers)
}

/// Why the ledger refuses the steps of a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BookingRefusal {
    /// The source does not cover the amount.
    InsufficientFunds,
    /// A sum of one of the accounts would overflow.
    AmountDoesNotFit,
    /// One of the accounts does not exist or takes no entries.
    AccountNotUsable,
}

impl From<LedgerRefusal> for BookingRefusal {
    fn from(refusal: LedgerRefusal) -> Self {
        match refusal {
            LedgerRefusal::ExceedsCredits => Self::InsufficientFunds,
            LedgerRefusal::Overflow => Self::AmountDoesNotFit,
            _ => Self::AccountNotUsable,
        }
    }
}

/// The steps that hold an amount and its fee on a source account.
pub(crate) fn hold_steps(source: AccountId, towards: AccountId, amount: Rial, fee: Rial) -> Vec<Step> {
    let pend = |credit, amount| Step::Pend { debit: source, credit, amount, expires_at_ms: None };
    let mut steps = vec![pend(towards, amount)];
    if fee.is_positive() {
        steps.push(pend(FEE_INCOME, fee));
    }
    steps
}

/// The hold that the steps of [`hold_steps`] made.
pub(crate) fn hold_of(numbers: &[TransferId], fee: Rial) -> Hold {
    Hold { amount: numbers[0], fee: fee.is_positive().then_some(numbers[1]) }
}

/// The steps that capture a held amount and its fee, and move the amount on to `to`.
pub(crate) fn capture_steps(view: &View, order: &Order, hold: Hold, to: AccountId) -> Vec<Step> {
    let mut steps = vec![Step::PostPending { pending: hold.amount, amount: None }];
    if let Some(pending) = hold.fee {
        steps.push(Step::PostPending { pending, amount: None });
    }
    let towards = view.books.pending(hold.amount).map_or(to, |pending| pending.credit);
    if towards != to {
        steps.push(Step::Post { debit: towards, credit: to, amount: order.amount });
    }
    steps
}

/// The steps that release a held amount and its fee.
pub(crate) fn free_steps(hold: Hold) -> Vec<Step> {
    let void = |pending| Step::VoidPending { pending };
    [Some(hold.amount), hold.fee].into_iter().flatten().map(void).collect()
}

/// Whether an account exists and takes credits.
pub(crate) fn takes_credits(view: &View, id: AccountId) -> bool {
    view.books.account(id).is_some_and(|account| account.status.takes_credits())
}

/// Applies a chain that ends at `to`. If `to` takes no credits or the ledger refuses the chain, the chain ends at suspense instead, so that a
/// decided order is always booked. Returns the account that has the money, and the first transfer.
pub(crate) fn apply_or_suspend(
    view: &mut View,
    now: &Now,
    order: OrderId,
    to: AccountId,
    chain: impl Fn(&View, AccountId) -> Vec<Step>,
) -> Result<(AccountId, TransferId), BookingRefusal> {
    if takes_credits(view, to) {
        let steps = chain(view, to);
        if let Ok(numbers) = apply(view, &steps, now, order) {
            return Ok((to, numbers[0]));
        }
    }
    ensure(view, SUSPENSE, AccountKind::Suspense);
    let steps = chain(view, SUSPENSE);
    let numbers = apply(view, &steps, now, order)?;
    Ok((SUSPENSE, numbers[0]))
}
