//! Every statement of the hot path uses its index. SQLite plans without statistics here, because none are ever collected; this is tested, too.

use std::collections::BTreeSet;

use ledger::{Account, Pending, Transfer};
use payments::{AttemptCode, Chain, Deposit, Order, Rows, Text, View};
use rusqlite::Connection;

use super::queries::COMPACTED_ORDERS;
use super::queries::NEXT_DUE;
use super::schema;
use crate::chain;
use crate::listing::examples::{self, PlannedList};
use crate::model::{AuditPage, By, OrderFilter};
use crate::movement_report::{self, TotalsBy};
use crate::report::{LookUp, undecided as undecided_states};
use crate::sweep::{Engine, Rotation, SweepAt, undecided_charge};
use crate::{find, outcome_report, report};
use ::schema::{Table, codes_of};

/// The steps of a statement's query plan.
fn plan(connection: &Connection, text: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {text}")).unwrap();
    let parameters = statement.parameter_count();
    let nothing = vec![rusqlite::types::Null; parameters];
    let steps = statement.query_map(rusqlite::params_from_iter(nothing), |row| row.get::<_, String>(3)).unwrap();
    steps.map(Result::unwrap).collect()
}

/// The steps that scan a whole table.
fn scans(connection: &Connection, text: &str) -> Vec<String> {
    let is_scan = |step: &String| step.starts_with("SCAN") && !step.contains("SCAN SUBQUERY");
    plan(connection, text).into_iter().filter(is_scan).collect()
}

fn check<T: Table>(connection: &Connection) {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?)").unwrap();
    let columns: BTreeSet<String> =
        statement.query_map([T::NAME], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(columns, T::FIELDS.iter().map(|field| (*field).to_owned()).collect(), "the columns of {}", T::NAME);
    let update = (!T::CHANGING.is_empty()).then(T::update);
    for text in [T::SELECT, T::upsert(), T::insert(), T::DELETE].into_iter().chain(update) {
        assert_eq!(scans(connection, text), Vec::<String>::new(), "{text}");
    }
}

/// Statements of reports read only the rows that they are about.
fn check_reports(connection: &Connection) {
    for by in TotalsBy::ALL {
        let text = movement_report::totals(by);
        let steps = plan(connection, &text);
        let by_range = steps.iter().filter(|step| step.contains("(span=? AND begins_ms>? AND begins_ms<?)")).count();
        let whole = steps.iter().any(|step| step.starts_with("SCAN report_total"));
        assert!(by_range == 3 && !whole, "{text}: {steps:?}");
    }
    for (text, indexes) in [
        (movement_report::movements(), &["SEARCH t USING INTEGER PRIMARY KEY (rowid>?)"][..]),
        (
            movement_report::last_transfer_before(),
            &[
                "SEARCH transfer USING INTEGER PRIMARY KEY (rowid>?)",
                "SEARCH transfer USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
            ],
        ),
        (movement_report::TRANSFERS_AFTER.to_owned(), &["SEARCH transfer USING INTEGER PRIMARY KEY (rowid>?)"]),
        (movement_report::terminal_of(), &["SEARCH terminal USING INDEX"]),
        (
            outcome_report::failures(),
            &[
                "INDEX order_failed (at_ms>? AND at_ms<?)",
                "INDEX order_undecided",
                "INDEX phone_order_forgotten",
                "INDEX card_attempt_open (asked_at_ms>? AND asked_at_ms<?)",
            ],
        ),
        (outcome_report::undecided(), &["INDEX order_undecided", "INDEX card_attempt_undecided (asked_at_ms>?)"]),
    ] {
        let steps = plan(connection, &text);
        let tables =
            ["account", "transfer", "transfer_order", "invoice", "phone_order", "card_attempt", "terminal", "t"];
        let whole = |step: &&String| tables.iter().any(|table| **step == format!("SCAN {table}"));
        assert_eq!(steps.iter().find(whole), None, "{text}: {steps:?}");
        for index in indexes {
            assert!(steps.iter().any(|step| step.contains(index)), "{text}: not by {index}: {steps:?}");
        }
    }
}

