//! Applying transfers to loaded accounts.
//!
//! Shape: a chain of [`Step`]s + the accounts and pending transfers that it names → one [`Transfer`] a step. A refusal leaves the books unchanged.
//! Order of refusals: that of [`Refusal`]: amount, identity, state, gates, money.
//! Absent: loading. An account that was not put in does not exist here.

use std::collections::HashMap;
use std::hash::Hash;

use crate::{
    Account, AccountId, Balances, Pending, PendingState, Refusal, Rial, Side, Transfer, TransferId, TransferKind,
};

/// One link of a chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Move `amount`.
    Post {
        /// The account to debit.
        debit: AccountId,
        /// The account to credit.
        credit: AccountId,
        /// How much.
        amount: Rial,
    },
    /// Hold `amount` until it is posted, voided or expired.
    Pend {
        /// The account to debit later.
        debit: AccountId,
        /// The account to credit later.
        credit: AccountId,
        /// How much.
        amount: Rial,
        /// When it may be expired, in milliseconds of Unix time; `None`: never.
        expires_at_ms: Option<i64>,
    },
    /// Post a pending transfer: `amount` of it, or all; the rest is freed.
    PostPending {
        /// The pending transfer.
        pending: TransferId,
        /// How much of it; `None`: all.
        amount: Option<Rial>,
    },
    /// Free a pending transfer.
    VoidPending {
        /// The pending transfer.
        pending: TransferId,
    },
    /// Free a pending transfer whose time has run out.
    ExpirePending {
        /// The pending transfer.
        pending: TransferId,
    },
}

/// The accounts and pending transfers that a decision has loaded, and its changes to them.
#[derive(Debug, Default)]
pub struct Books {
    accounts: HashMap<AccountId, Account>,
    pendings: HashMap<TransferId, Pending>,
    transfers: Vec<Transfer>,
    opened: Vec<Opened>,
    changed_pendings: Vec<TransferId>,
    undo: Undo,
}

/// Equal when accounts, pending transfers, transfers and the record of changes are equal; the undo log is not compared.
impl PartialEq for Books {
    fn eq(&self, other: &Self) -> bool {
        let Self { accounts, pendings, transfers, opened, changed_pendings, undo: _ } = self;
        (accounts, pendings, transfers) == (&other.accounts, &other.pendings, &other.transfers)
            && (opened, changed_pendings) == (&other.opened, &other.changed_pendings)
    }
}

/// The values before each change, oldest first; `None` for a row that did not exist.
#[derive(Debug, Default)]
struct Undo {
    accounts: Vec<(AccountId, Option<Account>)>,
    pendings: Vec<(TransferId, Option<Pending>)>,
}

/// A position in the changes, for [`Books::roll_back`].
#[derive(Clone, Copy, Debug)]
pub struct Savepoint {
    transfers: usize,
    opened: usize,
    changed_pendings: usize,
    undo: (usize, usize),
}

/// An account that was opened, or changed other than by a transfer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Opened {
    id: AccountId,
    /// It did not exist before.
    is_new: bool,
}

impl Books {
    /// Puts in an account as it was loaded.
    pub fn put_account(&mut self, account: Account) {
        self.accounts.insert(account.id, account);
    }

    /// Opens an account, or replaces one: its status, for example.
    pub fn open_account(&mut self, account: Account) {
        if !self.opened.iter().any(|opened| opened.id == account.id) {
            let is_new = !self.accounts.contains_key(&account.id);
            self.opened.push(Opened { id: account.id, is_new });
        }
        self.undo.accounts.push((account.id, self.accounts.insert(account.id, account)));
    }

    /// Marks the present position, for [`Self::roll_back`].
    pub fn savepoint(&self) -> Savepoint {
        Savepoint {
            transfers: self.transfers.len(),
            opened: self.opened.len(),
            changed_pendings: self.changed_pendings.len(),
            undo: (self.undo.accounts.len(), self.undo.pendings.len()),
        }
    }

