//! Clients that stall, on real sockets. The tests wait at the socket for a connection to end; the limits are short.

use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

/// A test that waits longer has found a hang.
const HANG: Duration = Duration::from_secs(20);
/// A limit that is meant to pass.
const SHORT: Duration = Duration::from_millis(100);
/// A whole request.
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
/// More than the system buffers for a client that does not read.
const LARGE: usize = 64 * 1024 * 1024;

/// Limits that do not pass while a test runs.
fn patient() -> Limits {
    Limits { idle: HANG * 10, head: HANG * 10, write: HANG * 10, ..Limits::default() }
}

/// A server for which every address is that of one caller.
async fn server(limits: Limits) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", get(async || "ok")).route("/large", get(async || vec![b'x'; LARGE]));
    let proxies = Arc::new(Proxies::default());
    tokio::spawn(async move {
        let connections = Arc::new(Connections::default());
        serve(listener, None, router, &connections, (limits, proxies), std::future::pending()).await;
    });
    address
}

async fn connect(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // A refused client may be cut off while it sends.
    let _ = stream.write_all(bytes).await;
    stream
}

/// The status of one reply; 0: the connection ended without a reply.
async fn status(stream: &mut TcpStream) -> u16 {
    let read = async {
        let (mut received, mut buffer) = (Vec::new(), [0; 1_024]);
        while !received.windows(4).any(|window| window == b"\r\n\r\n") {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return 0,
                Ok(count) => received.extend_from_slice(&buffer[..count]),
            }
        }
        let head = String::from_utf8_lossy(&received).into_owned();
        head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    };
    tokio::time::timeout(HANG, read).await.expect("neither a reply nor an end")
}

/// Repeats a request until there is a slot.
async fn is_served(address: SocketAddr) {
    let served = async {
        loop {
            match status(&mut connect(address, REQUEST).await).await {
                200 => return,
                0 | 503 => tokio::task::yield_now().await,
                other => panic!("{other}"),
            }
        }
    };
    tokio::time::timeout(HANG, served).await.expect("no place came free");
}

#[tokio::test]
async fn an_address_that_has_its_share_of_connections_is_refused_at_once_and_served_when_one_goes() {
    let address = server(Limits { connections_per_address: 2, ..patient() }).await;
    let mut held = [connect(address, REQUEST).await, connect(address, REQUEST).await];
    for stream in &mut held {
        assert_eq!(status(stream).await, 200);
    }
    assert!([0, 503].contains(&status(&mut connect(address, b"").await).await));
    let [one, mut other] = held;
    drop(one);
    is_served(address).await;
    other.write_all(REQUEST).await.unwrap();
    assert_eq!(status(&mut other).await, 200);
}

#[tokio::test]
async fn callers_for_whom_there_is_no_place_at_all_are_refused_at_once() {
    let address = server(Limits { connections: 1, ..patient() }).await;
    let mut held = connect(address, REQUEST).await;
    assert_eq!(status(&mut held).await, 200);
    for _ in 0..20 {
        assert!([0, 503].contains(&status(&mut connect(address, b"").await).await));
    }
}

#[tokio::test]
async fn a_head_must_be_whole_in_time_and_an_idle_connection_may_stay() {
    let address = server(Limits { head: SHORT, ..patient() }).await;
    let mut idle = connect(address, b"").await;
    // A head in two parts, then idle.
    idle.write_all(&REQUEST[..9]).await.unwrap();
    idle.write_all(&REQUEST[9..]).await.unwrap();
    assert_eq!(status(&mut idle).await, 200);
    for half in [&REQUEST[..1], &REQUEST[..20]] {
        assert_eq!(status(&mut connect(address, half).await).await, 0);
    }
    // Sending one byte at a time does not prolong the limit.
    let mut slow = connect(address, b"G").await;
    let (mut reading, mut writing) = slow.split();
    let drip = async {
        let mut pace = tokio::time::interval(SHORT / 10);
        for byte in REQUEST[1..20].iter().cycle() {
            pace.tick().await;
            if writing.write_all(&[*byte]).await.is_err() {
                break;
            }
        }
    };
    let ended = async {
        tokio::select! {
            () = drip => true,
            read = reading.read_u8() => read.is_err(),
        }
    };
    assert!(tokio::time::timeout(HANG, ended).await.expect("it is dropped"));
    idle.write_all(REQUEST).await.unwrap();
    assert_eq!(status(&mut idle).await, 200);
}

