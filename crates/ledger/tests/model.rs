//! Seeded random sequences against a slow, obvious model: the model keeps the list of all that happened and sums it up anew
//! for each question. Same outcomes, all accounts sum to zero, no flagged account overdrawn, after each of 120,000 steps.

use fastrand::Rng;
use std::collections::BTreeMap;

use ledger::{
    Account, AccountId, AccountKind, AccountStatus, Books, Limit, Refusal, Rial, Step, TransferId, TransferKind,
};

const SEQUENCES: u64 = 300;
const STEPS: usize = 400;
const ACCOUNTS: i64 = 6;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Hold {
    Open,
    Posted(i64),
    Freed(Refusal),
}

/// One step that was applied, in wide integers.
#[derive(Clone, Debug)]
enum Fact {
    Moved { debit: i64, credit: i64, amount: i64 },
    Held { id: i64, debit: i64, credit: i64, amount: i64, end: Option<i64>, hold: Hold },
}

#[derive(Clone, Default)]
struct Model {
    facts: Vec<Fact>,
    limits: BTreeMap<i64, (Limit, AccountStatus)>,
}

impl Model {
    /// (debits posted, credits posted, debits pending, credits pending) of an account, summed from the beginning.
    fn sums(&self, account: i64) -> [i128; 4] {
        let mut sums = [0i128; 4];
        let mut add = |debit: i64, credit: i64, amount: i64, at: usize| {
            if debit == account {
                sums[at] += i128::from(amount);
            }
            if credit == account {
                sums[at + 1] += i128::from(amount);
            }
        };
        for fact in &self.facts {
            match fact {
                Fact::Moved { debit, credit, amount } => add(*debit, *credit, *amount, 0),
                Fact::Held { debit, credit, amount, hold: Hold::Open, .. } => add(*debit, *credit, *amount, 2),
                Fact::Held { debit, credit, hold: Hold::Posted(part), .. } => add(*debit, *credit, *part, 0),
                Fact::Held { .. } => {}
            }
        }
        sums
    }

    fn overdrawn(&self, account: i64) -> Option<Refusal> {
        let [dp, cp, dq, cq] = self.sums(account);
        match self.limits[&account].0 {
            Limit::DebitsMustNotExceedCredits if dp + dq > cp => Some(Refusal::ExceedsCredits),
            Limit::CreditsMustNotExceedDebits if cp + cq > dp => Some(Refusal::ExceedsDebits),
            _ => None,
        }
    }

    fn overflows(&self, account: i64) -> bool {
        let [dp, cp, dq, cq] = self.sums(account);
        dp + dq > i128::from(i64::MAX) || cp + cq > i128::from(i64::MAX)
    }

    fn apply(&mut self, chain: &[Step], now: i64, first_id: i64) -> Result<(), Refusal> {
        let mut next = self.clone();
        for (step, id) in chain.iter().zip(first_id..) {
            next.step(step, now, id)?;
        }
        *self = next;
        Ok(())
    }

    fn step(&mut self, step: &Step, now: i64, id: i64) -> Result<(), Refusal> {
        match *step {
            Step::Post { debit, credit, amount } => {
                let fact = Fact::Moved { debit: debit.0, credit: credit.0, amount: amount.get() };
                self.take(debit.0, credit.0, amount.get(), fact)
            }
            Step::Pend { debit, credit, amount, expires_at_ms: end } => {
                let (debit, credit, amount) = (debit.0, credit.0, amount.get());
                self.take(debit, credit, amount, Fact::Held { id, debit, credit, amount, end, hold: Hold::Open })
            }
            Step::PostPending { pending, amount } => {
                if amount.is_some_and(|amount| amount.get() <= 0) {
                    return Err(Refusal::AmountNotPositive);
                }
                let (held, end, hold) = self.held(pending.0)?;
                if end.is_some_and(|end| now >= end) {
                    return Err(Refusal::PendingPastExpiry);
                }
                let amount = amount.map_or(held, Rial::get);
                if amount > held {
                    return Err(Refusal::AmountExceedsPending);
                }
                *hold = Hold::Posted(amount);
                Ok(())
            }
            Step::VoidPending { pending } => {
                *self.held(pending.0)?.2 = Hold::Freed(Refusal::PendingAlreadyVoided);
                Ok(())
            }
            Step::ExpirePending { pending } => {
                let (_, end, hold) = self.held(pending.0)?;
                if end.is_none_or(|end| now < end) {
                    return Err(Refusal::PendingNotYetExpired);
                }
                *hold = Hold::Freed(Refusal::PendingAlreadyExpired);
                Ok(())
            }
        }
    }

    fn take(&mut self, debit: i64, credit: i64, amount: i64, fact: Fact) -> Result<(), Refusal> {
        if amount <= 0 {
            return Err(Refusal::AmountNotPositive);
        }
        if debit == credit {
            return Err(Refusal::SameAccount);
        }
        let debit_status = self.limits.get(&debit).ok_or(Refusal::DebitAccountNotFound)?.1;
        let credit_status = self.limits.get(&credit).ok_or(Refusal::CreditAccountNotFound)?.1;
        if matches!(debit_status, AccountStatus::NoDebits | AccountStatus::Closed) {
            return Err(Refusal::DebitAccountClosed);
        }
        if matches!(credit_status, AccountStatus::NoCredits | AccountStatus::Closed) {
            return Err(Refusal::CreditAccountClosed);
        }
        self.facts.push(fact);
        if self.overflows(debit) || self.overflows(credit) {
            return Err(Refusal::Overflow);
        }
        match self.overdrawn(debit).or(self.overdrawn(credit)) {
            Some(refusal) => Err(refusal),
            None => Ok(()),
        }
    }

