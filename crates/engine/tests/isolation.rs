//! A command that cannot be done fails alone, whatever it is queued with: one that panics, and one that carries what the database does not take.
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cluster::{Cluster, FORGETFUL};
use engine::{Engine, Error, Fill, Settings};
use ledger::Rial;
use payments::{
    Command, Digest, FillWallet, InquirePhoneOrder, Outcome, PartyId, PhoneOrderKey, Refusal, Rules, TakeTry, Text,
    WriteMessage,
};
use store::{Location, PATIENCE};

/// Commands that are queued together.
const COMMANDS: u8 = 200;
/// Longer than a batch takes when it is decided anew again and again; far less than its callers wait.
const SOON: Duration = Duration::from_secs(3);

async fn start(location: Location) -> Engine {
    let store = tokio::task::spawn_blocking(move || store::open(&location).unwrap()).await.unwrap();
    let settings = Settings {
        rules: Rules::documented().unwrap(),
        world: Vec::new(),
        fill: Fill::AtReset,
        sms: Arc::new(rails::NoSms),
        callbacks: Arc::new(rails::HttpCallbacks::new(rails::Reach::Anywhere, Box::new(|_, _| None)).unwrap()),
    };
    Engine::start(store, settings).await.unwrap()
}

type Answer = Result<Result<Outcome, Refusal>, Error>;
type Expected = fn(&Answer) -> bool;

/// Commands that cannot be done: what they are, how they are made, what becomes of them.
fn impossible(on_postgres: bool) -> Vec<(&'static str, Command, Expected)> {
    let zero = || Text::from("a\0b");
    let order = PhoneOrderKey { terminal: zero(), order: Text::from("o") };
    // SQLite takes a text with a zero byte; what the edge lets through is another question.
    let rejected: Expected =
        if on_postgres { |answer| matches!(answer, Err(Error::Rejected(_))) } else { |answer| answer.is_ok() };
    let far = FillWallet { party: PartyId(i64::MAX), amount: Rial::new(1), at_ms: None };
    vec![
        (
            "a key with a zero byte, which no load takes",
            Command::InquirePhoneOrder(InquirePhoneOrder { order }),
            rejected,
        ),
        (
            "a text with a zero byte, which no commit takes",
            Command::WriteMessage(WriteMessage { to: Text::from("09120000000"), text: zero() }),
            rejected,
        ),
        ("a number that no account can be named by, which panics", Command::FillWallet(far), |answer| {
            matches!(answer, Err(Error::Panicked))
        }),
    ]
}

async fn fails_alone(engine: &Engine, name: &str, bad: Command, expected: Expected) {
    let began = Instant::now();
    let mut calls = Vec::new();
    for at in 0..COMMANDS {
        let (engine, bad) = (engine.clone(), bad.clone());
        let good = Command::TakeTry(TakeTry { key: Digest([at; 32]) });
        let is_bad = at % 50 == 7;
        calls.push(tokio::spawn(async move { (is_bad, engine.run(if is_bad { bad } else { good }).await) }));
    }
    for call in calls {
        let (is_bad, answer) = call.await.unwrap();
        let as_expected = if is_bad { expected(&answer) } else { matches!(answer, Ok(Ok(_))) };
        assert!(as_expected, "{name}: {answer:?}");
    }
    assert!(began.elapsed() < SOON, "{name}: others waited {:?}", began.elapsed());
    engine.ready().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_cannot_be_done_fails_alone() {
    let parent = std::env::temp_dir();
    let directory: PathBuf = parent.join(format!("daric-isolation-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&directory);
    let cluster = Cluster::start(&parent, FORGETFUL).unwrap();
    cluster.create_database("isolation").unwrap();
    let database = Location::Database { url: cluster.url("isolation"), patience: PATIENCE };
    for (on_postgres, location) in
        [(false, Location::Directory { path: directory.clone(), settle_after: 64 }), (true, database)]
    {
        let engine = start(location).await;
        for (name, bad, expected) in impossible(on_postgres) {
            fails_alone(&engine, name, bad, expected).await;
        }
        engine.stop().await;
    }
    std::fs::remove_dir_all(directory).unwrap();
}
