//! The statements of the platforms' documents, one by one (`data/statements`), and where Daric differs (`docs/differences.md`).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is not as it should be")]

mod harness;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use harness::server::Launch;
use harness::statements::{Calls, Document, documents};
use harness::world::World;
use tokio::task::JoinSet;

/// Where the page has what the entries say.
const BEGIN: &str = "<!-- from crates/daric/tests/data/statements -->";
/// Writes the page instead of comparing it.
const WRITE: &str = "DARIC_WRITE_DIFFERENCES";

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
    std::fs::read_to_string(path).is_ok_and(|text| text.contains(&format!("fn {name}(")))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_statements_of_the_documents_hold() {
    let calls = Arc::new(Calls::read());
    let mut running = JoinSet::new();
    for (name, document) in documents() {
        running.spawn(tried(name, document, Arc::clone(&calls)));
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

/// How many entries of a document were tried, and what was not as it should be.
async fn tried(name: String, document: Document, calls: Arc<Calls>) -> (usize, Vec<String>) {
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
        if let Err(error) = statement.hold(world, &calls).await {
            failures.push(format!("{name} {} ({}):\n    {error}", statement.ids().join(" "), statement.says));
        }
    }
    (document.statements.len(), failures)
}

#[test]
fn the_page_of_differences_says_all_of_them() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/differences.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (head, _) = page.split_once(BEGIN).expect("the page says where the entries begin");
    let wanted = format!("{head}{BEGIN}\n{}", differences());
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, &wanted).unwrap();
        return;
    }
    assert!(page == wanted, "docs/differences.md is not what the entries say; {WRITE}=1 writes it");
}

/// A table for each document that has any.
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
                "\n## {}\n\n|  | the document says | Daric | why |\n|---|---|---|---|\n{}",
                document.title,
                rows.concat()
            ));
        }
    }
    text
}
