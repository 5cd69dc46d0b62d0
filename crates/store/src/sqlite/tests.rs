//! What only the store on SQLite has: a directory of its own, and look-ups that are settled behind the commits.

use std::path::{Path, PathBuf};

use ledger::{Account, AccountId, AccountKind, Rial, Step, TransferId};
use payments::{Bank, ClientId, GrantId, Keys, Order, OrderId, OrderKey, OrderState, Route, Text};

use crate::{Error, Flusher, Location, Reader, Writer, open, verify};

const ACCOUNTS: i64 = 7;
const NOSTRO: AccountId = AccountId(1_062);

/// A directory that goes when the test is over.
struct Home(PathBuf);

impl Home {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("daric-store-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn open_at(path: &Path, settle_after: usize) -> (Writer, Flusher, Reader) {
    open(&Location::Directory { path: path.to_owned(), settle_after }).unwrap()
}

fn key(number: i64) -> OrderKey {
    OrderKey { client: ClientId::from("drops"), track_id: Text::from(format!("track-{number}")) }
}

fn order(id: i64, number: i64, state: OrderState) -> Order {
    let text = |text: &str| Text::from(text);
    Order {
        id: OrderId(id),
        key: key(number),
        grant: GrantId(3),
        route: Route::Internal,
        state,
        bank: Bank::AYANDEH,
        source: AccountId(number % ACCOUNTS),
        source_number: text("0302876214008"),
        source_first_name: text("drops"),
        source_last_name: text(""),
        destination_number: text("IR490620000000302876732005"),
        destination_first_name: text("سمیه"),
        destination_last_name: text("خلیلی"),
        amount: Rial::new(1 + number % 9),
        description: text("شرح تراکنش"),
        payment_number: text("123456"),
        at_ms: number,
        inquiry_sequence: 1_001,
        ref_code: 508_301_100_000_001,
        request_hash: [9; 16],
    }
}

/// Opens the accounts and gives each customer a million.
fn found(writer: &mut Writer, flusher: &Flusher) {
    let mut view = writer.view();
    writer.load(&Keys::default(), &mut view).unwrap();
    view.books.open_account(Account::open(NOSTRO, AccountKind::Nostro));
    for id in 0..ACCOUNTS {
        view.books.open_account(Account::open(AccountId(id), AccountKind::Deposit));
        let step = Step::Post { debit: NOSTRO, credit: AccountId(id), amount: Rial::new(1_000_000) };
        let ids = &mut view.ids;
        view.books.apply(&[step], 0, 0, || TransferId(ids.take())).unwrap();
    }
    let commit = writer.commit(view).unwrap();
    flusher.flush(commit).unwrap();
}

/// Commits one batch of orders numbered from `first`, each with a transfer along the ring of accounts.
fn submit(writer: &mut Writer, flusher: &Flusher, first: i64, count: i64) {
    let mut view = writer.view();
    let mut keys = Keys::default();
    keys.orders.extend((first..first + count).map(key));
    keys.accounts.extend((0..ACCOUNTS).map(AccountId));
    writer.load(&keys, &mut view).unwrap();
    for number in first..first + count {
        assert!(view.orders.get(&key(number)).is_none(), "order {number} is new");
        let id = view.ids.take();
        let (debit, credit) = (AccountId(number % ACCOUNTS), AccountId((number + 1) % ACCOUNTS));
        let mut transfer = TransferId(0);
        let ids = &mut view.ids;
        let step = Step::Post { debit, credit, amount: Rial::new(1 + number % 9) };
        let next = || {
            transfer = TransferId(ids.take());
            transfer
        };
        view.books.apply(&[step], number, id, next).unwrap();
        view.orders.put(key(number), order(id, number, OrderState::Booked(transfer)));
    }
    let commit = writer.commit(view).unwrap();
    flusher.flush(commit).unwrap();
}

#[test]
fn an_audit_names_a_look_up_that_was_changed_behind_the_store_s_back() {
    let home = Home::new("audit");
    for (sql, named) in [
        ("UPDATE transfer_order SET track_id = 'stolen' WHERE id = (SELECT min(id) FROM transfer_order)", "trackId"),
        ("DELETE FROM entry WHERE account = 2 AND seq = 1", "its entry on account 2"),
        ("DELETE FROM order_track WHERE id = (SELECT min(id) FROM order_track)", "its trackId leads to None"),
    ] {
        let _ = std::fs::remove_dir_all(&home.0);
        {
            let (mut writer, flusher, _reader) = open_at(&home.0, 10);
            found(&mut writer, &flusher);
            for round in 0..8 {
                submit(&mut writer, &flusher, round * 20, 20);
            }
        }
        let connection = rusqlite::Connection::open(home.0.join("daric.db")).unwrap();
        assert_eq!(connection.execute(sql, []).unwrap(), 1, "{sql}");
        drop(connection);
        let (_writer, _flusher, reader) = open_at(&home.0, 10);
        let report = verify(&reader, &mut |_, _| {}).unwrap();
        let found = report.listed.iter().any(|line| line.contains(named));
        assert!(report.differences > 0 && found, "{sql}: {:?}", report.listed);
    }
}

#[test]
fn a_directory_belongs_to_one_process_at_a_time() {
    let home = Home::new("lock");
    let first = open_at(&home.0, 50);
    let second = open(&Location::Directory { path: home.0.clone(), settle_after: 50 });
    assert!(matches!(second, Err(Error::InUse(path)) if path == home.0));
    drop(first);
    open_at(&home.0, 50);
}
