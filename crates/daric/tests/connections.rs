//! A process with few file descriptors refuses connections at once, and its store keeps working (design: one caller cannot stop another).

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::time::Duration;

use harness::client::{Call, Client};
use harness::server::{Home, Launch, Server, verify};
use harness::world::{Caller, ELEVEN, fifty_thousand, transfer_call};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The descriptors that a process with an open store needs, and a few more.
const DESCRIPTORS: u32 = 64;
/// More connections than descriptors.
const CALLERS: usize = 300;
/// Time limit for an answer: a caller that waits longer would wait for ever.
const AT_ONCE: Duration = Duration::from_secs(20);

/// The first bytes of the reply, if there is one. Served and refused callers are both answered without waiting for a place.
async fn first_bytes(stream: &mut TcpStream) -> Option<String> {
    let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut buffer = [0; 64];
    let read = tokio::time::timeout(AT_ONCE, stream.read(&mut buffer)).await.expect("a caller waits for a place");
    read.ok().filter(|count| *count > 0).map(|count| String::from_utf8_lossy(&buffer[..count]).into_owned())
}

#[apply(each_store)]
async fn with_few_descriptors_callers_are_refused_at_once_and_the_store_works_on(#[case] _on: OnStore) {
    let home = Home::new("connections");
    let server =
        Server::start_with_descriptors(&home, Launch { args: &["--settle-after", "20"], env: &[] }, DESCRIPTORS);
    let mut caller = Caller::at(server.address).await;
    caller.reset_at(ELEVEN).await.unwrap();
    let token = caller.named_token("code062").await.unwrap();
    let (mut held, mut served, mut refused) = (Vec::new(), 0, 0);
    for _ in 0..CALLERS {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        match first_bytes(&mut stream).await {
            Some(reply) if reply.starts_with("HTTP/1.1 200") => served += 1,
            Some(reply) => {
                assert!(reply.starts_with("HTTP/1.1 503"), "{reply}");
                refused += 1;
            }
            None => refused += 1,
        }
        held.push(stream);
    }
    assert!(served > 4 && refused > CALLERS / 2, "{served} served, {refused} refused");
    for number in 0..60 {
        let reply = caller.send(&transfer_call(&token, &format!("few-{number}"), &fifty_thousand())).await.unwrap();
        assert_eq!(reply.status, 200, "{reply}");
    }
    drop(held);
    // Places become free when the server notices that the connections have ended.
    let again = async {
        loop {
            let mut client = Client::connect(server.address).await.unwrap();
            if client.send(&Call::get("/healthz")).await.is_ok_and(|reply| reply.status == 200) {
                break;
            }
        }
    };
    tokio::time::timeout(AT_ONCE, again).await.expect("no place came free");
    server.stop();
    verify(&home);
}
