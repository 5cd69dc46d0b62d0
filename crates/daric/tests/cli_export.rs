//! `daric export`: every list of the operator API, whole, in both forms.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
use std::process::Command;

use harness::cli::{done, run};
use harness::client::Call;
use harness::operations::operations;
use harness::world::{ELEVEN, World, fifty_thousand};
use serde_json::{Value, json};

/// More than a page has.
const MANY: usize = 120;
/// Lists that are not exported: they are in the memory of a sandbox, or say what is to come.
const NOT_EXPORTED: [&str; 4] =
    ["/admin/v1/clock/due", "/admin/v1/requests", "/admin/v1/scenarios", "/admin/v1/snapshots"];

/// The rows of CSV, with the line of names.
fn csv(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    (names, rows)
}

fn column(names: &[String], rows: &[Vec<String>], name: &str) -> Vec<String> {
    let at = names.iter().position(|known| known == name).unwrap_or_else(|| panic!("no {name} in {names:?}"));
    rows.iter().map(|row| row[at].clone()).collect()
}

#[apply(each_store)]
async fn every_list_of_the_api_is_exported_in_both_forms(#[case] _on: OnStore) {
    let mut world = World::start("export-lists").await;
    let token = world.named_token("code062").await.unwrap();
    world.transfer(&token, "exported", &fifty_thousand()).await.unwrap();
    world.issue_to_ali("billNumber=1").await;
    world.operator(Call::post("/admin/v1/chains/seal")).await.unwrap();
    let address = world.server.address;
    let document: Value = serde_json::from_str(&done(address, &["openapi"])).unwrap();
    let help = done(address, &["export", "--help"]);
    let (_, names) = help.split_once("[possible values: ").unwrap();
    let names: BTreeSet<&str> = names.split_once(']').unwrap().0.split(',').map(str::trim).collect();
    for operation in operations(&document).iter().filter(|one| one.path.starts_with("/admin/") && one.method == "GET") {
        let reply = &operation.described["responses"]["200"]["content"]["application/json"]["schema"];
        let name = operation.path.rsplit('/').next().unwrap();
        if reply["type"] == "array" && !NOT_EXPORTED.contains(&operation.path.as_str()) {
            assert!(names.contains(name), "{}: {names:?}", operation.path);
        }
    }
    for name in &names {
        let (head, rows) = csv(&done(address, &["export", name]));
        assert!(head.len() > 2, "{name}: {head:?}");
        assert!(rows.iter().all(|row| row.len() == head.len()), "{name}");
        let lines = done(address, &["export", name, "--format", "ndjson"]);
        assert_eq!(lines.lines().count(), rows.len(), "{name}");
        for line in lines.lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            let unknown: Vec<&String> = row.as_object().unwrap().keys().filter(|key| !head.contains(key)).collect();
            assert!(unknown.is_empty(), "{name}: {unknown:?}");
        }
        let is_empty = ["cycles", "jobs", "operator-tokens", "phone-orders", "proposals", "sms", "webhooks"];
        assert_eq!(rows.is_empty(), is_empty.contains(name), "{name}");
    }
}

