//! Every statement of the hot path has one plan, whatever statistics the planner has: without any, with those of
//! a table of one row, with these after the table has grown, and with those of the grown table.

use ledger::{Account, Pending, Transfer};
use payments::{Chain, Deposit, Order, OrderStateCode, Rows, Service, View};
use std::collections::BTreeSet;
use tokio::runtime::Runtime;
use tokio_postgres::SimpleQueryMessage;

use super::column::Kind;
use super::connection::{Connection, Database, Use};
use super::invalidation;
use super::load::TRACKED;
use super::queries::NEXT_DUE;
use super::schema;
use super::statement::{self, Names, Verb};
use super::write;
use crate::invalidation::Invalidation;
use crate::listing::Value;
use crate::listing::examples::{self, PlannedList};
use crate::model::By;
use crate::movement_report::{self, TotalsBy};
use crate::sweep::{Engine, Rotation, SweepAt};
use crate::{TIMEOUT, chain, find, outcome_report, report};
use ::schema::{Coded, Table, codes_of};

/// The number of rows of a table that has grown.
const MANY: i64 = 3_000;
/// The state of the statistics in which plans of lists are checked for their index.
const MANY_KNOWN: &str = "with the statistics of many rows";
/// Tables with one row, for which any plan is fine.
const OF_ONE_ROW: [&str; 9] =
    ["clock", "clock_mark", "day_close", "epoch", "id_block", "node", "origin", "report_fold", "schema_version"];

/// The parameters of a page of messages.
const MESSAGES: [&str; 5] = ["int8", "int8", "text", "int8", "int8"];

struct Server {
    runtime: Runtime,
    database: Database,
    connection: Connection,
    reading: Connection,
}

impl Server {
    fn rows(&self, reads: bool, text: &str) -> Vec<Vec<String>> {
        let connection = if reads { &self.reading } else { &self.connection };
        let answer = self.runtime.block_on(self.database.with_timeout(connection.client.simple_query(text)));
        let messages = answer.unwrap_or_else(|error| panic!("{text}: {error:?}"));
        let rows = messages.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        rows.map(|row| (0..row.len()).map(|at| row.get(at).unwrap_or_default().to_owned()).collect()).collect()
    }

    fn run(&self, text: &str) {
        self.rows(false, text);
    }

    /// The columns of a table and their types.
    fn columns(&self, table: &str) -> Vec<(String, String)> {
        let text = format!(
            "SELECT column_name, data_type FROM information_schema.columns
            WHERE table_name = '{table}' AND table_schema = 'public' ORDER BY ordinal_position"
        );
        self.rows(false, &text).into_iter().map(|row| (row[0].clone(), row[1].clone())).collect()
    }

    fn kinds(&self, table: &str, fields: &[&str]) -> Vec<Kind> {
        let columns = self.columns(table);
        let kind = |field: &&str| match columns.iter().find(|(name, _)| name == field).map(|(_, kind)| kind.as_str()) {
            Some("bigint") => Kind::Int,
            Some("text") => Kind::Text,
            Some("bytea") => Kind::Blob,
            other => panic!("{table}.{field} is {other:?}"),
        };
        fields.iter().map(kind).collect()
    }

    /// Fills a table with rows of numbers `from` to `to`.
    fn fill(&self, table: &str, from: i64, to: i64) {
        let columns = self.columns(table);
        let values: Vec<String> = columns
            .iter()
            .map(|(_, kind)| match kind.as_str() {
                "bigint" => "n".to_owned(),
                "text" => "'n' || n".to_owned(),
                _ => "int8send(n)".to_owned(),
            })
            .collect();
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        self.run(&format!(
            "INSERT INTO {table} ({}) SELECT {} FROM generate_series({from}, {to}) AS n",
            names.join(", "),
            values.join(", ")
        ));
    }

    /// The generic plan of a statement with parameters of these types.
    fn plan(&self, reads: bool, text: &str, kinds: &[&str]) -> String {
        let types = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
        let values: Vec<String> = kinds.iter().map(|kind| format!("NULL::{kind}")).collect();
        let values = if values.is_empty() { String::new() } else { format!(" ({})", values.join(", ")) };
        self.rows(reads, &format!("PREPARE one{types} AS {text}"));
        let plan = self.rows(reads, &format!("EXPLAIN (COSTS OFF) EXECUTE one{values}"));
        self.rows(reads, "DEALLOCATE one");
        plan.into_iter().map(|row| row[0].clone() + "\n").collect()
    }
}

