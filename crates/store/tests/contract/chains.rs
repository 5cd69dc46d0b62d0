//! The hash chains over the audit and the ledger: what they cover, and what a verification finds.

use ledger::Transfer;
use payments::{AuditId, AuditLine, Chain, Keys, Seal, SealKey, Text};
use schema::Table;
use std::time::Duration;
use store::{AuditPage, Chained, Error, Flusher, Head, LINK_ROWS, Location, Page, Reader, Tables, Writer};

use crate::test_store::{TestStore, in_each_database, in_each_store, now};
use crate::{found, try_submit};

/// Does something with the store, again after each conflict: on PostgreSQL sealing takes the writer's numbers away once.
fn again<T>(mut what: impl FnMut() -> Result<T, Error>) -> T {
    loop {
        match what() {
            Err(Error::Conflict(_)) => {}
            done => return done.unwrap(),
        }
    }
}

fn transfers((writer, flusher): (&mut Writer, &Flusher), first: i64, count: i64) {
    let commit = again(|| try_submit(writer, first, count));
    flusher.flush(commit).unwrap();
}

/// Commits an audit line, and returns its number.
fn line((writer, flusher): (&mut Writer, &Flusher), by: &str, action: &str, subject: &str, at_ms: i64) -> i64 {
    let (id, commit) = again(|| {
        let mut view = writer.view();
        writer.load(&Keys::default(), &mut view)?;
        let id = AuditId(view.ids.take());
        let [by, action, subject, detail] = [by, action, subject, "why"].map(Text::from);
        view.audit_lines.put(id, AuditLine { id, at_ms, by, action, subject, detail });
        Ok((id, writer.commit(view)?))
    });
    flusher.flush(commit).unwrap();
    id.0
}

/// Appends a link to each chain that has rows without one.
fn seal((writer, flusher): (&mut Writer, &Flusher), reader: &Reader) {
    let below = now(reader.seal_horizon());
    for chain in Chain::ALL {
        let last = now(reader.last_seal(chain));
        let after = last.map_or(i64::MIN, |last| last.last);
        let content = now(reader.chain_content(chain, after, below, LINK_ROWS));
        if content.rows == 0 {
            continue;
        }
        let key = SealKey { chain, number: last.map_or(1, |last| last.key.number + 1) };
        let bare =
            Seal { key, first: content.first, last: content.last, rows: content.rows, at_ms: 1_000_000, hash: [0; 32] };
        let link = Seal { hash: bare.hash_after(last.as_ref(), &content.hash), ..bare };
        let commit = again(|| {
            let mut view = writer.view();
            writer.load(&Keys { seals: vec![key], ..Keys::default() }, &mut view)?;
            view.seals.put(key, link);
            writer.commit(view)
        });
        flusher.flush(commit).unwrap();
        assert_eq!(now(reader.last_seal(chain)), Some(link));
    }
}

/// A store with two links in each chain, and a row without one. In a directory, the look-ups of the first transfers are compacted: a start and a
/// verification read the others back, and refuse those that contradict themselves.
fn two_links(test_store: &TestStore) -> Vec<Head> {
    let (mut writer, flusher, reader) = test_store.open(1);
    found(&mut writer, &flusher);
    for round in 0..2 {
        transfers((&mut writer, &flusher), round * 20, 20);
        for at_ms in 0..3 {
            line((&mut writer, &flusher), "admin", "close job", "7", at_ms);
        }
        seal((&mut writer, &flusher), &reader);
    }
    line((&mut writer, &flusher), "admin", "close job", "8", 9);
    let last = Chain::ALL.map(|chain| now(reader.last_seal(chain)).unwrap());
    last.map(|seal| Head { key: seal.key, hash: seal.hash }).into()
}

#[test]
fn chains_cover_all_rows_but_those_after_their_last_link() {
    in_each_store("chains", |test_store| {
        let heads = two_links(test_store);
        let report = test_store.verified(heads);
        assert_eq!((report.differences, report.listed), (0, Vec::new()));
        let counts =
            |Chained { head, sealed, unsealed, .. }: &Chained| (head.map(|head| head.key.number), *sealed, *unsealed);
        let counts: Vec<_> = report.chains.iter().map(counts).collect();
        assert_eq!(counts, [(Some(2), 6, 1), (Some(2), 47, 0)]);
    });
}

