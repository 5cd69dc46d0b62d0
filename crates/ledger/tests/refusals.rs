//! Every refusal in order of precedence: each row provokes its own refusal and, where possible, later ones too.

use ledger::{
    Account, AccountId, AccountKind, AccountStatus, Books, Limit, Pending, PendingState, Refusal, Rial, Step,
    TransferId,
};

const NOW_MS: i64 = 1_000;

const RICH: AccountId = AccountId(1);
const POOR: AccountId = AccountId(2);
const CLOSED: AccountId = AccountId(3);
const FULL: AccountId = AccountId(4);
const STRICT: AccountId = AccountId(5);
const MISSING: AccountId = AccountId(99);

fn account(id: AccountId, limit: Limit, debits: i64, credits: i64) -> Account {
    let mut account = Account::open(id, AccountKind::Deposit);
    account.limit = limit;
    account.balances.debits_posted = Rial::new(debits);
    account.balances.credits_posted = Rial::new(credits);
    account
}

fn pending(id: i64, debit: AccountId, state: PendingState, expires_at_ms: Option<i64>) -> Pending {
    Pending { id: TransferId(id), debit, credit: POOR, amount: Rial::new(10), expires_at_ms, state }
}

fn world() -> Books {
    let mut books = Books::default();
    books.put_account(account(RICH, Limit::DebitsMustNotExceedCredits, 0, 100));
    books.put_account(account(POOR, Limit::DebitsMustNotExceedCredits, 0, 0));
    books.put_account(Account {
        status: AccountStatus::Closed,
        ..account(CLOSED, Limit::DebitsMustNotExceedCredits, 0, 0)
    });
    books.put_account(account(FULL, Limit::None, i64::MAX, i64::MAX));
    books.put_account(account(STRICT, Limit::CreditsMustNotExceedDebits, 0, 0));
    for (id, debit, state, end) in [
        (11, RICH, PendingState::Posted, None),
        (12, RICH, PendingState::Voided, None),
        (13, RICH, PendingState::Expired, None),
        (14, RICH, PendingState::Open, Some(NOW_MS)),
        (15, RICH, PendingState::Open, Some(NOW_MS + 1)),
        (16, RICH, PendingState::Open, None),
        (17, MISSING, PendingState::Posted, None),
    ] {
        books.put_pending(pending(id, debit, state, end));
    }
    books
}

fn post(debit: AccountId, credit: AccountId, amount: i64) -> Step {
    Step::Post { debit, credit, amount: Rial::new(amount) }
}

fn pend(debit: AccountId, credit: AccountId, amount: i64) -> Step {
    Step::Pend { debit, credit, amount: Rial::new(amount), expires_at_ms: None }
}

fn post_pending(id: i64, amount: Option<i64>) -> Step {
    Step::PostPending { pending: TransferId(id), amount: amount.map(Rial::new) }
}

fn check(table: &[(Step, Refusal)]) {
    for (step, expected) in table {
        let mut books = world();
        let before: Vec<Account> = sorted(&books);
        let got = books.apply(&[*step], NOW_MS, 0, || TransferId(100));
        assert_eq!(got, Err(*expected), "{step:?}");
        assert_eq!(sorted(&books), before, "{step:?} changed an account");
        assert!(books.transfers().is_empty() && books.changed_pendings().count() == 0, "{step:?} left a trace");
    }
}

fn sorted(books: &Books) -> Vec<Account> {
    let mut all: Vec<Account> = books.accounts().copied().collect();
    all.sort_by_key(|account| account.id);
    all
}

#[test]
fn every_refusal_has_a_step_that_provokes_it_and_the_first_of_several_is_given() {
    use Refusal::*;
    let table = [
        (post(MISSING, MISSING, 0), AmountNotPositive),
        (pend(MISSING, MISSING, -1), AmountNotPositive),
        (post_pending(99, Some(0)), AmountNotPositive),
        (post(MISSING, MISSING, 1), SameAccount),
        (pend(RICH, RICH, 1), SameAccount),
        (post(MISSING, CLOSED, 1), DebitAccountNotFound),
        (post_pending(17, None), DebitAccountNotFound),
        (post(CLOSED, MISSING, 1), CreditAccountNotFound),
        (post_pending(99, Some(1)), PendingNotFound),
        (Step::VoidPending { pending: TransferId(99) }, PendingNotFound),
        (Step::ExpirePending { pending: TransferId(99) }, PendingNotFound),
        (post_pending(11, Some(11)), PendingAlreadyPosted),
        (Step::VoidPending { pending: TransferId(12) }, PendingAlreadyVoided),
        (Step::ExpirePending { pending: TransferId(13) }, PendingAlreadyExpired),
        (post_pending(14, Some(11)), PendingPastExpiry),
        (Step::ExpirePending { pending: TransferId(15) }, PendingNotYetExpired),
        (Step::ExpirePending { pending: TransferId(16) }, PendingNotYetExpired),
        (post_pending(16, Some(11)), AmountExceedsPending),
        (post(CLOSED, FULL, 1), DebitAccountClosed),
        (post(POOR, CLOSED, 1), CreditAccountClosed),
        (post(FULL, POOR, 1), Overflow),
        (pend(POOR, FULL, 1), Overflow),
        (post(POOR, STRICT, 1), ExceedsCredits),
        (pend(RICH, POOR, 101), ExceedsCredits),
        (post(RICH, STRICT, 1), ExceedsDebits),
    ];
    check(&table);
    for refusal in Refusal::ALL {
        assert!(table.iter().any(|(_, provoked)| *provoked == refusal), "{refusal:?} has no row");
    }
    assert!(table.is_sorted_by_key(|(_, refusal)| *refusal), "rows follow the order of precedence");
}

