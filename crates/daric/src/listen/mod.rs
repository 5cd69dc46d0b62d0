//! Accepts connections and limits them: their number, how long they may stall, and how they end.
//!
//! Limits: [`Limits`], each with its reason. A connection without a slot is accepted and refused at once with 503, so that no client waits in the
//! kernel's queue. Bodies have limits of their own.

mod descriptors;
mod half_body;
mod limits;
mod proxies;
mod slots;
mod socket;
mod stalls;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests;

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use edge::connections::Connections;
use edge::peer::{Peer, routed};
use http_body_util::BodyExt as _;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use sandbox::HangUp;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

use descriptors::Spare;
pub use descriptors::{OTHERS as OTHER_DESCRIPTORS, Share, share};
use half_body::HalfBody;
use limits::EXHAUSTED;
pub use limits::{ADMIN_CONNECTIONS, Limits};
pub use proxies::Proxies;
use slots::Slots;
use socket::Socket;
use stalls::{Stage, Watched};

/// Maximum bytes of a head, and of the part of a body that is buffered before a handler reads it. Log-ins have queries of 60 KiB.
const HEAD_BYTES: usize = 64 * 1024;
/// How long a graceful shutdown may take: requests in flight are answered, then connections are closed.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);
/// The response to a connection without a slot.
const NO_SLOT: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// Serves until `stop` completes, then finishes the requests in flight.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    router: Router,
    connections: &Arc<Connections>,
    (limits, proxies): (Limits, Arc<Proxies>),
    stop: impl Future<Output = ()>,
) {
    let tls = tls.map(TlsAcceptor::from);
    let slots = Arc::new(Slots::new(limits));
    let mut spare = Spare::open();
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    connections
        .track(async {
            loop {
                let (stream, peer) = tokio::select! {
                    accepted = listener.accept() => match accepted {
                        Ok(accepted) => accepted,
                        Err(error) => {
                            warn!(%error, "cannot accept a connection");
                            if !spare.refuse_one(&listener).await {
                                tokio::time::sleep(EXHAUSTED).await;
                            }
                            continue;
                        }
                    },
                    () = &mut stop => break,
                };
                let many =
                    if proxies.stands_for_many(peer.ip()) { slots::Of::Many } else { slots::Of::Address(peer.ip()) };
                let Some(slot) = Slots::connection(&slots, many) else {
                    refuse(stream, peer, tls.is_some());
                    continue;
                };
                // Replies are written whole at once; waiting to fill packets would only delay them.
                let _ = stream.set_nodelay(true);
                let (watcher, tls) = (graceful.watcher(), tls.clone());
                let stage = Arc::new(Stage::new(slot));
                let service = TowerToHyperService::new(router.clone());
                let edge = Edge { service, peer: peer.ip(), proxies: Arc::clone(&proxies), stage: Arc::clone(&stage) };
                let entry = connections.enter();
                let served = async move |stream| {
                    let ended = match tls {
                        None => watcher.watch(connection(Watched::new(stream, stage, limits), edge, limits)).await,
                        Some(tls) => match tokio::time::timeout(limits.handshake, tls.accept(stream)).await {
                            Ok(Ok(stream)) => {
                                watcher.watch(connection(Watched::new(stream, stage, limits), edge, limits)).await
                            }
                            Ok(Err(error)) => return debug!(%error, "a TLS handshake failed"),
                            Err(_) => return debug!("no TLS handshake in time"),
                        },
                    };
                    if let Err(error) = ended {
                        debug!(%error, "a connection ended early");
                    }
                };
                tokio::spawn(async move {
                    if has_input(&stream) {
                        // Input has arrived, but the system has not reported it yet. Until then the connection counts as having unread input.
                        let _ = stream.readable().await;
                    }
                    entry.track(served(stream)).await;
                });
            }
        })
        .await;
    drop(listener);
    if tokio::time::timeout(SHUTDOWN_TIMEOUT, graceful.shutdown()).await.is_err() {
        warn!("connections were still open after the grace period");
    }
}

/// Whether input has arrived already.
fn has_input(stream: &TcpStream) -> bool {
    rustix::io::ioctl_fionread(stream).is_ok_and(|bytes| bytes > 0)
}

/// Closes a connection, with a response unless the client would need a handshake to read it.
fn refuse(stream: TcpStream, peer: SocketAddr, is_encrypted: bool) {
    debug!(address = %peer.ip(), "no slot for a connection");
    metrics::counter!("daric_connections_refused_total").increment(1);
    let Ok(mut stream) = stream.into_std() else { return };
    if !is_encrypted {
        // Neither call blocks. Unread input would make the system discard the response.
        let _ = stream.read(&mut [0; 2_048]);
        let _ = stream.write(NO_SLOT);
    }
}

/// A response whose body ends after its first half, although its whole length is announced; `None`: it has no body to cut.
async fn half(response: Response) -> Option<Response> {
    let (mut parts, body) = response.into_parts();
    let whole = body.collect().await.ok()?.to_bytes();
    if whole.len() < 2 {
        return None;
    }
    parts.headers.remove(header::TRANSFER_ENCODING);
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    Some(Response::from_parts(parts, Body::new(HalfBody::of(whole.slice(..whole.len() / 2)))))
}

type Connection<S> = http1::Connection<TokioIo<Watched<S>>, Edge>;

/// The router with what it cannot do itself: determine the caller's address, change the path for routing, and close a connection without a response.
#[derive(Clone)]
struct Edge {
    service: TowerToHyperService<Router>,
    peer: std::net::IpAddr,
    proxies: Arc<Proxies>,
    stage: Arc<Stage>,
}

/// A handler closes the connection, for a fault of the sandbox.
#[derive(Debug, thiserror::Error)]
#[error("closed without an answer")]
struct Closed;

impl hyper::service::Service<Request<Incoming>> for Edge {
    type Response = Response;
    type Error = Closed;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Closed>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        self.stage.request_began();
        let client = self.proxies.client(self.peer, request.headers());
        request.extensions_mut().insert(Peer(client));
        *request.uri_mut() = routed(std::mem::take(request.uri_mut()));
        let answer = self.service.call(request);
        let stage = Arc::clone(&self.stage);
        Box::pin(async move {
            let Ok(response) = answer.await;
            stage.request_ended();
            match response.extensions().get::<HangUp>().copied() {
                None => Ok(response),
                Some(HangUp::Close) => Err(Closed),
                Some(HangUp::Reset) => {
                    stage.reset_when_closed();
                    Err(Closed)
                }
                Some(HangUp::HalfBody) => half(response).await.ok_or(Closed),
            }
        })
    }
}

fn connection<S: Socket>(stream: Watched<S>, edge: Edge, limits: Limits) -> Connection<S> {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.idle).half_close(true);
    // The buffer alone is compared only while a head is incomplete.
    http.max_buf_size(HEAD_BYTES).max_header_size(HEAD_BYTES);
    http.serve_connection(TokioIo::new(stream), edge)
}
