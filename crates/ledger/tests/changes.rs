//! What books tell of their changes, which is what a store writes.

use ledger::{Account, AccountId, AccountKind, AccountStatus, Books, Pending, PendingState, Rial, Step, TransferId};

const KNOWN: AccountId = AccountId(1);
const OTHER: AccountId = AccountId(2);
const NEW: AccountId = AccountId(3);
const NEWER: AccountId = AccountId(4);
const HELD: TransferId = TransferId(11);

fn account(id: AccountId) -> Account {
    Account::open(id, AccountKind::Nostro)
}

fn closed(id: AccountId) -> Account {
    Account { status: AccountStatus::Closed, ..account(id) }
}

/// Books with two accounts and a hold between them, unchanged.
fn loaded() -> Books {
    let mut books = Books::default();
    books.put_account(account(KNOWN));
    books.put_account(account(OTHER));
    let (amount, state) = (Rial::new(10), PendingState::Open);
    books.put_pending(Pending { id: HELD, debit: KNOWN, credit: OTHER, amount, expires_at_ms: None, state });
    books
}

fn post(books: &mut Books) {
    let step = Step::Post { debit: KNOWN, credit: OTHER, amount: Rial::new(5) };
    books.apply(&[step], 1_000, 0, || TransferId(100)).unwrap();
}

fn void(books: &mut Books) {
    books.apply(&[Step::VoidPending { pending: HELD }], 1_000, 0, || TransferId(101)).unwrap();
}

/// Changes of each kind alone.
const CHANGES: [fn(&mut Books); 4] =
    [|books| books.open_account(account(NEW)), |books| books.open_account(closed(KNOWN)), post, void];

#[test]
fn an_account_that_is_opened_is_new_once_and_one_that_existed_is_changed() {
    let mut books = loaded();
    books.open_account(account(NEW));
    books.open_account(account(NEWER));
    books.open_account(closed(NEW));
    books.open_account(closed(KNOWN));
    let statuses = |accounts: &mut dyn Iterator<Item = &Account>| -> Vec<(AccountId, AccountStatus)> {
        accounts.map(|account| (account.id, account.status)).collect()
    };
    let (closed, open) = (AccountStatus::Closed, AccountStatus::Open);
    assert_eq!(statuses(&mut books.new_accounts()), [(NEW, closed), (NEWER, open)]);
    assert_eq!(statuses(&mut books.accounts_with_new_status()), [(KNOWN, closed)]);
    assert_eq!(statuses(&mut books.opened_accounts()), [(NEW, closed), (NEWER, open), (KNOWN, closed)]);
}

#[test]
fn books_are_unchanged_until_any_change_and_again_when_it_is_rolled_back() {
    assert!(loaded().is_unchanged());
    for (at, change) in CHANGES.iter().enumerate() {
        let mut books = loaded();
        let before = books.savepoint();
        change(&mut books);
        assert!(!books.is_unchanged(), "{at}");
        assert_ne!(books, loaded(), "{at}");
        books.roll_back(&before);
        assert!(books.is_unchanged(), "{at}");
        assert_eq!(books, loaded(), "{at}");
    }
}

#[test]
fn a_hold_that_is_voided_is_a_changed_pending_transfer() {
    let mut books = loaded();
    void(&mut books);
    let changed: Vec<_> = books.changed_pendings().map(|pending| (pending.id, pending.state)).collect();
    assert_eq!(changed, [(HELD, PendingState::Voided)]);
}

#[test]
fn books_are_equal_if_both_their_rows_and_their_changes_are() {
    let mut opened = loaded();
    opened.open_account(account(NEW));
    let mut put = loaded();
    put.put_account(account(NEW));
    assert_ne!(opened, put, "the same rows, but one is a change");
    let mut closes = loaded();
    closes.open_account(closed(KNOWN));
    let mut opens = loaded();
    opens.open_account(account(KNOWN));
    assert_ne!(closes, opens, "the same change, but other rows");
}

#[test]
fn a_replay_takes_its_transfers_one_by_one_and_keeps_the_balances() {
    let mut books = loaded();
    void(&mut books);
    post(&mut books);
    let taken = |books: &mut Books| books.take_last_transfer().map(|transfer| transfer.id);
    assert_eq!(
        [taken(&mut books), taken(&mut books), taken(&mut books)],
        [Some(TransferId(100)), Some(TransferId(101)), None]
    );
    assert!(books.is_unchanged());
    assert_eq!(books.account(OTHER).unwrap().balances.credits_posted, Rial::new(5));
}

#[test]
fn what_is_forgotten_is_not_rolled_back() {
    let mut books = loaded();
    let before = books.savepoint();
    post(&mut books);
    books.forget_undo();
    books.roll_back(&before);
    assert_eq!(books.account(OTHER).unwrap().balances.credits_posted, Rial::new(5));
}
