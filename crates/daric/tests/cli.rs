//! The commands that call a server, as people and programs run them: exit codes, output, JSON.

use crate::harness;
use crate::harness::server::{OnStore, each_store, temporary};
use rstest_reuse::apply;

use std::collections::BTreeSet;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::Command;

use cluster::self_signed;
use harness::cli::{Ran, done, run, run_with};
use harness::client::Call;
use harness::operations::operations;
use harness::production::{self, KEY, Production};
use harness::server::{Home, Launch, Server, daric};
use harness::world::World;
use serde_json::{Value, json};

/// An address on which nothing listens.
fn nowhere() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A world file with one object.
const WORLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/world.toml");

/// A TOML file that is no world.
const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");

/// Commands with a word that they print, in a fresh demo world.
const COMMANDS: [(&[&str], &str); 20] = [
    (&["wait", "--timeout", "20s"], "ready"),
    (&["values"], "daric-pending-"),
    (&["clock", "now"], "1405-08-30 11:00:00"),
    (&["clock", "set", "1405-08-30 12:00"], "2026-11-21T08:30:00Z"),
    (&["clock", "advance", "2h45m"], "1405-08-30 14:45:00"),
    (
        &["fault", "arm", "rail_timeout", "--amount", "50000", "--nth", "3", "--after", "1h", "--then", "failed"],
        "rail_timeout",
    ),
    (&["fault", "list"], "rail_timeout"),
    (&["fault", "clear"], "disarmed"),
    (&["sms", "list"], ""),
    (&["seed", WORLD], "1 object"),
    (&["reset"], "reset"),
    (&["clock", "run", "system"], "now"),
    (&["admin", "list-accounts", "--limit", "3"], "posted"),
    (&["admin", "listAccounts", "--limit", "3"], "posted"),
    (
        &[
            "admin",
            "register-client",
            "-d",
            "id=cli",
            "-d",
            "secret=a-long-enough-secret",
            "-d",
            "nids=0499370899",
            "-d",
            "redirectOrigin=http://127.0.0.1",
        ],
        "cli",
    ),
    (&["admin", "send-sms", "--body", r#"{"to":"09121234567","text":"hello"}"#], "hello"),
    (&["api", "get", "accounts", "-d", "limit=1"], "posted"),
    (
        &["api", "post", "/nzh/biz/getBusinessCredit", "-d", "guildCode=API_GUILD", "-H", "_token_: demo-shop-token"],
        "API_GUILD",
    ),
    (&["api", "post", "/nzh/getCredit", "-d", "wallet=any", "-H", "_token_: demo-ali-token"], "PODLAND_WALLET"),
    (&["api", "put", "day-close", "-d", "on=true", "-H", "If-Match: *"], "true"),
];

#[apply(each_store)]
async fn every_command_prints_for_people_and_with_json_one_value_for_programs(#[case] _on: OnStore) {
    let mut world = World::start("cli").await;
    let address = world.server.address;
    for (args, word) in COMMANDS {
        let printed = done(address, args);
        assert!(printed.to_lowercase().contains(&word.to_lowercase()), "{args:?}: {printed}");
        assert!(!printed.contains('\u{1b}'), "colours are for terminals: {printed:?}");
    }
    world.reset_at(harness::world::ELEVEN).await.unwrap();
    for (args, word) in COMMANDS {
        let ran = run(address, &[args, &["--json"]].concat());
        assert_eq!((ran.code, ran.stdout.trim().lines().count()), (0, 1), "{args:?}: {ran:?}");
        assert!(ran.json().is_object() || ran.json().is_array(), "{args:?}");
        let is_worded = ["ready", "disarmed", "reset", "1 object"].contains(&word);
        assert!(is_worded || ran.stdout.contains(word), "{args:?}: {ran:?}");
    }
}

#[apply(each_store)]
async fn exit_codes_and_errors_say_what_to_do_next(#[case] _on: OnStore) {
    let world = World::start("cli-codes").await;
    let address = world.server.address;
    for (args, code, said) in [
        (&["clock", "set", "2020-01-01"][..], 1, "409 CONFLICT, set: the clock does not go back"),
        (&["fault", "arm", "no_such_fault"], 1, "400 INVALID, fault"),
        (&["admin", "get-account", "--id", "999999999"], 1, "404 NOT_FOUND"),
        (&["clock", "now", "--token", "another"], 1, "DARIC_OPERATOR_TOKEN"),
        (&["api", "get", "/nowhere"], 1, "404"),
        (&["admin", "get-account"], 2, "--id"),
        (&["admin", "no-such-operation"], 2, "no-such-operation"),
        (&["clock", "advance", "soon"], 2, "2h45m"),
        (&["clock", "set", "soon"], 2, "1405-08-30"),
        (&["api", "post", "clients", "-d", "nothing"], 2, "name=value"),
        (&["api", "post", "clients", "--body", "@/nowhere/client.json"], 1, "/nowhere/client.json"),
        (&["clock", "now", "--url", "ftp://x"], 2, "--url"),
        (&["clock", "now", "--cacert", "/nowhere/ca.pem"], 2, "/nowhere/ca.pem"),
        (&["clock"], 2, "now"),
        (&["no-such-command"], 2, "no-such-command"),
        (&["seed", "/nowhere/world.toml"], 1, "/nowhere/world.toml"),
        (&["seed", MANIFEST], 1, "400 INVALID"),
    ] {
        let ran = run(address, args);
        assert_eq!(ran.code, code, "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(said), "{args:?}: {ran:?}");
    }
    let ran = run(nowhere(), &["clock", "now"]);
    let said = ["cannot reach http://127.0.0.1:", "is the server running? `daric serve --demo`"];
    assert!(ran.code == 3 && said.iter().all(|said| ran.stderr.contains(said)), "{ran:?}");
    let ran = run(nowhere(), &["wait", "--timeout", "200ms"]);
    assert!(ran.code == 4 && ran.stderr.contains("was not ready within 200ms"), "{ran:?}");
    // A body that refuses is printed, so that programs can read it.
    let ran = run(address, &["api", "get", "accounts", "-d", "limit=0"]);
    assert!(ran.code == 1 && ran.json()["error"]["field"] == "limit", "{ran:?}");
}

#[apply(each_store)]
async fn production_has_no_controls_of_a_sandbox_and_says_so(#[case] _on: OnStore) {
    let home = Home::new("cli-production");
    let server = Production::start(&home, KEY);
    let token = [("DARIC_OPERATOR_TOKEN", production::OPERATOR)];
    for args in [&["clock", "now"][..], &["fault", "list"], &["values"], &["reset"]] {
        let ran = run_with(server.1, args, &token);
        assert!(ran.code == 1 && ran.stderr.contains("Only a sandbox has this call"), "{args:?}: {ran:?}");
    }
    assert_eq!(run_with(server.1, &["admin", "list-accounts", "--json"], &token).json(), json!([]));
    assert_eq!(run_with(server.1, &["wait"], &token).code, 0);
}

/// The name of the command of an operation.
fn kebab(id: &str) -> String {
    id.chars().flat_map(|c| if c.is_ascii_uppercase() { vec!['-', c.to_ascii_lowercase()] } else { vec![c] }).collect()
}

#[apply(each_store)]
async fn every_operation_of_operators_has_a_command_and_reads_answer_as_over_http(#[case] _on: OnStore) {
    let mut world = World::start("cli-admin").await;
    let document: Value = serde_json::from_str(&done(world.server.address, &["openapi"])).unwrap();
    let served = world.send(&Call::get("/openapi.json")).await.unwrap().json().unwrap();
    assert_eq!(document, served);
    let help = done(world.server.address, &["admin", "--help"]);
    let listed: BTreeSet<&str> = help.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let (mut found, mut read) = (0, 0);
    for operation in operations(&document).iter().filter(|operation| operation.path.starts_with("/admin/")) {
        let command = kebab(operation.described["operationId"].as_str().unwrap());
        assert!(listed.contains(command.as_str()), "{command}");
        found += 1;
        let parameters = operation.described["parameters"].as_array().cloned().unwrap_or_default();
        if operation.method == "GET" && parameters.iter().all(|one| one["required"] != true) {
            let sent = world.operator(Call::get(&operation.path)).await.unwrap();
            let ran = run(world.server.address, &["admin", &command, "--json"]);
            let same = ran.json() == sent || operation.path == "/admin/v1/requests";
            assert!(ran.code == 0 && same, "{command}: {ran:?}");
            read += 1;
        }
    }
    assert!(found > 70 && read > 15, "{found} {read}");
}

#[test]
fn every_command_has_a_manual_page_and_every_shell_its_completions() {
    let folder = temporary("man");
    let made = daric().args(["man", "--dir"]).arg(&folder).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let pages: BTreeSet<String> =
        fs::read_dir(&folder).unwrap().map(|page| page.unwrap().file_name().into_string().unwrap()).collect();
    let commands = [
        "admin",
        "api",
        "backup",
        "clock",
        "clock-advance",
        "completions",
        "doctor",
        "export",
        "fault-arm",
        "listen",
        "logs",
        "man",
        "migrate-store",
        "openapi",
        "rekey",
        "requests-show",
        "reset",
        "restore",
        "scenario-arm",
        "seed",
        "serve",
        "sms-wait",
        "snapshot-load",
        "values",
        "verify",
        "wait",
        "admin-list-accounts",
        "admin-register-client",
    ];
    for command in commands {
        let page = format!("daric-{command}.1");
        assert!(pages.contains(&page), "{page}");
        assert!(fs::read_to_string(folder.join(&page)).unwrap().contains(".TH"), "{page}");
    }
    assert!(pages.contains("daric.1") && pages.len() > 90, "{}", pages.len());
    fs::remove_dir_all(&folder).unwrap();
    let first = Ran::of(daric().arg("man").output().unwrap());
    assert!(first.code == 0 && first.stdout.contains("Exit codes"), "{first:?}");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = Ran::of(daric().args(["completions", shell]).output().unwrap());
        for word in ["doctor", "list-accounts", "migrate-store"] {
            assert!(script.code == 0 && script.stdout.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn the_token_is_in_no_help_text_and_the_exit_codes_are() {
    for args in [&["clock", "--help"][..], &["doctor", "--help"], &["admin", "list-accounts", "--help"]] {
        let mut command = daric();
        command
            .args(args)
            .env("DARIC_OPERATOR_TOKEN", "a-token-of-production")
            .env("DARIC_KEY", "the-key-of-production");
        let ran = Ran::of(command.output().unwrap());
        assert!(ran.code == 0 && ran.stdout.contains("Example"), "{ran:?}");
        assert!(
            !ran.stdout.contains("a-token-of-production") && !ran.stdout.contains("the-key-of-production"),
            "{}",
            ran.stdout
        );
    }
    let help = Ran::of(daric().args(["admin", "register-client", "--help"]).output().unwrap());
    for said in ["POST /admin/v1/clients", "redirectOrigin (text, required)", "--body '{"] {
        assert!(help.stdout.contains(said), "{}", help.stdout);
    }
    let help = Ran::of(daric().arg("--help").output().unwrap());
    for line in ["1  a problem was found", "3  the server cannot be reached", "4  waited in vain"] {
        assert!(help.stdout.contains(line), "{}", help.stdout);
    }
}

/// Runs a command at a terminal, which `script` provides.
fn at_a_terminal(address: SocketAddr, command: &str, env: &[(&str, &str)]) -> String {
    let mut script = Command::new("script");
    let line = format!("{} {command}", env!("CARGO_BIN_EXE_daric"));
    script.args(["-qec", &line, "/dev/null"]).env("DARIC_URL", format!("http://{address}")).env("TERM", "xterm");
    script.env_remove("NO_COLOR").env_remove("DARIC_OPERATOR_TOKEN").envs(env.iter().copied());
    let ran = script.output().expect("script is there (bsdutils)");
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_gets_tables_and_colours_unless_they_are_unwanted() {
    let home = Home::new("cli-terminal");
    let server = Server::start(&home, Launch::default());
    let command = "admin list-accounts --limit 3";
    let coloured = at_a_terminal(server.address, command, &[]);
    assert!(coloured.contains('\u{1b}') && !coloured.contains('\t'), "{coloured:?}");
    let plain = at_a_terminal(server.address, command, &[("NO_COLOR", "1")]);
    assert!(!plain.contains('\u{1b}') && plain.contains("posted"), "{plain:?}");
    let lines = done(server.address, &["admin", "list-accounts", "--limit", "3"]);
    assert_eq!(lines.lines().count(), 4, "{lines}");
    assert!(lines.lines().all(|line| line.split('\t').count() == 11), "{lines}");
    server.stop();
}

#[test]
fn a_command_at_the_address_of_the_platforms_says_that_operators_have_another() {
    let home = Home::in_directory("cli-admin-listen");
    let server = Server::start(&home, Launch { args: &["--admin-listen", "127.0.0.1:0"], env: &[] });
    for (args, code) in [
        (&["admin", "list-operators"][..], 1),
        (&["export", "orders"], 1),
        (&["api", "get", "/admin/v1/operators"], 1),
        (&["clock", "now"], 1),
        (&["wait", "--timeout", "100ms"], 4),
    ] {
        let ran = run(server.address, args);
        assert!(ran.code == code && ran.stderr.contains("--admin-listen"), "{args:?}: {ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_its_own_certificate_is_reached_with_cacert() {
    let home = Home::in_directory("cli-tls");
    let folder = home.folder().join("own");
    fs::create_dir_all(&folder).unwrap();
    let own = self_signed(Command::new("openssl"), &folder).unwrap();
    let (cert, key) = (own.certificate.display().to_string(), own.key.display().to_string());
    let server = Server::start(&home, Launch { args: &["--tls-cert", &cert, "--tls-key", &key], env: &[] });
    let url = format!("https://{}", server.address);
    let trusted = run(server.address, &["clock", "now", "--url", &url, "--cacert", &cert]);
    assert!(trusted.code == 0 && trusted.stdout.contains("jalali"), "{trusted:?}");
    let untrusted = run(server.address, &["clock", "now", "--url", &url]);
    assert!(untrusted.code == 3 && untrusted.stderr.contains("--cacert"), "{untrusted:?}");
    // Each of the two protocols, where the other one is spoken.
    let plain = World::start("cli-no-tls").await;
    for (address, scheme, other) in [(plain.server.address, "https", "http://"), (server.address, "http", "https://")] {
        let run = run(address, &["clock", "now", "--url", &format!("{scheme}://{address}")]);
        assert!(run.code == 3 && run.stderr.contains(&format!("with {other}")), "{run:?}");
    }
    // A proxy of the environment does not get calls to this machine.
    let proxies = [("http_proxy", "http://127.0.0.1:9"), ("https_proxy", "http://127.0.0.1:9")];
    let beside = run_with(server.address, &["wait", "--url", &url, "--cacert", &cert], &proxies);
    assert_eq!(beside.code, 0, "{beside:?}");
    server.stop();
}

#[test]
fn a_verification_and_a_backup_are_one_json_value_for_programs() {
    let home = Home::in_directory("cli-verify");
    Server::start(&home, Launch::default()).stop();
    let file = home.folder().join("backup.daric").display().to_string();
    for args in [&["verify"][..], &["backup", &file]] {
        let ran = Ran::of(daric().args(args).args(home.store()).arg("--json").output().unwrap());
        assert_eq!(
            (ran.code, ran.json()["ok"].as_bool(), ran.json()["differences"].as_i64()),
            (0, Some(true), Some(0))
        );
        assert!(ran.json()["accounts"].as_u64().is_some_and(|accounts| accounts > 20), "{ran:?}");
    }
}

#[test]
fn a_reader_that_ends_early_is_no_error() {
    let pipe = format!("set -o pipefail; {} openapi | head -1", env!("CARGO_BIN_EXE_daric"));
    let ran = Ran::of(Command::new("bash").args(["-c", &pipe]).output().unwrap());
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "{\n", ""));
}