#[tokio::test]
async fn an_idle_connection_ends_in_time() {
    let address = server(Limits { idle: SHORT, ..patient() }).await;
    let mut idle = connect(address, REQUEST).await;
    assert_eq!(status(&mut idle).await, 200);
    assert_eq!(status(&mut idle).await, 0);
    assert_eq!(status(&mut connect(address, b"").await).await, 0);
}

#[tokio::test]
async fn an_address_has_few_heads_that_are_not_whole() {
    let address = server(Limits { heads_per_address: 1, ..patient() }).await;
    // Complete heads and idle connections do not count.
    let mut idle = connect(address, REQUEST).await;
    assert_eq!(status(&mut idle).await, 200);
    // One of the two stays; which one depends on which the server saw first.
    let (mut one, mut other) = (connect(address, &REQUEST[..9]).await, connect(address, &REQUEST[..9]).await);
    let stays = tokio::select! {
        ended = status(&mut one) => { assert_eq!(ended, 0); &mut other }
        ended = status(&mut other) => { assert_eq!(ended, 0); &mut one }
    };
    stays.write_all(&REQUEST[9..]).await.unwrap();
    assert_eq!(status(stays).await, 200);
    let mut next = connect(address, &REQUEST[..9]).await;
    next.write_all(&REQUEST[9..]).await.unwrap();
    assert_eq!(status(&mut next).await, 200, "its place is free again");
}

#[tokio::test]
async fn a_head_takes_no_more_memory_than_a_head_may() {
    let address = server(patient()).await;
    let mut head = b"GET / HTTP/1.1\r\nx: ".to_vec();
    head.resize(4 * HEAD_BYTES, b'x');
    assert!([0, 431].contains(&status(&mut connect(address, &head).await).await));
    is_served(address).await;
}

#[tokio::test]
async fn a_head_has_one_limit_however_it_arrives() {
    let address = server(patient()).await;
    for (bytes, expected) in [(HEAD_BYTES, 200), (HEAD_BYTES + 1, 431), (HEAD_BYTES + 4_096, 431)] {
        let mut head = b"GET / HTTP/1.1\r\nhost: x\r\nx: ".to_vec();
        head.resize(bytes - 4, b'x');
        head.extend(b"\r\n\r\n");
        assert_eq!(status(&mut connect(address, &head).await).await, expected, "{bytes} at once");
        let mut stream = connect(address, &head[..bytes / 2]).await;
        is_served(address).await;
        stream.write_all(&head[bytes / 2..]).await.unwrap();
        assert_eq!(status(&mut stream).await, expected, "{bytes} in two pieces");
    }
}

#[tokio::test]
async fn a_caller_that_does_not_read_its_reply_is_dropped_in_time() {
    let address = server(Limits { connections: 1, write: SHORT, ..patient() }).await;
    let mut deaf = connect(address, b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await;
    is_served(address).await;
    let mut received = Vec::new();
    let _ = tokio::time::timeout(HANG, deaf.read_to_end(&mut received)).await.expect("it was dropped");
    assert!(received.len() < LARGE);
}

#[tokio::test]
async fn a_caller_that_reads_gets_all_of_a_large_reply() {
    let address = server(patient()).await;
    let mut stream = connect(address, b"GET /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    let mut received = Vec::new();
    let read = tokio::time::timeout(HANG, stream.read_to_end(&mut received)).await.expect("it ends");
    assert!(read.unwrap() > LARGE);
}