    /// Undoes all changes since a savepoint. Nested savepoints are rolled back from the innermost out.
    pub fn roll_back(&mut self, to: &Savepoint) {
        self.transfers.truncate(to.transfers);
        self.opened.truncate(to.opened);
        self.changed_pendings.truncate(to.changed_pendings);
        let Undo { accounts, pendings } = &mut self.undo;
        for (id, before) in accounts.drain(to.undo.0.min(accounts.len())..).rev() {
            put_back(&mut self.accounts, id, before);
        }
        for (id, before) in pendings.drain(to.undo.1.min(pendings.len())..).rev() {
            put_back(&mut self.pendings, id, before);
        }
    }

    /// Discards the undo log: no savepoint made before can be rolled back any more.
    pub fn forget_undo(&mut self) {
        self.undo.accounts.clear();
        self.undo.pendings.clear();
    }

    /// The accounts that were opened or changed other than by transfers, as they stand now.
    pub fn opened_accounts(&self) -> impl Iterator<Item = &Account> {
        self.opened.iter().filter_map(|opened| self.accounts.get(&opened.id))
    }

    /// New accounts; inserting one that exists is an error.
    pub fn new_accounts(&self) -> impl Iterator<Item = &Account> {
        let new = self.opened.iter().filter(|opened| opened.is_new);
        new.filter_map(|opened| self.accounts.get(&opened.id))
    }

    /// Existing accounts that were changed other than by transfers.
    pub fn accounts_with_new_status(&self) -> impl Iterator<Item = &Account> {
        let known = self.opened.iter().filter(|opened| !opened.is_new);
        known.filter_map(|opened| self.accounts.get(&opened.id))
    }

    /// Whether these books have no changes.
    pub fn is_unchanged(&self) -> bool {
        self.transfers.is_empty() && self.opened.is_empty() && self.changed_pendings.is_empty()
    }

    /// Puts in a pending transfer as it was loaded.
    pub fn put_pending(&mut self, pending: Pending) {
        self.pendings.insert(pending.id, pending);
    }

