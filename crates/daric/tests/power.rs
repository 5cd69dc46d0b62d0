//! The power fails, and flushes fail: what was acknowledged is there all the same, once.
//!
//! The server runs on a disk that a preloaded library simulates (`disk/disk.c`). What was written and not flushed is lost when the power fails:
//! everything, or all from some page on, or random pages. A flush that fails leaves pages that the system takes for written.

use crate::harness;
use crate::harness::server::temporary;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use harness::book::{Order, Outcome, call, draw, inquire, open_accounts, read_reply, seed};
use harness::client::Client;
use harness::server::{Home, Launch, Server, verify};
use harness::world::{Caller, Token};
use tokio::task::JoinSet;

const ROUNDS: u64 = 100;
const CONNECTIONS: u64 = 12;
/// The power fails after 1 … this many replies.
const MOST_REPLIES: u64 = 120;
const PAGE: usize = 4_096;
/// Longer than a process with a failed flush takes to end.
const SOON: Duration = Duration::from_secs(5);
const NOON: &str = "2040-01-02T12:00:00+03:30";

/// A store on a disk whose power can fail.
struct Disk {
    library: PathBuf,
    root: PathBuf,
    state: PathBuf,
}

impl Disk {
    fn new(home: &Home) -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/disk/disk.c");
        let library = temporary("disk.so");
        let built =
            Command::new("cc").args(["-O2", "-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl").status();
        assert!(built.unwrap().success(), "the disk is built");
        let (root, state) = (home.data(), home.data().with_extension("disk"));
        fs::create_dir_all(&root).unwrap();
        fs::create_dir_all(&state).unwrap();
        Self { library, root: fs::canonicalize(root).unwrap(), state }
    }

    fn start(&self, home: &Home) -> Server {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let (library, root, state) = (text(&self.library), text(&self.root), text(&self.state));
        let env = [("LD_PRELOAD", library.as_str()), ("DISK_ROOT", root.as_str()), ("DISK_STATE", state.as_str())];
        Server::start(home, Launch { args: &["--settle-after", "200"], env: &env })
    }

    /// The `n`th flush from now on fails.
    fn fail_flush(&self, n: u64) {
        fs::write(self.state.join("fail"), n.to_string()).unwrap();
    }

    /// Leaves on the disk what was flushed, and a random part of the rest.
    fn lose_power(&self, random: &mut fastrand::Rng) {
        let _ = fs::remove_file(self.state.join("fail"));
        for entry in fs::read_dir(&self.root).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name.ends_with("-shm") {
                fs::remove_file(&path).unwrap();
                continue;
            }
            let cached = fs::read(&path).unwrap();
            let mut kept = fs::read(self.state.join(format!("{name}.durable"))).unwrap_or_default();
            let dirty = fs::read(self.state.join(format!("{name}.dirty"))).unwrap_or_default();
            let pages: Vec<usize> = (0..dirty.len()).filter(|page| dirty[*page] != 0).collect();
            let prefix = usize::try_from(random.u64(..(pages.len() as u64 + 1))).unwrap();
            let way = random.u64(..3);
            for (at, page) in pages.iter().enumerate() {
                let survives = match way {
                    0 => false,
                    1 => at < prefix,
                    _ => random.u64(..2) == 0,
                };
                let from = page * PAGE;
                if survives && from < cached.len() {
                    let to = cached.len().min(from + PAGE);
                    kept.resize(kept.len().max(to), 0);
                    kept[from..to].copy_from_slice(&cached[from..to]);
                }
            }
            fs::write(&path, &kept).unwrap();
            // From now on this is what is on the disk.
            fs::write(self.state.join(format!("{name}.durable")), &kept).unwrap();
            let _ = fs::remove_file(self.state.join(format!("{name}.dirty")));
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.library);
        let _ = fs::remove_dir_all(&self.state);
    }
}