fn arrays(kinds: &[Kind]) -> Vec<&'static str> {
    let array = |kind: &Kind| match kind {
        Kind::Int => "int8[]",
        Kind::Text => "text[]",
        Kind::Blob => "bytea[]",
    };
    kinds.iter().map(array).collect()
}

/// Checks the plans of the statements that are derived from a table's declaration.
fn check<T: Table>(server: &Server, when: &str) {
    let names = |(name, _): (String, String)| name;
    let columns: BTreeSet<String> = server.columns(T::NAME).into_iter().map(names).collect();
    assert_eq!(columns, T::FIELDS.iter().map(|field| (*field).to_owned()).collect(), "the columns of {}", T::NAME);
    if OF_ONE_ROW.contains(&T::NAME) {
        return;
    }
    let keys = server.kinds(T::NAME, T::KEYS);
    let changes = server.kinds(T::NAME, &[T::CHANGING, T::KEYS].concat());
    for (verb, kinds, reads) in [
        (Verb::Select, &keys, true),
        (Verb::Select, &keys, false),
        (Verb::Lock, &keys, false),
        (Verb::Delete, &keys, false),
        (Verb::Update, &changes, false),
    ] {
        if verb == Verb::Update && T::CHANGING.is_empty() {
            continue;
        }
        let text = statement::text(Names::of::<T>(), verb, kinds);
        let plan = server.plan(reads, &text, &arrays(kinds));
        by_whole_key(&plan, T::NAME, T::KEYS, &format!("{verb:?} {} {when}", T::NAME));
    }
}

/// Checks that the table is read by an index, with its whole key as the condition.
fn by_whole_key(plan: &str, table: &str, keys: &[&str], what: &str) {
    assert!(!plan.contains(&format!("Seq Scan on {table}")), "{what}:\n{plan}");
    let condition = plan.lines().filter(|line| line.contains("Index Cond:"));
    let whole = |line: &str| keys.iter().all(|key| line.contains(key));
    assert!(condition.clone().any(whole), "{what}: {keys:?} are not the condition of one index:\n{plan}");
}

/// Other look-ups of the hot path: whether a reader makes it, its text, the types of its parameters, and the index that it must use.
fn look_ups() -> Vec<(bool, String, Vec<&'static str>, &'static str)> {
    let order = Order::COLUMNS;
    vec![
        (
            false,
            format!("SELECT {order} FROM transfer_order WHERE {TRACKED} = ANY($1) FOR UPDATE"),
            vec!["text[]"],
            "order_track",
        ),
        (true, format!("SELECT {order} FROM transfer_order WHERE {TRACKED} = $1"), vec!["text"], "order_track"),
        (false, find::numbered(), vec!["int8"], "transfer_order_pkey"),
        (false, find::to_settle(), vec!["int8", "int8"], "order_cycle"),
        (true, report::by_card_payment(), vec!["text"], "invoice_rrn"),
        (true, report::by_card_payment(), vec!["text"], "invoice_tref"),
        (true, report::messages_about(), vec!["int8"], "message_about"),
        (true, report::card_attempts_of(), vec!["int8"], "card_attempt_invoice"),
        (true, chain::rows(Chain::Ledger), vec!["int8", "int8", "int8"], "transfer_pkey"),
        (true, chain::rows(Chain::Audit), vec!["int8", "int8", "int8"], "audit_line_pkey"),
        (true, NEXT_DUE.to_owned(), vec![], "job_due"),
        (false, NEXT_DUE.to_owned(), vec![], "job_due"),
        (true, invalidation::BETWEEN.to_owned(), vec!["int8", "int8"], "invalidation_pkey"),
        (false, invalidation::BETWEEN.to_owned(), vec!["int8", "int8"], "invalidation_pkey"),
        (false, invalidation::moving(&[Invalidation::All, Invalidation::Clock]), vec![], "invalidation_pkey"),
    ]
}