    /// An account after all changes made here.
    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(&id)
    }

    /// All accounts, in no order.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// A pending transfer after all changes made here.
    pub fn pending(&self, id: TransferId) -> Option<&Pending> {
        self.pendings.get(&id)
    }

    /// The transfers applied here, in order.
    pub fn transfers(&self) -> &[Transfer] {
        &self.transfers
    }

    /// Removes and returns the last transfer, and clears the changes and the undo log: a long replay does not accumulate them.
    pub fn take_last_transfer(&mut self) -> Option<Transfer> {
        self.changed_pendings.clear();
        self.forget_undo();
        self.transfers.pop()
    }

    /// The pending transfers that were created or changed here, in their present state, each once.
    pub fn changed_pendings(&self) -> impl Iterator<Item = &Pending> {
        self.changed_pendings.iter().filter_map(|id| self.pendings.get(id))
    }

    /// Applies a chain: all of its steps, or none.
    ///
    /// `ids` yields a fresh number for each transfer; all of them get the instant `at_ms` (Unix milliseconds) and the cause `cause`.
    ///
    /// # Errors
    /// The refusal of the first step that cannot be applied; the books are then unchanged.
    pub fn apply(
        &mut self,
        chain: &[Step],
        at_ms: i64,
        cause: i64,
        mut ids: impl FnMut() -> TransferId,
    ) -> Result<(), Refusal> {
        let before = self.savepoint();
        for step in chain {
            if let Err(refusal) = self.step(step, at_ms, cause, &mut ids) {
                self.roll_back(&before);
                return Err(refusal);
            }
        }
        for (id, _) in &self.undo.pendings[before.undo.1..] {
            if !self.changed_pendings.contains(id) {
                self.changed_pendings.push(*id);
            }
        }
        Ok(())
    }

    fn step(
        &mut self,
        step: &Step,
        at_ms: i64,
        cause: i64,
        ids: &mut impl FnMut() -> TransferId,
    ) -> Result<(), Refusal> {
        let plan = self.plan(step, at_ms)?;
        let debit = self.accounts.get(&plan.debit).copied().ok_or(Refusal::DebitAccountNotFound)?;
        let credit = self.accounts.get(&plan.credit).copied().ok_or(Refusal::CreditAccountNotFound)?;
        let debit_after = plan.effect.on(&debit.balances, Side::Debit).ok_or(Refusal::Overflow)?;
        let credit_after = plan.effect.on(&credit.balances, Side::Credit).ok_or(Refusal::Overflow)?;
        if plan.takes_new_money && !debit_after.keep(debit.limit) {
            return Err(Refusal::ExceedsCredits);
        }
        if plan.takes_new_money && !credit_after.keep(credit.limit) {
            return Err(Refusal::ExceedsDebits);
        }
        // Nothing below can fail.
        let id = ids();
        for (before, balances) in [(debit, debit_after), (credit, credit_after)] {
            self.undo.accounts.push((before.id, self.accounts.insert(before.id, Account { balances, ..before })));
        }
        if let Some(pending) = plan.pending_after(id) {
            self.undo.pendings.push((pending.id, self.pendings.insert(pending.id, pending)));
        }
        self.transfers.push(Transfer {
            id,
            kind: plan.kind,
            debit: plan.debit,
            credit: plan.credit,
            amount: plan.amount,
            at_ms,
            cause,
            expires_at_ms: plan.expires_at_ms,
            debit_after,
            credit_after,
        });
        Ok(())
    }

    /// Checks a step in all respects but the sums.
    fn plan(&self, step: &Step, at_ms: i64) -> Result<Plan, Refusal> {
        match *step {
            Step::Post { debit, credit, amount } => {
                self.check_parties(debit, credit, amount)?;
                Ok(Plan::new(TransferKind::Posted, debit, credit, amount, Effect::Post(amount)))
            }
            Step::Pend { debit, credit, amount, expires_at_ms } => {
                self.check_parties(debit, credit, amount)?;
                let plan = Plan::new(TransferKind::Pending, debit, credit, amount, Effect::Hold(amount));
                Ok(Plan { expires_at_ms, ..plan })
            }
            Step::PostPending { pending, amount } => {
                if amount.is_some_and(|amount| !amount.is_positive()) {
                    return Err(Refusal::AmountNotPositive);
                }
                let held = self.open_pending(pending)?;
                if held.expires_at_ms.is_some_and(|end_ms| end_ms <= at_ms) {
                    return Err(Refusal::PendingPastExpiry);
                }
                let amount = amount.unwrap_or(held.amount);
                if amount > held.amount {
                    return Err(Refusal::AmountExceedsPending);
                }
                let effect = Effect::PostHeld { post: amount, free: held.amount };
                Ok(Plan::resolving(TransferKind::PostPending(pending), held, PendingState::Posted, amount, effect))
            }
            Step::VoidPending { pending } => {
                let held = self.open_pending(pending)?;
                let effect = Effect::Free(held.amount);
                Ok(Plan::resolving(TransferKind::VoidPending(pending), held, PendingState::Voided, held.amount, effect))
            }
            Step::ExpirePending { pending } => {
                let held = self.open_pending(pending)?;
                if held.expires_at_ms.is_none_or(|end_ms| end_ms > at_ms) {
                    return Err(Refusal::PendingNotYetExpired);
                }
                let kind = TransferKind::ExpirePending(pending);
                Ok(Plan::resolving(kind, held, PendingState::Expired, held.amount, Effect::Free(held.amount)))
            }
        }
    }

    fn check_parties(&self, debit: AccountId, credit: AccountId, amount: Rial) -> Result<(), Refusal> {
        if !amount.is_positive() {
            return Err(Refusal::AmountNotPositive);
        }
        if debit == credit {
            return Err(Refusal::SameAccount);
        }
        let debit = self.accounts.get(&debit).ok_or(Refusal::DebitAccountNotFound)?;
        let credit = self.accounts.get(&credit).ok_or(Refusal::CreditAccountNotFound)?;
        if !debit.status.takes(Side::Debit) {
            return Err(Refusal::DebitAccountClosed);
        }
        if !credit.status.takes(Side::Credit) {
            return Err(Refusal::CreditAccountClosed);
        }
        Ok(())
    }

    fn open_pending(&self, id: TransferId) -> Result<Pending, Refusal> {
        let pending = self.pendings.get(&id).ok_or(Refusal::PendingNotFound)?;
        self.accounts.get(&pending.debit).ok_or(Refusal::DebitAccountNotFound)?;
        self.accounts.get(&pending.credit).ok_or(Refusal::CreditAccountNotFound)?;
        match pending.state {
            PendingState::Open => Ok(*pending),
            PendingState::Posted => Err(Refusal::PendingAlreadyPosted),
            PendingState::Voided => Err(Refusal::PendingAlreadyVoided),
            PendingState::Expired => Err(Refusal::PendingAlreadyExpired),
        }
    }
}

