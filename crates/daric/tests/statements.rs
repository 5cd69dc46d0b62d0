//! The statements of the platforms' documents, one by one (`data/statements`): how to see each (`docs/statements.md`), and where Daric differs
//! (`docs/differences.md`).

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use harness::server::Launch;
use harness::statements::page::{lines_alone, page};
use harness::statements::{Calls, Document, documents, statement};
use harness::world::World;
use tokio::task::JoinSet;

/// Documents that are tested at the same time: each starts several servers, and one PostgreSQL has 100 connections for all of them.
const AT_ONCE: usize = 4;
/// The line of a page after which the generated part begins.
const BEGIN: &str = "<!-- from crates/daric/tests/data/statements -->";
/// The environment variable that writes the pages instead of comparing them.
const WRITE: &str = "DARIC_WRITE_STATEMENTS";

#[test]
fn every_statement_has_an_entry_that_a_server_could_fail() {
    let calls = Calls::read();
    let mut wrong = Vec::new();
    let mut elsewhere = BTreeSet::new();
    for (name, document) in documents() {
        let listed = document.ids();
        let mut has: Vec<String> = document.statements.iter().flat_map(|statement| statement.ids()).collect();
        if listed.len() != document.count {
            wrong.push(format!("{name} has {} ids, not {}", listed.len(), document.count));
        }
        has.sort();
        let set: BTreeSet<&String> = listed.iter().collect();
        wrong.extend(has.windows(2).filter(|two| two[0] == two[1]).map(|two| format!("{name}: {} twice", two[0])));
        wrong.extend(has.iter().filter(|id| !set.contains(id)).map(|id| format!("{name}: {id} is not listed")));
        wrong.extend(set.iter().filter(|id| !has.contains(id)).map(|id| format!("{name}: {id} has no entry")));
        wrong.extend(
            listed.iter().filter(|id| !elsewhere.insert((*id).clone())).map(|id| format!("{id} is listed twice")),
        );
        for statement in &document.statements {
            let id = statement.ids().join(" ");
            if !statement.asserts(&calls) {
                wrong.push(format!("{name}: {id} asserts nothing"));
            }
            if !statement.server.is_empty() && !document.servers.contains_key(&statement.server) {
                wrong.push(format!("{name}: {id} names no server"));
            }
            wrong.extend(
                statement
                    .held_by
                    .iter()
                    .filter(|test| !exists(test))
                    .map(|test| format!("{name}: {id}: no test {test}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a test `file::name` is in the sources.
fn exists(test: &str) -> bool {
    let (file, name) = test.split_once("::").unwrap_or_else(|| panic!("{test} is no file::name"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(format!("{file}.rs"));
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let before = text.split_once(&format!("fn {name}(")).map(|(before, _)| before.trim_end_matches("async "));
    let attribute = before.and_then(|before| before.trim_end().lines().last());
    attribute.is_some_and(|line| ["#[test]", "#[tokio::test", "#[apply("].iter().any(|kind| line.starts_with(kind)))
}

#[apply(each_store)]
async fn the_statements_of_the_documents_hold(#[case] _on: OnStore) {
    let calls = Arc::new(Calls::read());
    let waiting = Arc::new(Mutex::new(documents()));
    let mut running = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (waiting, calls) = (Arc::clone(&waiting), Arc::clone(&calls));
        running.spawn(async move {
            let (mut count, mut failures) = (0, Vec::new());
            loop {
                let next = waiting.lock().unwrap().pop_first();
                let Some((name, document)) = next else { return (count, failures) };
                count += document.statements.len();
                failures.extend(tried(&name, &document, &calls).await);
            }
        });
    }
    let (mut tried, mut failures) = (0, Vec::new());
    while let Some(done) = running.join_next().await {
        let (count, failed) = done.unwrap();
        tried += count;
        failures.extend(failed);
    }
    failures.sort();
    assert!(tried > 0, "nothing was tried");
    assert!(failures.is_empty(), "{} of {tried} statements do not hold:\n{}", failures.len(), failures.join("\n"));
}

/// Tests the entries of a document; returns the failures.
async fn tried(name: &str, document: &Document, calls: &Calls) -> Vec<String> {
    let mut worlds = BTreeMap::new();
    let mut failures = Vec::new();
    for statement in &document.statements {
        if !worlds.contains_key(&statement.server) {
            let args: Vec<&str> =
                document.servers.get(&statement.server).into_iter().flatten().map(String::as_str).collect();
            let world = World::launch(&format!("statements-{name}"), Launch { args: &args, env: &[] }).await;
            worlds.insert(statement.server.clone(), world);
        }
        let world = worlds.get_mut(&statement.server).unwrap();
        if let Err(error) = statement.hold(world, calls).await {
            failures.push(format!("{name} {} ({}):\n    {error}", statement.ids().join(" "), statement.says));
        }
        // A line of the page omits steps: it must hold without them.
        for line in lines_alone(statement, calls) {
            if let Err(error) = line.hold(world, calls).await {
                failures
                    .push(format!("{name} {} as docs/statements.md has it:\n    {error}", statement.ids().join(" ")));
            }
        }
    }
    failures
}

#[test]
fn the_page_of_differences_says_all_of_them() {
    page_is("differences", &differences());
}

#[test]
fn the_page_of_statements_says_how_each_is_seen() {
    page_is("statements", &page(documents().into_values(), &Calls::read()));
}

/// Compares the generated part of a page of the book, or writes it.
fn page_is(name: &str, entries: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/{name}.md"));
    let page = std::fs::read_to_string(&path).unwrap();
    let (head, _) = page.split_once(BEGIN).expect("the page says where the entries begin");
    let wanted = format!("{head}{BEGIN}\n{entries}");
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, &wanted).unwrap();
        return;
    }
    assert!(page == wanted, "docs/{name}.md is not what the entries say; {WRITE}=1 writes it");
}

/// A table for each document that has deviations.
fn differences() -> String {
    let mut text = String::new();
    for document in documents().into_values() {
        let rows: Vec<String> = document
            .statements
            .iter()
            .filter_map(|statement| {
                let deviation = statement.deviation.as_ref()?;
                Some(format!(
                    "| {} | {} | {} | {} |\n",
                    statement.ids().join(", "),
                    statement.says,
                    deviation.daric,
                    deviation.why
                ))
            })
            .collect();
        if !rows.is_empty() {
            text.push_str(&format!(
                "\n## {}\n\n| | the document says | Daric | why |\n|---|---|---|---|\n{}",
                document.title,
                rows.concat()
            ));
        }
    }
    text
}

/// A failed entry is reported with its step, for every kind of expectation.
#[apply(each_store)]
async fn what_is_not_as_an_entry_says_is_told_with_its_step(#[case] _on: OnStore) {
    let mut world = World::start("statements-told").await;
    let calls = Calls::read();
    for (wrong, told) in [
        ("status = 404", "http: expected 404, got 200"),
        ("reply = { status = \"FAILED\" }", "$.status: expected \"FAILED\", got \"DONE\""),
        ("reply = { result = { currentBalance = 1000000000001 } }", "expected 1000000000001, got 1000000000000"),
        ("reply = { trackId = \"<absent>\" }", "expected no such key"),
        ("header = { content-type = \"text/html\" }", "header content-type: expected text/html"),
        ("header = { content-type = \"<absent>\" }", "header content-type: expected <absent>"),
        ("text = \"{}\"", "the body is not {}"),
        ("contains = [\"no such text\"]", "the body does not contain"),
        ("lacks = [\"DONE\"]", "the body contains"),
        ("capture = { X = \"result.nothing\" }", "X is not in"),
        ("token = \"unknown\"", "no token is called {{unknown}}"),
        ("sms = { to = \"09120000000\", text = \"\" }", "no SMS"),
    ] {
        let entry =
            format!("id = \"C1\"\nsays = \"\"\nsteps = [{{ call = \"balance\" }}, {{ call = \"balance\", {wrong} }}]");
        let found = statement(&entry).hold(&mut world, &calls).await.unwrap_err();
        assert!(found.starts_with("step 2: ") && found.contains(told), "{wrong}: {found}");
    }
}
