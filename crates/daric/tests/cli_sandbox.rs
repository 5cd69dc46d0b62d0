//! The commands for the request log, waiting for SMS, the modes of the clock, snapshots and scenarios.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use harness::cli::{done, run};
use harness::client::Call;
use harness::server::daric;
use harness::world::{ELEVEN, World, fifty_thousand};
use serde_json::{Value, json};

/// A command that follows; dropping it ends it.
struct Following(Child, BufReader<std::process::ChildStdout>);

impl Following {
    fn start(address: SocketAddr, args: &[&str]) -> Self {
        let mut command = daric();
        command.args(args).env("DARIC_URL", format!("http://{address}"));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self(child, lines)
    }

    /// The next line, which is JSON.
    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.1.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[apply(each_store)]
async fn the_clock_is_stopped_and_runs_from_job_to_job(#[case] _on: OnStore) {
    let mut world = World::start("cli-clock").await;
    let address = world.server.address;
    done(address, &["clock", "run", "system"]);
    let frozen = run(address, &["clock", "freeze", "--json"]).json();
    assert_eq!(frozen["mode"], "frozen");
    assert_eq!(run(address, &["clock", "now", "--json"]).json()["now"], frozen["now"]);
    world.reset_at(ELEVEN).await.unwrap();
    let token = world.named_token("code062").await.unwrap();
    world.transfer(&token, "daric-unknown-done-1", &fifty_thousand()).await.unwrap();
    let due = run(address, &["clock", "due", "--limit", "5", "--json"]).json();
    assert!(due.as_array().is_some_and(|due| !due.is_empty()), "{due}");
    let idle = run(address, &["clock", "run", "idle", "--json"]).json();
    assert!(idle["ran"].as_u64().is_some_and(|ran| ran > 0), "{idle}");
}

#[apply(each_store)]
async fn an_sms_is_waited_for_and_its_code_is_printed(#[case] _on: OnStore) {
    let mut world = World::start("cli-sms").await;
    let address = world.server.address;
    let none = run(address, &["sms", "wait", "--to", "09123456789", "--timeout", "1s"]);
    assert!(none.code == 4 && none.stderr.contains("no SMS came within 1s"), "{none:?}");
    let pin = world.asked("cli-1", 1_000).await;
    assert_eq!(done(address, &["sms", "wait", "--to", "09123456789", "--otp"]).trim(), pin);
    let sms = run(address, &["sms", "wait", "--json"]).json();
    assert_eq!(sms["otp"], json!(pin));
    let since = sms["id"].to_string();
    let none = run(address, &["sms", "wait", "--since", &since, "--timeout", "1s"]);
    assert_eq!(none.code, 4, "{none:?}");
    let mut following = Following::start(address, &["sms", "--follow", "--json"]);
    assert_eq!(following.next()["id"].to_string(), since);
    let text = json!({"to": "09121234567", "text": "a later one"});
    world.operator(Call::post("/admin/v1/sms").json(&text)).await.unwrap();
    assert_eq!(following.next()["text"], "a later one");
    let without = run(address, &["sms", "wait", "--to", "09121234567", "--otp", "--timeout", "1s"]);
    assert!(without.code == 4 && without.stderr.contains("no SMS with a code"), "{without:?}");
}

#[apply(each_store)]
async fn requests_are_listed_followed_and_repeated(#[case] _on: OnStore) {
    let mut world = World::start("cli-logs").await;
    let address = world.server.address;
    let mut following = Following::start(address, &["logs", "--follow", "--service", "transferTo", "--json"]);
    let token = world.named_token("code062").await.unwrap();
    world.transfer(&token, "logged", &fifty_thousand()).await.unwrap();
    world.transfer(&token, "logged", &fifty_thousand()).await.unwrap();
    let (first, second) = (following.next(), following.next());
    assert_eq!((&first["status"], &second["status"]), (&json!(200), &json!(400)));
    assert_eq!(first["trackId"], "logged");
    let refused = run(address, &["logs", "--status", "4xx", "--service", "transferTo", "--json"]).json();
    assert_eq!(refused.as_array().unwrap().len(), 1, "{refused}");
    assert!(done(address, &["logs", "--track-id", "logged"]).contains("transferTo"));
    let id = second["id"].to_string();
    assert!(done(address, &["requests", "show", &id]).contains("headers"));
    let curl = done(address, &["requests", "show", &id, "--curl"]);
    let again = Command::new("bash").args(["-c", &format!("{} -s", curl.trim())]).output().unwrap();
    assert!(String::from_utf8_lossy(&again.stdout).contains("trackId is duplicated"), "{curl}: {again:?}");
    assert_eq!(run(address, &["requests", "show", "999999999"]).code, 1);
}

#[apply(each_store)]
async fn a_snapshot_is_saved_loaded_listed_and_dropped(#[case] _on: OnStore) {
    let mut world = World::start("cli-snapshots").await;
    let address = world.server.address;
    let balance = world.card("0001").await.unwrap();
    done(address, &["snapshot", "save", "clean"]);
    let token = world.named_token("code062").await.unwrap();
    world.transfer(&token, "after", &fifty_thousand()).await.unwrap();
    assert!(done(address, &["snapshot", "list"]).contains("clean"));
    done(address, &["snapshot", "load", "clean"]);
    assert_eq!(world.card("0001").await.unwrap(), balance);
    assert_eq!(run(address, &["export", "orders", "--json"]).stdout, "");
    done(address, &["snapshot", "drop", "clean"]);
    assert_eq!(run(address, &["snapshot", "load", "clean"]).code, 1);
}

#[apply(each_store)]
async fn scenarios_are_listed_and_armed(#[case] _on: OnStore) {
    let world = World::start("cli-scenarios").await;
    let address = world.server.address;
    let listed = run(address, &["scenario", "list", "--json"]);
    let rows = listed.json();
    let name = rows.as_array().and_then(|rows| rows.first()).and_then(|row| row["scenario"].as_str());
    let armed = run(address, &["scenario", "arm", name.unwrap_or_else(|| panic!("{listed:?}"))]);
    assert_eq!(armed.code, 0, "{armed:?}");
    assert_eq!(run(address, &["scenario", "arm", "no-such-scenario"]).code, 1);
}