/// The statements of reports, like [`look_ups`].
fn reports() -> Vec<(bool, String, Vec<&'static str>, &'static str)> {
    let totals = TotalsBy::ALL.map(|by| (true, movement_report::totals(by), vec!["int8"; 11], "report_total_pkey"));
    let others = [
        (true, movement_report::movements(), vec!["int8"; 2], "transfer_pkey"),
        (true, movement_report::movements(), vec!["int8"; 2], "transfer_order_pkey"),
        (true, movement_report::movements(), vec!["int8"; 2], "invoice_pkey"),
        (true, movement_report::last_transfer_before(), vec!["int8"; 2], "transfer_pkey"),
        (true, movement_report::TRANSFERS_AFTER.to_owned(), vec!["int8"; 2], "transfer_pkey"),
        (true, movement_report::accounts_at(), vec!["int8"; 3], "account_pkey"),
        (true, movement_report::accounts_at(), vec!["int8"; 3], "transfer_debit_debit_seq_key"),
        (true, movement_report::accounts_at(), vec!["int8"; 3], "transfer_credit_credit_seq_key"),
        (true, movement_report::terminal_of(), vec!["int8"], "terminal_account_key"),
        (true, outcome_report::failures(), vec!["int8"; 2], "order_failed"),
        (true, outcome_report::failures(), vec!["int8"; 2], "phone_order_forgotten"),
        (true, outcome_report::failures(), vec!["int8"; 2], "card_attempt_open"),
        (true, outcome_report::undecided(), vec!["int8"], "card_attempt_undecided"),
    ];
    totals.into_iter().chain(others).collect()
}

/// The condition `state IN (…)` as the server writes it.
fn listed(condition: &str) -> String {
    let codes = condition.trim_start_matches("state IN (").trim_end_matches(')');
    let states: Vec<String> = codes.split(", ").map(|code| format!("({code})::bigint")).collect();
    format!("(state = ANY (ARRAY[{}]))", states.join(", "))
}

/// Checks that the partial indexes contain the same state codes as the conditions of the statements.
fn check_codes(server: &Server) {
    let codes = codes_of(OrderStateCode::is_undecided);
    let states: Vec<String> = codes.split(", ").map(|code| format!("({code})::bigint")).collect();
    let states = format!("(state = ANY (ARRAY[{}]))", states.join(", "));
    let charge = format!("(service = {})", Service::ChargeCard.code());
    for (index, conditions) in [
        ("order_undecided", &[&states][..]),
        ("order_undecided_grant", &[&states]),
        ("charge_undecided_source", &[&charge, &states]),
        ("charge_undecided_card", &[&charge, &states]),
        ("order_failed", &[&listed(&outcome_report::failed())]),
        ("card_attempt_open", &[&listed(&outcome_report::not_approved())]),
    ] {
        let text = server.rows(true, &format!("SELECT indexdef FROM pg_indexes WHERE indexname = '{index}'"));
        let has = |condition: &&String| text[0][0].contains(condition.as_str());
        assert!(conditions.iter().all(has), "{text:?}: {conditions:?}");
    }
}

