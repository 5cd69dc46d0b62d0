//! The house's arrows run one way (ARCHITECTURE.md).
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Each crate, and the crates of the house that it may use. Everything else is forbidden, tests excepted.
const MAY_USE: [(&str, &[&str]); 22] = [
    ("ledger", &[]),
    ("text", &[]),
    ("schema", &["ledger"]),
    ("payments", &["ledger", "schema", "text"]),
    ("rails", &["payments", "text"]),
    ("wire", &["text"]),
    ("store", &["ledger", "payments", "schema"]),
    ("engine", &["ledger", "payments", "store"]),
    ("codes", &["ledger", "payments", "wire"]),
    ("openapi", &["wire"]),
    ("edge", &["text", "payments", "store", "engine", "wire"]),
    ("web", &["payments", "engine", "codes", "edge"]),
    ("sandbox", &["text", "payments", "wire", "codes", "edge"]),
    ("finnotech", &BELOW_DIALECTS),
    ("paystar", &BELOW_DIALECTS),
    ("pod", &BELOW_DIALECTS),
    // Tokens without consent are made as the dialect makes its own.
    ("admin", &["ledger", "text", "payments", "store", "engine", "wire", "codes", "edge", "sandbox", "finnotech"]),
    ("console", &["ledger", "text", "payments", "store", "engine", "wire", "codes", "edge", "web", "sandbox", "admin"]),
    (
        "daric",
        &[
            "ledger",
            "payments",
            "rails",
            "store",
            "engine",
            "wire",
            "openapi",
            "edge",
            "web",
            "sandbox",
            "finnotech",
            "paystar",
            "pod",
            "admin",
            "console",
        ],
    ),
    ("cluster", &[]),
    ("bench", &["cluster"]),
    ("xtask", &[]),
];

/// Dialects do not see each other.
const BELOW_DIALECTS: [&str; 10] =
    ["ledger", "text", "payments", "store", "engine", "wire", "codes", "edge", "web", "sandbox"];

#[test]
fn every_crate_uses_only_the_crates_below_it() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let house: BTreeSet<String> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
    let may_use: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    assert_eq!(house.iter().map(String::as_str).collect::<Vec<_>>(), may_use.keys().copied().collect::<Vec<_>>());
    for package in &metadata.packages {
        for dependency in package.dependencies.iter().filter(|dependency| house.contains(&dependency.name)) {
            let allowed = may_use[package.name.as_str()].contains(&dependency.name.as_str());
            let test_only = dependency.kind == DependencyKind::Development;
            assert!(allowed || test_only, "{} uses {}", package.name, dependency.name);
        }
    }
}

#[test]
fn the_ledger_depends_on_nothing_and_sql_is_known_to_the_store_alone() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    for package in &metadata.packages {
        let uses: Vec<&str> = package.dependencies.iter().map(|dependency| dependency.name.as_str()).collect();
        match package.name.as_str() {
            "ledger" | "text" => assert!(uses.is_empty(), "{uses:?}"),
            "schema" | "payments" => assert!(!uses.contains(&"tokio") && !uses.contains(&"getrandom"), "{uses:?}"),
            _ => {}
        }
        for engine in ["rusqlite", "tokio-postgres"] {
            assert_eq!(uses.contains(&engine), package.name.as_str() == "store", "{} and {engine}", package.name);
        }
    }
}

/// What hides the outcome of a command: an arm for all outcomes at once, or none at all.
const SWALLOWS: [&str; 7] = [
    "Ok(Ok(_))",
    "Ok(Ok((_,",
    "Ok(Err(_))",
    "Ok(_) | Err(_)",
    ".await.map(drop)",
    "let _ = app.engine",
    "let _ = visit.run",
];
/// A refusal that is not translated, or a success that is told as something else, is found by no test of the wire: it is not written at all.
#[test]
fn entrances_name_each_outcome_of_their_commands() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let entrances = ["edge", "web", "sandbox", "finnotech", "paystar", "pod", "admin", "console"];
    let mut folders: Vec<_> = entrances.map(|name| root.join(name).join("src")).into();
    let (mut files, mut found) = (0, Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let text = std::fs::read_to_string(&path).unwrap();
            let named = |line: usize| format!("{}:{}", path.strip_prefix(&root).unwrap().display(), line + 1);
            let swallows = |line: &str| SWALLOWS.iter().any(|swallow| line.contains(swallow));
            found.extend(text.lines().enumerate().filter(|(_, line)| swallows(line)).map(|(at, _)| named(at)));
        }
    }
    assert!(files > 50, "{files}");
    assert_eq!(found, [""; 0]);
}