/// A change of a column, the change back, and what names it.
type Change = (String, String, &'static str);

/// A change of a column that holds numbers, in the row for which a condition holds; `back`: the condition for the row after the change.
fn number(table: &str, field: &str, (row, back): (&str, &str), named: &'static str) -> Change {
    let set = |change: &str, row: &str| format!("UPDATE {table} SET {field} = {field} {change} WHERE {row}");
    (set("+ 1", row), set("- 1", back), named)
}

/// The same for a column without a value.
fn null(table: &str, field: &str, row: &str, named: &'static str) -> Change {
    let set = |value: &str| format!("UPDATE {table} SET {field} = {value} WHERE {row}");
    (set("1"), set("NULL"), named)
}

/// The same for a column that holds texts.
fn text(table: &str, field: &str, row: &str, named: &'static str) -> Change {
    let set = |value: String| format!("UPDATE {table} SET {field} = {value} WHERE {row}");
    (set(format!("'@' || {field}")), set(format!("substr({field}, 2)")), named)
}

/// A change of each column of each chained table, and of each column of a link but its hash.
fn changes() -> Vec<Change> {
    const TRANSFER: &str = "id = (SELECT max(id) FROM transfer)";
    // The last line has no link.
    const LINE: &str = "id = (SELECT max(last_id) FROM seal WHERE chain = 1)";
    const LINK: &str = "chain = 2 AND number = 2";
    // This one is compacted: see `two_links`.
    const FIRST: &str = "id = (SELECT first_id FROM seal WHERE chain = 2 AND number = 1)";
    let of_transfer = |field: &&str| match *field {
        "kind" => number("transfer", field, (FIRST, FIRST), "ledger: link 1 (rows "),
        "pending" | "expires_at_ms" => null("transfer", field, FIRST, "ledger: link 1 (rows "),
        _ => number("transfer", field, (TRANSFER, TRANSFER), "ledger: link 2 (rows "),
    };
    let of_line = |field: &&str| match *field {
        "id" => (
            format!("UPDATE audit_line SET id = id + 900000 WHERE {LINE}"),
            "UPDATE audit_line SET id = id - 900000 WHERE id = (SELECT max(id) FROM audit_line)".to_owned(),
            "audit: link 2 (rows ",
        ),
        "at_ms" => number("audit_line", field, (LINE, LINE), "audit: link 2 (rows "),
        _ => text("audit_line", field, LINE, "audit: link 2 (rows "),
    };
    let mut all: Vec<Change> = Transfer::FIELDS.iter().map(of_transfer).collect();
    all.extend(AuditLine::FIELDS.iter().map(of_line));
    all.extend(
        ["first_id", "last_id", "row_count", "at_ms"]
            .map(|field| number("seal", field, (LINK, LINK), "ledger: link 2 (rows ")),
    );
    all.push(number("seal", "number", (LINK, "chain = 2 AND number = 3"), "ledger: link 2 is missing before link 3"));
    all.push(number("seal", "chain", (LINK, "chain = 3 AND number = 2"), "seal: "));
    assert_eq!(all.len(), Transfer::FIELDS.len() + AuditLine::FIELDS.len() + Seal::FIELDS.len() - 1);
    all
}

#[test]
fn a_byte_that_is_changed_in_any_column_breaks_the_link_that_covers_it() {
    in_each_database("chain-bytes", |test_store| {
        two_links(test_store);
        let zeros = match test_store {
            TestStore::Directory(_) => "zeroblob(32)",
            TestStore::Database(_) | TestStore::Memory(_) => "decode(repeat('00', 32), 'hex')",
        };
        for (change, undo, named) in changes() {
            test_store.tamper(&change);
            test_store.verify_names(&change, named);
            test_store.tamper(&undo);
        }
        test_store.verify_names_nothing();
        let hash = format!("UPDATE seal SET hash = {zeros} WHERE chain = 1 AND number = 1");
        test_store.tamper(&hash);
        test_store.verify_names(&hash, "audit: link 1 (rows ");
    });
}

#[test]
fn a_row_that_is_added_or_removed_breaks_its_link_and_the_first_broken_one_is_named() {
    let first = "(SELECT min(id) FROM audit_line)";
    for (sql, named) in [
        (format!("DELETE FROM audit_line WHERE id = {first}"), "audit: link 1 (rows "),
        (
            format!(
                "INSERT INTO audit_line (id, at_ms, operator, action, subject, detail)
                SELECT id - 1, 5, 'x', 'x', 'x', 'x' FROM audit_line WHERE id = {first}"
            ),
            "audit: link 1 (rows ",
        ),
        ("DELETE FROM seal WHERE chain = 2 AND number = 1".to_owned(), "ledger: link 1 is missing before link 2"),
    ] {
        in_each_database("chain-rows", |test_store| {
            two_links(test_store);
            test_store.tamper(&sql);
            test_store.verify_names(&sql, named);
        });
    }
}

#[test]
fn an_exported_head_shows_a_past_that_was_rewritten_or_removed_with_its_links() {
    in_each_database("chain-heads", |test_store| {
        let heads = two_links(test_store);
        // An attacker removes the end of the audit, and all that says so.
        test_store.tamper("DELETE FROM seal WHERE chain = 1 AND number = 2");
        assert_eq!(test_store.verified(Vec::new()).differences, 0, "the store alone does not show it");
        let report = test_store.verified(heads.clone());
        let wanted = ["audit: link 2 was exported, and the chain ends with link 1"];
        assert_eq!(report.listed, wanted, "the store and the heads do");
        let other: Vec<Head> = heads.into_iter().map(|head| Head { hash: [7; 32], ..head }).collect();
        let listed = test_store.verified(other).listed;
        assert!(listed.contains(&"ledger: link 2 is not the one that was exported: the past was rewritten".to_owned()));
    });
}

#[test]
fn a_store_in_memory_has_the_same_chains() {
    type Change = fn(&mut Tables);
    let changes: [(Change, &str); 3] = [
        (|tables| _ = tables.audit_lines.pop_first(), "audit: link 1 (rows "),
        (|tables| tables.transfers.first_entry().unwrap().get_mut().cause = 5, "ledger: link 1 (rows "),
        (|tables| _ = tables.seals.pop_first(), "audit: link 1 is missing before link 2"),
    ];
    for (change, named) in changes {
        let memory = store::Memory::default();
        let test_store = TestStore::Memory(memory.clone());
        two_links(&test_store);
        test_store.verify_names_nothing();
        memory.change(change);
        test_store.verify_names(named, named);
    }
    // Both databases and the memory give the same rows the same content.
    let contents = std::sync::Mutex::new(Vec::new());
    in_each_store("chain-content", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(10);
        found(&mut writer, &flusher);
        transfers((&mut writer, &flusher), 0, 20);
        let content = now(reader.chain_content(Chain::Ledger, i64::MIN, i64::MAX, usize::MAX));
        contents.lock().unwrap().push((content.rows, content.last - content.first));
    });
    let contents = contents.into_inner().unwrap();
    assert_eq!(contents.len(), 3);
    assert!(contents.iter().all(|content| *content == contents[0]), "{contents:?}");
}

