//! A number is given once, and a new row does not overwrite an acknowledged one.

use std::collections::BTreeMap;

use ledger::{Account, AccountId, AccountStatus, Rial, Step, TransferId};
use payments::{
    AuditId, AuditLine, Channel, Job, JobId, JobKind, Keys, Message, MessageId, MessageState, Proposal, ProposalId,
    ProposalState, ProposedAction, ReleaseSuspense, Text, View,
};
use store::{Flusher, Page, Writer};

use super::first_edition;
use super::test_store::{TestStore, in_each_store, now};
use super::{ACCOUNTS, NOSTRO, found};

fn text(text: &str) -> Text {
    Text::from(text)
}

fn audit_line(id: AuditId) -> AuditLine {
    AuditLine { id, at_ms: id.0, by: text("amir"), action: text("gate"), subject: text("7"), detail: text("Closed") }
}

fn proposal(id: ProposalId) -> Proposal {
    let release = ReleaseSuspense { transfer: TransferId(id.0), amount: Rial::new(1_001_000), account: AccountId(3) };
    let (action, state) = (ProposedAction::Release(release), ProposalState::Open);
    Proposal { id, action, by: text("amir"), reason: text("found"), at_ms: id.0, state, seen: None }
}

fn message(id: MessageId) -> Message {
    let (to, error) = (text("09120000000"), text(""));
    let state = MessageState::Queued;
    Message {
        id,
        channel: Channel::Sms,
        to,
        text: None,
        state,
        tries: 0,
        at_ms: id.0,
        ended_at_ms: None,
        error,
        about: None,
    }
}

fn job(id: JobId) -> Job {
    Job::new(id, id.0, JobKind::ExpireHold(TransferId(1)))
}

type Put = fn(&mut View, i64);

/// Tables to whose rows no other row refers.
const TABLES: [(&str, Put); 4] = [
    ("audit_line", |view, id| view.audit_lines.put(AuditId(id), audit_line(AuditId(id)))),
    ("proposal", |view, id| view.proposals.put(ProposalId(id), proposal(ProposalId(id)))),
    ("message", |view, id| view.messages.put(MessageId(id), message(MessageId(id)))),
    ("job", |view, id| view.jobs.put(JobId(id), job(JobId(id)))),
];

fn begin(writer: &mut Writer) -> View {
    let mut view = writer.view();
    writer.load(&Keys::default(), &mut view).unwrap();
    view
}

fn end(writer: &mut Writer, flusher: &Flusher, view: View) {
    let commit = writer.commit(view).unwrap();
    flusher.flush(commit).unwrap();
}

#[test]
fn a_number_that_was_given_is_not_given_again_after_a_restart_whatever_it_was_for() {
    in_each_store("numbers", |test_store| {
        let mut last = 0;
        for round in 0..12 {
            let (mut writer, flusher, _reader) = test_store.open(50);
            for (name, put) in TABLES {
                let mut view = begin(&mut writer);
                // No row has the second number.
                let (first, second) = (view.ids.take(), view.ids.take());
                assert!(first > last, "round {round}: {first} was given before, now for a row of {name}");
                put(&mut view, first);
                last = second;
                end(&mut writer, &flusher, view);
            }
        }
    });
}

#[test]
fn more_numbers_than_a_block_has_are_given_once_too() {
    in_each_store("blocks", |test_store| {
        let mut last = 0;
        for _ in 0..3 {
            let (mut writer, flusher, _reader) = test_store.open(50);
            for _ in 0..20 {
                let mut view = begin(&mut writer);
                for _ in 0..1_000 {
                    let id = view.ids.take();
                    assert!(id > last);
                    last = id;
                }
                view.audit_lines.put(AuditId(last), audit_line(AuditId(last)));
                end(&mut writer, &flusher, view);
            }
        }
    });
}

#[test]
fn a_new_row_never_takes_the_place_of_one_that_is_there() {
    for (name, put) in TABLES {
        in_each_store(&format!("insert-{name}"), |test_store| {
            let id = {
                let (mut writer, flusher, _reader) = test_store.open(50);
                let mut view = begin(&mut writer);
                let id = view.ids.take();
                put(&mut view, id);
                end(&mut writer, &flusher, view);
                let mut view = begin(&mut writer);
                put(&mut view, id);
                let again = writer.commit(view);
                assert!(again.is_err(), "{name}: a row with number {id} was written over another");
                id
            };
            let (_writer, _flusher, reader) = test_store.open(50);
            let lines = now(reader.audit_lines(Page { after: i64::MAX, limit: 10 }));
            let expected: Vec<_> = (name == "audit_line").then(|| audit_line(AuditId(id))).into_iter().collect();
            assert_eq!(lines, expected);
        });
    }
}

/// A store of the first edition has no counter: numbers continue after the highest of all its tables, audit lines and proposals included.
#[test]
fn numbers_of_an_older_store_go_on_behind_all_of_its_rows() {
    const HIGHEST: i64 = 1_234_567;
    for (name, _) in TABLES {
        let test_store = first_edition::directory(&format!("older-{name}"));
        let TestStore::Directory(path) = &test_store else { unreachable!("it is a directory") };
        let connection = rusqlite::Connection::open(path.join("daric.db")).unwrap();
        let moved = format!("UPDATE {name} SET id = {HIGHEST} WHERE id = (SELECT max(id) FROM {name})");
        assert_eq!(connection.execute(&moved, []).unwrap(), 1, "{name}");
        drop(connection);
        let (mut writer, _flusher, _reader) = test_store.open(50);
        assert_eq!(begin(&mut writer).ids.take(), HIGHEST + 1, "behind the rows of {name}");
        writer.abandon().unwrap();
    }
}

/// A slice of the compaction is written within a later commit, and holds accounts as they were before that commit.
#[test]
fn an_account_s_status_is_as_it_was_last_set_after_a_restart() {
    in_each_store("gates", |test_store| {
        let mut set: BTreeMap<AccountId, AccountStatus> =
            (0..ACCOUNTS).map(|id| (AccountId(id), AccountStatus::Open)).collect();
        for round in 0..30 {
            let (mut writer, flusher, reader) = test_store.open(8);
            if round == 0 {
                found(&mut writer, &flusher);
            }
            let statuses: BTreeMap<_, _> = now(reader.accounts(Page { after: -1, limit: 100 }))
                .into_iter()
                .filter(|account| account.id != NOSTRO)
                .map(|account| (account.id, account.status))
                .collect();
            assert_eq!(statuses, set, "round {round}");
            for step in 0..7 + round {
                let mut view = writer.view();
                let accounts = set.keys().copied().chain([NOSTRO]).collect();
                writer.load(&Keys { accounts, ..Keys::default() }, &mut view).unwrap();
                for credit in set.keys().copied() {
                    let step = Step::Post { debit: NOSTRO, credit, amount: Rial::new(1) };
                    let ids = &mut view.ids;
                    view.books.apply(&[step], 0, 0, || TransferId(ids.take())).unwrap();
                }
                let id = AccountId((round + step) % ACCOUNTS);
                let known = *view.books.account(id).unwrap();
                let status =
                    if known.status == AccountStatus::Open { AccountStatus::NoDebits } else { AccountStatus::Open };
                view.books.open_account(Account { status, ..known });
                set.insert(id, status);
                end(&mut writer, &flusher, view);
            }
        }
    });
}
