//! Connections: how many, how long they may stall, and how they end.
//!
//! Limits: [`CONNECTIONS`] at a time (more wait in the kernel's queue), [`HEADERS`] for a request's head, so that idle and half-open
//! connections go; bodies have their own.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use apis::{HangUp, Peer};
use axum::Router;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

/// Connections at a time: each takes up to 80 KiB while it stalls.
const CONNECTIONS: usize = 8_192;
/// How long a connection may take to send a request's head, and so how long it may idle: longer than usual clients keep theirs.
const HEADERS: Duration = Duration::from_secs(75);
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long to wait when the system has no more descriptors.
const EXHAUSTED: Duration = Duration::from_millis(50);
/// How long a graceful stop may take: requests in flight are answered, then connections are closed.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until `stop` completes, then answers what is in flight.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    router: Router,
    stop: impl Future<Output = ()>,
) {
    let tls = tls.map(TlsAcceptor::from);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let place = Arc::clone(&places).acquire_owned();
        let accepted = async { (place.await, listener.accept().await) };
        let (place, stream, peer) = tokio::select! {
            (place, accepted) = accepted => match accepted {
                Ok((stream, peer)) => (place, stream, Peer(peer.ip())),
                Err(error) => {
                    warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(EXHAUSTED).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        // Replies are written at once and whole; waiting to fill packets only delays them.
        let _ = stream.set_nodelay(true);
        let (watcher, router, tls) = (graceful.watcher(), router.clone(), tls.clone());
        tokio::spawn(async move {
            let _place = place;
            let ended = match tls {
                None => watcher.watch(connection(stream, router, peer)).await.map_err(|error| error.to_string()),
                Some(tls) => match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
                    Ok(Ok(stream)) => {
                        watcher.watch(connection(stream, router, peer)).await.map_err(|error| error.to_string())
                    }
                    Ok(Err(error)) => Err(error.to_string()),
                    Err(_) => Err("no handshake in time".to_owned()),
                },
            };
            if let Err(error) = ended {
                debug!(error, "a connection ended early");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        warn!("connections were still open after the grace period");
    }
}

type Connection<S> = http1::Connection<TokioIo<S>, Edge>;

/// The router, and the one thing that it cannot do: close a connection without an answer.
#[derive(Clone)]
struct Edge(TowerToHyperService<Router>, Peer);

/// A handler wants the connection closed: a fault of the sandbox.
#[derive(Debug, thiserror::Error)]
#[error("closed without an answer")]
struct Closed;

impl hyper::service::Service<Request<Incoming>> for Edge {
    type Response = Response;
    type Error = Closed;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Closed>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.1);
        let answer = self.0.call(request);
        Box::pin(async move {
            match answer.await {
                Ok(response) if response.extensions().get::<HangUp>().is_none() => Ok(response),
                Ok(_) => Err(Closed),
            }
        })
    }
}

fn connection<S: AsyncRead + AsyncWrite + Unpin>(stream: S, router: Router, peer: Peer) -> Connection<S> {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADERS).half_close(true);
    http.serve_connection(TokioIo::new(stream), Edge(TowerToHyperService::new(router), peer))
}