#[test]
fn a_status_stops_new_movements_of_its_side_only() {
    use Refusal::{CreditAccountClosed, DebitAccountClosed};
    for (status, debit, credit) in [
        (AccountStatus::Open, Ok(()), Ok(())),
        (AccountStatus::NoDebits, Err(DebitAccountClosed), Ok(())),
        (AccountStatus::NoCredits, Ok(()), Err(CreditAccountClosed)),
        (AccountStatus::Closed, Err(DebitAccountClosed), Err(CreditAccountClosed)),
    ] {
        let mut books = world();
        books.put_account(Account { status, ..account(CLOSED, Limit::DebitsMustNotExceedCredits, 0, 50) });
        assert_eq!(books.apply(&[post(CLOSED, POOR, 1)], NOW_MS, 0, || TransferId(100)), debit, "{status:?}");
        assert_eq!(books.apply(&[post(RICH, CLOSED, 1)], NOW_MS, 0, || TransferId(101)), credit, "{status:?}");
    }
}

#[test]
fn what_was_held_is_posted_although_its_account_was_closed_since() {
    let mut books = world();
    books.apply(&[pend(RICH, POOR, 60)], NOW_MS, 0, || TransferId(100)).unwrap();
    let closed = Account { status: AccountStatus::Closed, ..*books.account(RICH).unwrap() };
    books.put_account(closed);
    books.apply(&[post_pending(100, Some(20))], NOW_MS, 0, || TransferId(101)).unwrap();
    let rich = books.account(RICH).unwrap();
    assert_eq!((rich.posted(), rich.available()), (Rial::new(80), Rial::new(80)), "20 posted, 40 freed");
}

#[test]
fn a_chain_happens_whole_or_not_at_all() {
    let mut books = world();
    let before = sorted(&books);
    let chain = [pend(RICH, POOR, 60), post(RICH, POOR, 40), post(RICH, POOR, 1)];
    let mut next = 99;
    let refused = books.apply(&chain, NOW_MS, 7, || {
        next += 1;
        TransferId(next)
    });
    assert_eq!(refused, Err(Refusal::ExceedsCredits));
    assert_eq!(sorted(&books), before);
    assert!(books.pending(TransferId(100)).is_none() && books.transfers().is_empty());

    let chain = [pend(RICH, POOR, 60), post(RICH, POOR, 40), post_pending(100, None)];
    let mut next = 99;
    books
        .apply(&chain, NOW_MS, 7, || {
            next += 1;
            TransferId(next)
        })
        .unwrap();
    assert_eq!(books.account(POOR).unwrap().posted(), Rial::new(100));
    assert_eq!(
        books.transfers().iter().map(|t| (t.id.0, t.cause, t.at_ms)).collect::<Vec<_>>(),
        [(100, 7, NOW_MS), (101, 7, NOW_MS), (102, 7, NOW_MS)]
    );
    assert_eq!(books.changed_pendings().map(|p| p.state).collect::<Vec<_>>(), [PendingState::Posted]);
}

#[test]
fn an_entry_keeps_the_balance_after_it_and_its_number_on_the_account() {
    let mut books = world();
    let mut next = 99;
    let mut ids = || {
        next += 1;
        TransferId(next)
    };
    books.apply(&[post(RICH, POOR, 30), pend(RICH, POOR, 10), post(POOR, RICH, 5)], NOW_MS, 0, &mut ids).unwrap();
    let seen: Vec<_> =
        books.transfers().iter().map(|t| (t.debit_after.entries, t.credit_after.entries, t.kind.posts())).collect();
    assert_eq!(seen, [(1, 1, true), (2, 2, false), (3, 3, true)]);
    let rich = books.account(RICH).unwrap();
    assert_eq!(books.transfers()[2].credit_after, rich.balances);
    assert_eq!((rich.posted(), rich.available()), (Rial::new(75), Rial::new(65)));
}