/// Sends transfers until `most` were answered, or the server is gone; returns the answered orders with their outcomes.
async fn load(
    server: &Server,
    token: &Token,
    prefix: &str,
    most: u64,
    random: &mut fastrand::Rng,
) -> Vec<(Order, Outcome)> {
    let answered = Arc::new(AtomicU64::new(0));
    let mut callers = JoinSet::new();
    for caller in 0..CONNECTIONS {
        let (token, prefix, answered) = (token.clone(), format!("{prefix}-{caller}"), Arc::clone(&answered));
        let (address, mut random) = (server.address, fastrand::Rng::with_seed(random.u64(..)));
        callers.spawn(async move {
            let mut told = Vec::new();
            let Ok(mut client) = Client::connect(address).await else { return told };
            for number in 0.. {
                if answered.load(Ordering::Relaxed) >= most {
                    break;
                }
                let order = draw(format!("{prefix}-{number}"), &mut random);
                let Ok(reply) = client.send(&call(&token, &order)).await else { break };
                if reply.status >= 500 {
                    // The outcome is unknown: the order may exist or not.
                    break;
                }
                let outcome = read_reply(&order, &reply);
                answered.fetch_add(1, Ordering::Relaxed);
                told.push((order, outcome));
            }
            told
        });
    }
    callers.join_all().await.into_iter().flatten().collect()
}

async fn check(server: &Server, token: &Token, told: &BTreeMap<String, (Order, Outcome)>, round: u64) {
    let mut caller = Caller::at(server.address).await;
    for (order, outcome) in told.values() {
        let found = inquire(&mut caller.client, token, order).await;
        assert_eq!(&found, outcome, "round {round}: {order:?} was acknowledged");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_after_the_power_failed_and_after_a_flush_failed() {
    let seed = seed();
    println!("DARIC_TEST_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let home = Home::in_directory("power");
    let disk = Disk::new(&home);
    let mut server = disk.start(&home);
    let mut caller = Caller::at(server.address).await;
    caller.set_clock(NOON).await.unwrap();
    let token = open_accounts(&mut caller).await;
    let (mut told, mut recent, mut failures) = (BTreeMap::new(), BTreeMap::new(), 0);
    for round in 0..ROUNDS {
        let most = 1 + random.u64(..MOST_REPLIES);
        let flush_fails = round % 4 == 3;
        if flush_fails {
            disk.fail_flush(1 + random.u64(..20));
        }
        let acknowledged = load(&server, &token, &format!("p{round}"), most, &mut random).await;
        recent.extend(acknowledged.into_iter().map(|told| (told.0.track_id.clone(), told)));
        if flush_fails {
            // The process ends at once, and another one takes over; the power fails later.
            let began = Instant::now();
            while server.is_running() && began.elapsed() < SOON {
                let mut last = Client::connect(server.address).await;
                if let Ok(client) = &mut last {
                    let order = draw(format!("p{round}-last-{}", random.u64(..)), &mut random);
                    let _ = client.send(&call(&token, &order)).await;
                }
            }
            assert!(!server.is_running(), "round {round}: a process whose flush has failed goes on");
            failures += 1;
            server = disk.start(&home);
            check(&server, &token, &recent, round).await;
            let acknowledged = load(&server, &token, &format!("q{round}"), most, &mut random).await;
            recent.extend(acknowledged.into_iter().map(|told| (told.0.track_id.clone(), told)));
        }
        server.kill();
        disk.lose_power(&mut random);
        server = disk.start(&home);
        check(&server, &token, &recent, round).await;
        told.append(&mut recent);
    }
    check(&server, &token, &told, ROUNDS).await;
    server.stop();
    verify(&home);
    println!("{} transfers acknowledged, {failures} flushes failed", told.len());
    assert!(told.len() as u64 > ROUNDS * 10 && failures == ROUNDS / 4);
    let printed = home.printed();
    assert_eq!(printed.matches("the last process ended because a flush failed").count() as u64, failures);
}
