//! Snapshots: all rows at once, put back in one commit.

use payments::{AuditId, AuditLine, Keys, Text};
use store::{Flusher, Page, Wipe, Writer};

use super::test_store::{in_each_store, now};
use super::{check, found, key, submit};

/// More than these stores take.
const ENOUGH: usize = 64 * 1024 * 1024;

fn audit(writer: &mut Writer, flusher: &Flusher, action: &str) -> AuditId {
    let mut view = writer.view();
    writer.load(&Keys::default(), &mut view).unwrap();
    let id = AuditId(view.ids.take());
    let [by, action, subject, detail] = ["api", action, "", ""].map(Text::from);
    view.audit_lines.put(id, AuditLine { id, at_ms: 1, by, action, subject, detail });
    flusher.flush(writer.commit(view).unwrap()).unwrap();
    id
}

#[test]
fn a_snapshot_is_put_back_whole_and_no_number_is_given_again() {
    in_each_store("snapshot", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(10);
        found(&mut writer, &flusher);
        submit(&mut writer, &flusher, 0, 60);
        let before = audit(&mut writer, &flusher, "before");
        assert!(writer.snapshot(1_000).unwrap().is_none(), "it takes more");
        let snapshot = writer.snapshot(ENOUGH).unwrap().unwrap();
        assert!(snapshot.rows > 60 && snapshot.bytes > 60 * 100, "{} rows, {} bytes", snapshot.rows, snapshot.bytes);
        let mut last = before;
        for _ in 0..2 {
            submit(&mut writer, &flusher, 60, 25);
            let after = audit(&mut writer, &flusher, "after");
            assert!(after > last, "{after:?} was given before");
            last = after;
            check(&reader, 85);
            writer.wipe(Wipe::AllButAudit).unwrap();
            writer.restore(&snapshot.tables).unwrap();
            writer.abandon().unwrap();
            check(&reader, 85);
            writer.wipe(Wipe::AllButAudit).unwrap();
            writer.restore(&snapshot.tables).unwrap();
            let view = writer.view();
            flusher.flush(writer.commit(view).unwrap()).unwrap();
            check(&reader, 60);
            assert_eq!(now(reader.order(key(61))), None);
            let lines = now(reader.audit_lines(Page { after: i64::MAX, limit: 10 }));
            assert!([before, after].iter().all(|id| lines.iter().any(|line| line.id == *id)), "{lines:?}");
        }
        // The rows are the same again, but for the audit.
        let again = writer.snapshot(ENOUGH).unwrap().unwrap();
        assert_eq!(again.rows, snapshot.rows + 2);
        assert_eq!(again.tables.transfers, snapshot.tables.transfers);
        assert_eq!(again.tables.orders, snapshot.tables.orders);
        assert_eq!(again.tables.accounts, snapshot.tables.accounts);
        // What a restore leaves can be opened, and goes on.
        drop((writer, flusher, reader));
        let (mut writer, flusher, reader) = test_store.open(10);
        check(&reader, 60);
        submit(&mut writer, &flusher, 60, 5);
        check(&reader, 65);
    });
}