fn put_back<K: Eq + Hash, V>(to: &mut HashMap<K, V>, key: K, before: Option<V>) {
    match before {
        Some(value) => to.insert(key, value),
        None => to.remove(&key),
    };
}

/// A step whose accounts exist and accept it; only the sums remain to be checked.
struct Plan {
    kind: TransferKind,
    debit: AccountId,
    credit: AccountId,
    amount: Rial,
    effect: Effect,
    expires_at_ms: Option<i64>,
    resolved: Option<Pending>,
    /// Whether limits are checked. Resolving a pending transfer never takes more than its hold did.
    takes_new_money: bool,
}

impl Plan {
    fn new(kind: TransferKind, debit: AccountId, credit: AccountId, amount: Rial, effect: Effect) -> Self {
        Self { kind, debit, credit, amount, effect, expires_at_ms: None, resolved: None, takes_new_money: true }
    }

    fn resolving(kind: TransferKind, held: Pending, state: PendingState, amount: Rial, effect: Effect) -> Self {
        let resolved = Some(Pending { state, ..held });
        let plan = Self::new(kind, held.debit, held.credit, amount, effect);
        Self { resolved, takes_new_money: false, ..plan }
    }

    fn pending_after(&self, id: TransferId) -> Option<Pending> {
        match self.kind {
            TransferKind::Pending => Some(Pending {
                id,
                debit: self.debit,
                credit: self.credit,
                amount: self.amount,
                expires_at_ms: self.expires_at_ms,
                state: PendingState::Open,
            }),
            _ => self.resolved,
        }
    }
}

/// The effect of a step on the sums of one account.
#[derive(Clone, Copy)]
enum Effect {
    Post(Rial),
    Hold(Rial),
    PostHeld { post: Rial, free: Rial },
    Free(Rial),
}

impl Effect {
    /// The balances after it; `None` when a sum overflows.
    fn on(self, before: &Balances, side: Side) -> Option<Balances> {
        let mut after = *before;
        let (posted, pending) = match side {
            Side::Debit => (&mut after.debits_posted, &mut after.debits_pending),
            Side::Credit => (&mut after.credits_posted, &mut after.credits_pending),
        };
        let (post, hold, free) = match self {
            Self::Post(amount) => (amount, Rial::ZERO, Rial::ZERO),
            Self::Hold(amount) => (Rial::ZERO, amount, Rial::ZERO),
            Self::PostHeld { post, free } => (post, Rial::ZERO, free),
            Self::Free(amount) => (Rial::ZERO, Rial::ZERO, amount),
        };
        *posted = posted.checked_add(post)?;
        *pending = pending.checked_add(hold)?.checked_sub(free)?;
        // A held amount must stay postable, so the posted and the pending sum of a side must fit together at all times.
        posted.checked_add(*pending)?;
        after.entries = after.entries.checked_add(1)?;
        Some(after)
    }
}
