//! Crowds of callers who have not shown who they are: they are answered or sent away at once, and others go on.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is not as it should be")]

mod harness;

use harness::client::{Call, Client, Reply};
use harness::world::World;

/// Log-ins at once: twenty times as many as one address has places for.
const LOG_INS: usize = 200;

fn log_in(name: &str, password: &str) -> Call {
    let form = format!("username={name}&password={password}");
    Call::post("/oauth2/login").header("content-type", "application/x-www-form-urlencoded").body(form)
}

#[tokio::test(flavor = "multi_thread")]
async fn many_log_ins_at_once_are_compared_or_sent_away_at_once() {
    let mut world = World::start("crowds").await;
    let address = world.server.address;
    let mut clients = Vec::new();
    for _ in 0..LOG_INS {
        clients.push(Client::connect(address).await.unwrap());
    }
    let crowd: Vec<_> = clients
        .into_iter()
        .enumerate()
        .map(|(number, mut client)| {
            tokio::spawn(async move { client.send(&log_in(&format!("made-up-{number}"), "guess")).await.unwrap() })
        })
        .collect();
    let mut replies: Vec<Reply> = Vec::new();
    for caller in crowd {
        replies.push(caller.await.unwrap());
    }
    let compared = replies.iter().filter(|reply| reply.status == 401).count();
    let away: Vec<&Reply> = replies.iter().filter(|reply| reply.status != 401).collect();
    assert!(compared > 0 && away.len() > LOG_INS / 4, "{compared} compared, {} sent away", away.len());
    for reply in away {
        assert!(reply.status == 503 && reply.header("retry-after").is_some(), "{reply}");
    }
    let mine = world.send(&log_in("ali", "ali")).await.unwrap();
    assert_eq!(mine.status, 302, "{mine}");
}