    fn held(&mut self, wanted: i64) -> Result<(i64, Option<i64>, &mut Hold), Refusal> {
        for fact in &mut self.facts {
            if let Fact::Held { id, amount, end, hold, .. } = fact
                && *id == wanted
            {
                return match *hold {
                    Hold::Open => Ok((*amount, *end, hold)),
                    Hold::Posted(_) => Err(Refusal::PendingAlreadyPosted),
                    Hold::Freed(refusal) => Err(refusal),
                };
            }
        }
        Err(Refusal::PendingNotFound)
    }
}

fn random_amount(dice: &mut Rng) -> Rial {
    Rial::new(match dice.i64(0..40) {
        0 => 0,
        1 => -dice.i64(0..10),
        2 => i64::MAX - dice.i64(0..100),
        _ => 1 + dice.i64(0..60),
    })
}

fn random_step(dice: &mut Rng, now: i64, next_id: i64) -> Step {
    let account = |dice: &mut Rng| AccountId(dice.i64(0..(ACCOUNTS + 1)) + i64::from(dice.i64(0..30) == 0));
    let pending = |dice: &mut Rng| TransferId((next_id - dice.i64(0..25)).max(0));
    match dice.i64(0..10) {
        0..=3 => Step::Post { debit: account(dice), credit: account(dice), amount: random_amount(dice) },
        4..=6 => Step::Pend {
            debit: account(dice),
            credit: account(dice),
            amount: random_amount(dice),
            expires_at_ms: (dice.i64(0..2) == 0).then(|| now + dice.i64(0..40)),
        },
        7 => Step::PostPending { pending: pending(dice), amount: (dice.i64(0..2) == 0).then(|| random_amount(dice)) },
        8 => Step::VoidPending { pending: pending(dice) },
        _ => Step::ExpirePending { pending: pending(dice) },
    }
}

fn compare(books: &Books, model: &Model) {
    let (mut posted, mut pending) = (0i128, 0i128);
    for account in books.accounts() {
        let b = account.balances;
        let sums =
            [b.debits_posted, b.credits_posted, b.debits_pending, b.credits_pending].map(|r| i128::from(r.get()));
        assert_eq!(sums, model.sums(account.id.0), "{account:?}");
        assert_eq!(model.overdrawn(account.id.0), None, "{account:?}");
        posted += sums[1] - sums[0];
        pending += sums[3] - sums[2];
    }
    assert_eq!((posted, pending), (0, 0), "all accounts sum to zero");
}

/// Replays what [`Books`] recorded: the entry number in each transfer follows from the transfers before it.
fn audit(books: &Books) {
    let mut entries: BTreeMap<AccountId, i64> = BTreeMap::new();
    for transfer in books.transfers() {
        for (account, after) in [(transfer.debit, transfer.debit_after), (transfer.credit, transfer.credit_after)] {
            let count = entries.entry(account).or_default();
            *count += 1;
            assert_eq!(after.entries, *count, "{transfer:?}");
        }
        assert!(
            !matches!(transfer.kind, TransferKind::Posted | TransferKind::Pending) || transfer.debit != transfer.credit
        );
    }
    for (account, count) in entries {
        assert_eq!(books.account(account).unwrap().balances.entries, count);
    }
}

#[test]
fn random_chains_have_the_outcomes_and_balances_of_a_model_that_only_sums_up() {
    let (mut applied, mut refused, mut steps) = (0u64, BTreeMap::<Refusal, u64>::new(), 0usize);
    for seed in 1..=SEQUENCES {
        let mut dice = Rng::with_seed(seed);
        let (mut books, mut model) = (Books::default(), Model::default());
        for id in 0..ACCOUNTS {
            let limit = match id {
                0 => Limit::None,
                1 => Limit::CreditsMustNotExceedDebits,
                _ => Limit::DebitsMustNotExceedCredits,
            };
            let status = match (id == ACCOUNTS - 1, seed % 3) {
                (true, 0) => AccountStatus::NoDebits,
                (true, 1) => AccountStatus::NoCredits,
                _ => AccountStatus::Open,
            };
            books.put_account(Account { limit, status, ..Account::open(AccountId(id), AccountKind::Deposit) });
            model.limits.insert(id, (limit, status));
        }
        let (mut now, mut next_id, mut done) = (0, 1, 0);
        while done < STEPS {
            now += dice.i64(0..3);
            let length = if dice.i64(0..5) == 0 { 1 + dice.i64(0..4) } else { 1 };
            let chain: Vec<Step> = (0..length).map(|_| random_step(&mut dice, now, next_id)).collect();
            let expected = model.apply(&chain, now, next_id);
            let first = next_id;
            let got = books.apply(&chain, now, 0, || {
                let id = TransferId(next_id);
                next_id += 1;
                id
            });
            assert_eq!(got, expected, "seed {seed}, {chain:?}");
            match got {
                Ok(()) => applied += 1,
                Err(refusal) => {
                    next_id = first;
                    *refused.entry(refusal).or_default() += 1;
                }
            }
            compare(&books, &model);
            done += chain.len();
        }
        audit(&books);
        steps += done;
    }
    assert!(steps >= 100_000 && applied > 15_000, "{steps} steps, {applied} chains applied");
    for refusal in Refusal::ALL {
        assert!(refused.contains_key(&refusal), "{refusal:?} never came up");
    }
}