#[test]
fn a_process_in_a_batch_keeps_the_horizon_below_its_numbers() {
    let test_store = TestStore::database();
    let (mut first, flusher, _reader) = test_store.open(10);
    found(&mut first, &flusher);
    let (mut second, _, _) = test_store.open(10);
    let Location::Database { url, .. } = test_store.location(10) else { panic!("it is a database") };
    // Another process that seals, and does not wait long.
    let (_sealing, _, reader) = store::open(&Location::Database { url, timeout: Duration::from_millis(200) }).unwrap();
    let mut view = second.view();
    second.load(&Keys::default(), &mut view).unwrap();
    let id = AuditId(view.ids.take());
    assert!(now(reader.seal_horizon()) <= id.0, "its batch is not committed");
    let [by, action, subject, detail] = ["x"; 4].map(Text::from);
    view.audit_lines.put(id, AuditLine { id, at_ms: 1, by, action, subject, detail });
    second.commit(view).unwrap();
    // Both processes are parked: what they write now has numbers above the horizon.
    let horizon = now(reader.seal_horizon());
    assert!(horizon > id.0);
    for writer in [&mut first, &mut second] {
        let late = line((writer, &flusher), "admin", "late", "", 1);
        assert!(late >= horizon, "{late} below {horizon}");
    }
}

#[test]
fn the_audit_is_searched_by_author_action_subject_and_time() {
    in_each_store("audit-search", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(10);
        let mut add = |by, action, subject, at_ms| line((&mut writer, &flusher), by, action, subject, at_ms);
        // The clock of a sandbox may go back: numbers are not in the order of time.
        let a = add("admin", "sign in", "1", 30);
        let b = add("second", "sign in", "2", 10);
        let c = add("admin", "resolve", "1", 20);
        let d = add("admin", "sign in", "1", 20);
        let text = |text: &str| Some(Text::from(text));
        let all = || AuditPage::newest(9);
        for (page, found) in [
            (all(), vec![a, d, c, b]),
            (AuditPage { limit: 2, ..all() }, vec![a, d]),
            (AuditPage { before: (20, d), ..all() }, vec![c, b]),
            (AuditPage { by: text("admin"), ..all() }, vec![a, d, c]),
            (AuditPage { action: text("sign in"), ..all() }, vec![a, d, b]),
            (AuditPage { subject: text("1"), action: text("resolve"), ..all() }, vec![c]),
            (AuditPage { since_ms: 20, until_ms: 30, ..all() }, vec![d, c]),
            (AuditPage { by: text("admin"), since_ms: 21, ..all() }, vec![a]),
            (AuditPage { by: text("nobody here"), ..all() }, vec![]),
        ] {
            let lines = now(reader.audit_search(page.clone()));
            assert_eq!(lines.iter().map(|line| line.id.0).collect::<Vec<_>>(), found, "{page:?}");
        }
        assert_eq!(now(reader.audit_lines(Page { after: i64::MAX, limit: 9 })).len(), 4);
    });
}