#[test]
fn every_statement_of_the_hot_path_goes_by_its_index() {
    let mut connection = Connection::open_in_memory().unwrap();
    schema::migrate(&mut connection).unwrap();
    check::<Account>(&connection);
    check::<Transfer>(&connection);
    check::<Pending>(&connection);
    check::<Deposit>(&connection);
    check::<Order>(&connection);
    fn plain<K, R: Table<Key = K>>(connection: &Connection, _: fn(&View) -> &Rows<K, R>) {
        check::<R>(connection);
    }
    macro_rules! check_plain {
        (plain { $($(#[$doc:meta])* $table:ident: $row:ty,)* } apart { $($rest:tt)* }) => { $(plain(&connection, |view| &view.$table);)* };
    }
    payments::tables!(check_plain);
    for text in [
        COMPACTED_ORDERS.to_owned(),
        find::numbered(),
        find::to_settle(),
        NEXT_DUE.to_owned(),
        report::by_card_payment(),
        report::messages_about(),
        report::card_attempts_of(),
        chain::rows(Chain::Audit),
        chain::rows(Chain::Ledger),
        chain::seals(),
        chain::last_seal(),
    ] {
        assert_eq!(scans(&connection, &text), Vec::<String>::new(), "{text}");
    }
    for PlannedList { statement, sqlite, .. } in examples::statements() {
        let steps = plan(&connection, &statement.text);
        let by = |step: &String| {
            let walks = step.starts_with("SCAN") || step.starts_with("SEARCH");
            walks && step.contains(sqlite)
        };
        // The order is that of the index: nothing is sorted before the first row is found.
        let sorts = steps.iter().any(|step| step.contains("FOR ORDER BY"));
        let by_number = |step: &String| step.starts_with("SEARCH") && step.contains("id=?");
        let reads_rows = statement.text.contains("WHERE id IN");
        assert!(!reads_rows || steps.iter().any(by_number), "{}: {steps:?}", statement.text);
        assert!(steps.iter().any(by) && !sorts, "{}: not by {sqlite}: {steps:?}", statement.text);
    }
    let by_probe = examples::probes().map(|(text, _)| text);
    // Few rows are walked: those of terminals, of the businesses' own index, and those that were found.
    for (text, walked) in [
        (report::parties_named(">=", "<", ""), &["SCAN h"][..]),
        (report::phone_orders_named(LookUp::Cross), &["SCAN t"]),
        (report::invoices_billed(LookUp::Cross), &["SCAN b", "SCAN party USING COVERING INDEX party_business"]),
    ] {
        let found = scans(&connection, &text);
        let is_known = |step: &String| walked.iter().any(|known| format!("{step} ").starts_with(&format!("{known} ")));
        assert!(found.iter().all(is_known), "{text}: {found:?}");
    }
    for text in by_probe.into_iter().chain([report::saved_filters()]) {
        assert_eq!(scans(&connection, &text), Vec::<String>::new(), "{text}");
    }
    // Searches of the audit read no more lines than they show.
    let text = || Some(Text::from("x"));
    let all = || AuditPage::newest(1);
    for (page, index) in [
        (all(), "audit_at"),
        (AuditPage { by: text(), ..all() }, "audit_line_operator"),
        (AuditPage { action: text(), ..all() }, "audit_line_action"),
        (AuditPage { subject: text(), ..all() }, "audit_line_subject"),
    ] {
        let search = report::audit_search(&page);
        let steps = plan(&connection, &search);
        assert!(steps.len() == 1 && steps[0].contains(&format!("USING INDEX {index} (")), "{search}: {steps:?}");
    }
    {
        let (messages, index) = (report::messages(By::Call, None), "message_webhook");
        let steps = plan(&connection, &messages);
        assert!(steps.len() == 1 && steps[0].contains(&format!("USING INDEX {index} (")), "{messages}: {steps:?}");
    }
    let old = report::undecided_before();
    let steps = plan(&connection, &old).join("\n");
    assert!(
        steps.contains("INDEX order_undecided") && steps.contains("INDEX card_attempt_undecided"),
        "{old}: {steps}"
    );
    for text in Rotation::default().statements(SweepAt::instant(1_000), Engine::Sqlite) {
        // The oldest messages are the first rows of their table, so the limited scan is cheap.
        let scans = scans(&connection, &text);
        let allowed = scans.iter().all(|step| step == "SCAN message");
        assert!(allowed, "{text}: {scans:?}");
    }
    let undecided = report::all_orders(OrderFilter::Undecided);
    let steps = plan(&connection, &undecided);
    assert!(steps.iter().any(|step| step.contains("USING INDEX order_undecided")), "{undecided}: {steps:?}");
    check_reports(&connection);
    // The partial indexes contain the same state codes as the conditions of the statements.
    for (index, condition) in [
        ("order_failed", outcome_report::failed()),
        ("card_attempt_open", outcome_report::not_approved()),
        ("order_undecided", undecided_states()),
        ("order_undecided_grant", undecided_states()),
        ("charge_undecided_source", undecided_charge()),
        ("charge_undecided_card", undecided_charge()),
        ("card_attempt_undecided", format!("state IN ({})", codes_of(AttemptCode::is_undecided))),
    ] {
        let text: String =
            connection.query_row("SELECT sql FROM sqlite_schema WHERE name = ?", [index], |row| row.get(0)).unwrap();
        assert!(text.contains(&condition), "{text}: {condition}");
    }
    let gathered =
        connection.query_row("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'", [], |row| row.get(0));
    assert_eq!(gathered, Ok(0));
}
