//! A disk fills up and gets room again: reads continue, writes are refused without effect, and succeed again without a restart.

use crate::harness;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use harness::cli::Ran;
use harness::client::Call;
use harness::server::{Home, Launch, Server, daric, verify};
use harness::world::{Caller, ELEVEN, Token, fifty_thousand, inquiry_call, transfer_call};

/// Longer than a refusal takes, and shorter than the time-out for the store.
const SOON: Duration = Duration::from_secs(2);

/// A file system of a few megabytes, which is unmounted at the end of the test.
struct Small(PathBuf);

impl Small {
    fn mount(at: &Path) -> Self {
        fs::create_dir_all(at).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"]).arg(at).status().unwrap();
        assert!(mounted.success(), "a small file system takes the right to mount one");
        Self(at.to_owned())
    }

    fn fill(&self) {
        let mut file = fs::File::create(self.0.join("fill")).unwrap();
        let page = [0; 4_096];
        while file.write_all(&page).is_ok() {}
    }

    fn make_room(&self) {
        fs::remove_file(self.0.join("fill")).unwrap();
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

async fn pay(caller: &mut Caller, token: &Token, name: &str) -> u16 {
    let began = Instant::now();
    let reply = caller.send(&transfer_call(token, name, &fifty_thousand())).await.unwrap();
    assert!(began.elapsed() < SOON, "{name} waited {:?}", began.elapsed());
    reply.status
}

async fn ready(caller: &mut Caller) -> (u16, String) {
    let reply = caller.send(&Call::get("/readyz")).await.unwrap();
    (reply.status, String::from_utf8_lossy(&reply.body).into_owned())
}

#[test]
fn the_doctor_finds_a_full_disk_and_a_store_that_is_well_on_it() {
    let home = Home::in_directory("full-disk-doctor");
    let small = Small::mount(&home.data());
    Server::start(&home, Launch::default()).stop();
    small.fill();
    let doctor =
        || Ran::of(daric().args(["doctor", "--demo", "--listen", "127.0.0.1:0"]).args(home.store()).output().unwrap());
    let full = doctor();
    assert!(full.code == 1 && full.stdout.contains("KiB are free"), "{full:?}");
    assert!(full.stdout.contains("pages agree with their checksums"), "{full:?}");
    small.make_room();
    assert_eq!(doctor().code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_writes_alone_and_only_while_it_is_full() {
    let home = Home::in_directory("full-disk");
    let small = Small::mount(&home.data());
    let server = Server::start(&home, Launch::default());
    let mut caller = Caller::at(server.address).await;
    caller.reset_at(ELEVEN).await.unwrap();
    let token = caller.named_token("code062").await.unwrap();
    assert_eq!(pay(&mut caller, &token, "before").await, 200);
    small.fill();
    // The log's file may have room left within its present size.
    let mut refused = Vec::new();
    for n in 0..400 {
        let name = format!("full-{n}");
        if pay(&mut caller, &token, &name).await == 503 {
            refused.push(name);
        }
        if refused.len() == 20 {
            break;
        }
    }
    assert_eq!(refused.len(), 20);
    let (status, reason) = ready(&mut caller).await;
    assert!(status == 503 && reason.contains("no space left") && reason.contains(r#""check":"disk""#), "{reason}");
    let found = caller.send(&inquiry_call(&token, "before")).await.unwrap();
    assert_eq!(found.status, 200, "{found}");
    let metrics = caller.send(&Call::get("/metrics")).await.unwrap();
    assert!(String::from_utf8_lossy(&metrics.body).contains("daric_store_free_bytes 0"));
    // A process that is started meanwhile behaves in the same way.
    server.kill();
    let server = Server::start(&home, Launch::default());
    let mut caller = Caller::of_production(server.address).await;
    assert_eq!(caller.send(&inquiry_call(&token, "before")).await.unwrap().status, 200);
    // Moving the log into the database may have freed space. After that is taken, the log's file may still have room within its present size.
    small.fill();
    let mut done = 0;
    while pay(&mut caller, &token, &refused[done]).await == 200 {
        done += 1;
    }
    assert_eq!(ready(&mut caller).await.0, 503);
    small.make_room();
    // The refused orders had no effect: now each is done once.
    for name in &refused[done..] {
        assert_eq!(pay(&mut caller, &token, name).await, 200);
        assert_eq!(pay(&mut caller, &token, name).await, 400, "a second time");
    }
    assert_eq!(ready(&mut caller).await.0, 200);
    server.stop();
    verify(&home);
    drop(small);
}