#[apply(each_store)]
async fn a_list_is_exported_whole_over_many_pages_and_by_its_period(#[case] _on: OnStore) {
    let mut world = World::start("export-pages").await;
    let token = world.named_token("code062").await.unwrap();
    for number in 0..MANY {
        let reply = world.transfer(&token, &format!("many-{number}"), &fifty_thousand()).await.unwrap();
        assert_eq!(reply.status, 200, "{reply}");
    }
    let address = world.server.address;
    let (names, rows) = csv(&done(address, &["export", "orders"]));
    let track_ids: BTreeSet<String> = column(&names, &rows, "trackId").into_iter().collect();
    assert_eq!((rows.len(), track_ids.len()), (MANY, MANY));
    assert!(column(&names, &rows, "atJalali").iter().all(|at| at == "1405-08-30 11:00:00"));
    let (names, rows) = csv(&done(address, &["export", "transfers", "--since", "1405-08-30"]));
    let debits = column(&names, &rows, "debit");
    assert_eq!((rows.len(), debits.iter().collect::<BTreeSet<_>>().len()), (MANY, 1));
    let of = ["export", "entries", "--of", &debits[0], "--json"];
    let lines = done(address, &of);
    let entries: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(entries.iter().filter(|entry| entry["side"] == "debit").count(), MANY);
    let account: i64 = debits[0].parse().unwrap();
    assert!(entries.iter().all(|entry| entry["account"] == account));
    // The end is excluded.
    for (period, rows) in [
        (&["--since", ELEVEN][..], MANY),
        (&["--since", "1405-08-30 11:00:01"], 0),
        (&["--until", ELEVEN], 0),
        (&["--since", "1405-08-30", "--until", "1405-09-01"], MANY),
    ] {
        let found = csv(&done(address, &[&["export", "orders"], period].concat())).1.len();
        assert_eq!(found, rows, "{period:?}");
    }
    for (args, code) in [
        (&["export", "accounts", "--since", "1405-08-30"][..], 2),
        (&["export", "audit", "--of", "1"], 2),
        (&["export", "nothing"], 2),
        (&["export", "entries", "--of", "999999999"], 1),
        (&["export", "audit", "--out", "/nowhere/audit.csv"], 1),
    ] {
        assert_eq!(run(address, args).code, code, "{args:?}");
    }
}

#[apply(each_store)]
async fn a_text_that_a_spreadsheet_would_compute_is_marked_and_a_file_is_whole_or_not_there(#[case] _on: OnStore) {
    let mut world = World::start("export-guard").await;
    world.operator(Call::post("/admin/v1/sms").json(&json!({"to": "09121234567", "text": "=cmd()"}))).await.unwrap();
    let address = world.server.address;
    let file = world.home.folder().join("list.csv");
    let path = file.to_str().unwrap();
    for (args, wanted) in [(&[][..], "'=cmd()"), (&["--raw"], "=cmd()")] {
        assert_eq!(done(address, &[&["export", "sms", "--out", path], args].concat()), "");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains("\r\n"), "{text:?}");
        let (names, rows) = csv(&text);
        assert!(column(&names, &rows, "text").iter().any(|value| value == wanted), "{text}");
    }
    let failed = run(address, &["export", "audit", "--token", "another", "--out", path]);
    assert_eq!(failed.code, 1, "{failed:?}");
    let left: Vec<String> =
        fs::read_dir(world.home.folder()).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!left.iter().any(|name| name.ends_with(".unfinished")), "{left:?}");
}

#[apply(each_store)]
async fn a_link_is_followed_a_pipe_is_fed_and_who_may_read_a_file_stays(#[case] _on: OnStore) {
    let world = World::start("export-places").await;
    let address = world.server.address;
    let place = harness::server::temporary("export-places");
    fs::create_dir(&place).unwrap();
    let at = |name: &str| place.join(name).display().to_string();
    let export = |out: &str| run(address, &["export", "clients", "--out", out]);
    let whole = done(address, &["export", "clients"]);
    fs::write(at("target.csv"), "old").unwrap();
    fs::set_permissions(at("target.csv"), fs::Permissions::from_mode(0o600)).unwrap();
    symlink("target.csv", at("link.csv")).unwrap();
    assert_eq!(export(&at("link.csv")).code, 0);
    assert!(fs::symlink_metadata(at("link.csv")).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(at("target.csv")).unwrap(), whole);
    assert_eq!(fs::metadata(at("target.csv")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = at("pipe");
        move || fs::read_to_string(pipe).unwrap()
    });
    assert_eq!(export(&at("pipe")).code, 0);
    assert_eq!(reader.join().unwrap(), whole);
    assert!(fs::metadata(at("pipe")).unwrap().file_type().is_fifo());
    let ran = export(&at(""));
    assert!(ran.code == 2 && ran.stderr.contains("a directory"), "{ran:?}");
    let names: BTreeSet<_> = fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["link.csv", "pipe", "target.csv"].map(Into::into).into(), "nothing is left");
    fs::remove_dir_all(&place).unwrap();
}
