//! A verification finds rows that were changed behind the store's back.

use ledger::{Account, AccountId, AccountKind, AccountStatus, Rial, Step, TransferId};
use payments::{
    AuditId, AuditLine, CardReceivable, CardReceivableId, Channel, Cycle, CycleId, InvoiceId, Job, JobId, JobKind,
    Keys, Message, MessageId, MessageState, OrderId, PartyId, Text,
};

use store::{Memory, Tables};

use crate::test_store::{TestStore, in_each_database};
use crate::{NOSTRO, found, submit};

#[test]
fn an_audit_names_what_was_changed_behind_the_store_s_back() {
    // Look-up rows that a directory writes when it compacts; a database has constraints instead.
    let of_directories = [
        ("UPDATE transfer_order SET track_id = 'stolen' WHERE id = (SELECT min(id) FROM transfer_order)", "trackId"),
        ("DELETE FROM entry WHERE account = 2 AND seq = 1", "its entry on account 2"),
        ("DELETE FROM order_track WHERE id = (SELECT min(id) FROM order_track)", "its trackId leads to None"),
    ];
    for (sql, named) in of_directories {
        names_what_was_changed(&TestStore::directory("audit"), sql, named);
    }
    for (sql, named) in [
        ("UPDATE transfer SET amount = amount + 1 WHERE id = (SELECT max(id) FROM transfer)", "replayed"),
        ("DELETE FROM transfer WHERE id = (SELECT max(id) FROM transfer)", "missing transfer: Some"),
        ("DELETE FROM transfer WHERE id = (SELECT min(id) FROM transfer)", "is missing before it"),
        (
            "UPDATE transfer_order SET amount = 1000000 WHERE id = (SELECT min(id) FROM transfer_order)",
            "more should be taken",
        ),
        (
            "UPDATE transfer_order SET state = 7, transfer = NULL, fee = 9 WHERE id = (SELECT min(id) FROM transfer_order)",
            "9 more",
        ),
        ("UPDATE account SET credits_posted = credits_posted + 5 WHERE id = 1062", "account 1062"),
        ("UPDATE account SET gate = 3 WHERE id = 2", "account 2: its status is Closed, and the audit says Open"),
        ("UPDATE id_block SET next = 1000000 WHERE id = 1", "the next number is Some(1000000)"),
        (
            "UPDATE transfer_order SET cycle = 5, left_out_of = 6 WHERE id = (SELECT min(id) FROM transfer_order)",
            "it goes with a cycle and was left out of one",
        ),
    ] {
        in_each_database("audit", |test_store| names_what_was_changed(test_store, sql, named));
    }
}

fn names_what_was_changed(test_store: &TestStore, sql: &str, named: &str) {
    {
        let (mut writer, flusher, _reader) = test_store.open(10);
        found(&mut writer, &flusher);
        for round in 0..8 {
            submit(&mut writer, &flusher, round * 20, 20);
        }
    }
    test_store.tamper(sql);
    test_store.verify_names(sql, named);
}

fn gathering(cycle: CycleId) -> Cycle {
    Cycle {
        id: cycle,
        cutoff_ms: 1,
        settle_ms: 2,
        settled_to: (AccountId(0), OrderId(0)),
        settled: 0,
        returned: 0,
        settled_at_ms: None,
        closed_at_ms: None,
        file: None,
        leaving: None,
    }
}

#[test]
fn an_order_that_a_settled_cycle_has_left_waiting_is_found() {
    const WAITS: &str = "UPDATE transfer_order SET cycle = 5, state = 6, transfer = NULL
        WHERE id = (SELECT min(id) FROM transfer_order)";
    in_each_database("left-waiting", |test_store| {
        {
            let (mut writer, flusher, _reader) = test_store.open(10);
            found(&mut writer, &flusher);
            submit(&mut writer, &flusher, 0, 20);
            let (mut view, cycle) = (writer.view(), CycleId(5));
            writer.load(&Keys { cycles: vec![cycle], ..Keys::default() }, &mut view).unwrap();
            view.cycles.put(cycle, Cycle { settled_at_ms: Some(3), ..gathering(cycle) });
            flusher.flush(writer.commit(view).unwrap()).unwrap();
        }
        test_store.tamper(WAITS);
        test_store.verify_names(WAITS, "its cycle 5 has settled without it");
    });
}