fn check_all(server: &Server, when: &str) {
    check::<Account>(server, when);
    check::<Pending>(server, when);
    check::<Deposit>(server, when);
    fn plain<K, R: Table<Key = K>>(server: &Server, when: &str, _: fn(&View) -> &Rows<K, R>) {
        check::<R>(server, when);
    }
    macro_rules! check_plain {
        (plain { $($(#[$doc:meta])* $table:ident: $row:ty,)* } apart { $($rest:tt)* }) => { $(plain(server, when, |view| &view.$table);)* };
    }
    payments::tables!(check_plain);
    let account = server.kinds(Account::NAME, &[Account::CHANGING, Account::KEYS].concat());
    for (text, kinds) in [
        (write::verify_unchanged(), vec![Kind::Int; 3]),
        (write::moved(&[&account[..], &[Kind::Int; 2]].concat()), [&account[..], &[Kind::Int; 2]].concat()),
    ] {
        let plan = server.plan(false, &text, &arrays(&kinds));
        by_whole_key(&plan, Account::NAME, Account::KEYS, &format!("{text} {when}"));
    }
    for (reads, text, kinds, index) in look_ups().into_iter().chain(reports()) {
        let plan = server.plan(reads, &text, &kinds);
        let scanned = |table: &str| plan.contains(&format!("Seq Scan on {table}"));
        let large = [
            "transfer_order",
            "invoice",
            "job",
            "invalidation",
            "transfer",
            "account",
            "report_total",
            "card_attempt",
            "message",
            "audit_line",
        ];
        let whole = large.into_iter().any(scanned);
        assert!(plan.contains(index) && !whole, "{text} {when}: not by {index}:\n{plan}");
    }
    for PlannedList { statement, postgres, .. } in examples::statements() {
        let kind = |value: &Value| match value {
            Value::Int(_) => "int8",
            Value::Text(_) => "text",
        };
        let kinds: Vec<&str> = statement.values.iter().map(kind).collect();
        let plan = server.plan(true, &statement.text, &kinds);
        // Without statistics of its own a list may walk another index; its number of examined rows stays limited.
        let is_known = when == MANY_KNOWN;
        assert!(
            (plan.contains(postgres) || !is_known) && !plan.contains("Seq Scan"),
            "{} {when}: not by {postgres}:\n{plan}",
            statement.text
        );
    }
    let probes = examples::probes().map(|(text, index)| (text, vec!["int8"], index));
    let others = [
        (report::parties_named("~>=~", "~<~", "USING ~<~"), vec!["text", "text"], "handle_prefix"),
        (report::saved_filters(), vec!["text"], "saved_filter_pkey"),
        (report::phone_orders_named(report::LookUp::Lateral), vec!["text"], "phone_order_pkey"),
        (report::invoices_billed(report::LookUp::Lateral), vec!["text"], "bill_pkey"),
        (report::messages(By::Call, None), MESSAGES.to_vec(), "message_webhook"),
    ];
    for (text, kinds, index) in probes.into_iter().chain(others) {
        let plan = server.plan(true, &text, &kinds);
        let is_known = when == MANY_KNOWN;
        let is_by_index = plan.contains(index) || !is_known;
        assert!(is_by_index && !plan.contains("Seq Scan"), "{text} {when}: not by {index}:\n{plan}");
    }
    // A sweep finds its rows by an index on their time, reads no more than it removes, and removes them by their keys.
    for text in Rotation::default().statements(SweepAt::instant(1_000), Engine::Postgres) {
        let plan = server.plan(false, &text, &[]);
        let by_index =
            plan.lines().filter(|line| line.contains("Index Scan") || line.contains("Index Only Scan")).count();
        let conditions = plan.lines().filter(|line| line.contains("Index Cond:")).count();
        // The oldest messages are the first rows of their index, without a condition.
        let ends = usize::from(text.starts_with("DELETE FROM message"));
        assert!(!plan.contains("Seq Scan") && by_index == conditions + ends, "{text} {when}:\n{plan}");
    }
}

#[test]
fn every_statement_of_the_hot_path_goes_by_its_index_whatever_the_planner_knows() {
    let parent = std::env::temp_dir();
    let settings = [cluster::FORGETFUL, &[("autovacuum", "off")]].concat();
    let cluster = cluster::Cluster::start(&parent, &settings).unwrap();
    cluster.create_database("plans").unwrap();
    let database = Database::new(&cluster.url("plans"), TIMEOUT * 10).unwrap();
    let runtime = Runtime::new().unwrap();
    let (connection, reading) = runtime.block_on(async {
        let mut connection = database.connect(Use::Write).await.unwrap();
        schema::migrate(&database, &mut connection).await.unwrap();
        (connection, database.connect(Use::Read).await.unwrap())
    });
    let server = Server { runtime, database, connection, reading };
    let tables = server.rows(false, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
    let tables: Vec<String> = tables.into_iter().map(|row| row[0].clone()).collect();
    let filled = || tables.iter().filter(|table| !OF_ONE_ROW.contains(&table.as_str()));
    assert!(filled().count() > 40 && tables.iter().any(|table| table == Transfer::NAME));
    check_codes(&server);
    check_all(&server, "on an empty database");
    filled().for_each(|table| server.fill(table, 1, 1));
    server.run("ANALYZE");
    check_all(&server, "with the statistics of one row");
    filled().for_each(|table| server.fill(table, 2, MANY));
    // Every second message is an SMS.
    server.run("UPDATE message SET business = NULL WHERE id % 2 = 0");
    check_all(&server, "grown since its statistics");
    server.run("ANALYZE");
    check_all(&server, MANY_KNOWN);
}