/// Commits rows that each need a job, with their jobs. Returns the number of each job, and the difference that is found without it.
fn due(test_store: &TestStore) -> Vec<(i64, String)> {
    let (mut writer, flusher, _reader) = test_store.open(10);
    found(&mut writer, &flusher);
    let mut view = writer.view();
    let accounts = vec![NOSTRO, AccountId(1), payments::CARD_NETWORK];
    writer.load(&Keys { accounts, ..Keys::default() }, &mut view).unwrap();
    view.books.open_account(Account::open(payments::CARD_NETWORK, AccountKind::Nostro));
    let ids = &mut view.ids;
    let (receivable, message, hold) = (CardReceivableId(ids.take()), MessageId(ids.take()), TransferId(ids.take()));
    let cycle = CycleId(621_403_010_102);
    let step = Step::Pend { debit: AccountId(1), credit: NOSTRO, amount: Rial::new(5), expires_at_ms: Some(99) };
    view.books.apply(&[step], 0, 0, || hold).unwrap();
    view.cycles.put(cycle, gathering(cycle));
    let waits =
        CardReceivable { id: receivable, invoice: InvoiceId(0), issuer: PartyId(7), guild: 1, amount: Rial::ZERO };
    view.card_receivables.put(receivable, waits);
    let text = Text::from("text");
    let queued = Message {
        id: message,
        channel: Channel::Sms,
        to: Text::clone(&text),
        text: Some(Text::clone(&text)),
        state: MessageState::Queued,
        tries: 0,
        at_ms: 0,
        ended_at_ms: None,
        error: text,
        about: None,
    };
    view.messages.put(message, queued);
    let kinds = [
        JobKind::SettleCycle(cycle),
        JobKind::SettleCardReceivable(receivable),
        JobKind::Send(message),
        JobKind::ExpireHold(hold),
    ];
    let mut jobs = Vec::new();
    for kind in kinds {
        let id = JobId(view.ids.take());
        view.jobs.put(id, Job::new(id, 99, kind));
        jobs.push((id.0, format!("the job {kind:?} is missing")));
    }
    flusher.flush(writer.commit(view).unwrap()).unwrap();
    jobs
}

#[test]
fn a_job_that_something_waits_for_is_missed() {
    for at in 0..4 {
        in_each_database("missed-job", |test_store| {
            let (id, named) = due(test_store).swap_remove(at);
            test_store.verify_names_nothing();
            test_store.tamper(&format!("DELETE FROM job WHERE id = {id}"));
            test_store.verify_names(&named, &named);
        });
    }
}

#[test]
fn what_an_account_may_do_is_what_the_audit_says() {
    in_each_database("audited", |test_store| {
        {
            let (mut writer, flusher, _reader) = test_store.open(10);
            found(&mut writer, &flusher);
            for status in [AccountStatus::NoDebits, AccountStatus::Closed] {
                let mut view = writer.view();
                writer.load(&Keys { accounts: vec![AccountId(3)], ..Keys::default() }, &mut view).unwrap();
                let account = *view.books.account(AccountId(3)).unwrap();
                view.books.open_account(Account { status, ..account });
                let id = AuditId(view.ids.take());
                let [by, action, subject] = ["admin", "gate", "3"].map(Text::from);
                let detail = Text::from(format!("{status:?}"));
                view.audit_lines.put(id, AuditLine { id, at_ms: 0, by, action, subject, detail });
                flusher.flush(writer.commit(view).unwrap()).unwrap();
            }
        }
        test_store.verify_names_nothing();
        test_store.tamper("UPDATE account SET gate = 1 WHERE id = 3");
        test_store.verify_names("an older status", "account 3: its status is NoDebits, and the audit says Closed");
    });
}

#[test]
fn an_audit_of_a_store_in_memory_names_what_was_changed_too() {
    type Change = fn(&mut Tables);
    let changes: [(Change, &str); 5] = [
        (|tables| tables.accounts.get_mut(&NOSTRO).unwrap().balances.entries += 1, "account 1062"),
        (
            |tables| tables.accounts.get_mut(&AccountId(2)).unwrap().status = AccountStatus::Closed,
            "account 2: its status is Closed",
        ),
        (|tables| _ = tables.transfers.pop_first(), "is missing before it"),
        (|tables| _ = tables.transfers.pop_last(), "missing transfer: Some"),
        (|tables| tables.next_id = 1_000_000, "the next number is Some(1000000)"),
    ];
    for (change, named) in changes {
        let memory = Memory::default();
        let test_store = TestStore::Memory(memory.clone());
        {
            let (mut writer, flusher, _reader) = test_store.open(10);
            found(&mut writer, &flusher);
            submit(&mut writer, &flusher, 0, 20);
        }
        test_store.verify_names_nothing();
        memory.change(change);
        test_store.verify_names(named, named);
    }
}
