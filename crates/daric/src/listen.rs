//! Connections: how many, how long they may stall, and how they end.
//!
//! Limits: [`CONNECTIONS`] at a time (more wait in the kernel's queue), [`HEADERS`] for a request's head, so that idle and half-open
//! connections go; bodies have their own.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use apis::HangUp;
use axum::Router;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tracing::{debug, warn};

/// Connections at a time: each takes up to 80 KiB while it stalls.
const CONNECTIONS: usize = 8_192;
/// How long a connection may take to send a request's head, and so how long it may idle: longer than usual clients keep theirs.
const HEADERS: Duration = Duration::from_secs(75);
/// How long to wait when the system has no more descriptors.
const EXHAUSTED: Duration = Duration::from_millis(50);
/// How long a graceful stop may take: requests in flight are answered, then connections are closed.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until `stop` completes, then answers what is in flight.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let place = Arc::clone(&places).acquire_owned();
        let accepted = async { (place.await, listener.accept().await) };
        let (place, stream) = tokio::select! {
            (place, accepted) = accepted => match accepted {
                Ok((stream, _)) => (place, stream),
                Err(error) => {
                    warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(EXHAUSTED).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        let connection = graceful.watch(connection(stream, router.clone()));
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = connection.await {
                debug!(%error, "a connection ended early");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        warn!("connections were still open after the grace period");
    }
}

type Connection = http1::Connection<TokioIo<TcpStream>, Edge>;

/// The router, and the one thing that it cannot do: close a connection without an answer.
#[derive(Clone)]
struct Edge(TowerToHyperService<Router>);

/// A handler wants the connection closed: a fault of the sandbox.
#[derive(Debug, thiserror::Error)]
#[error("closed without an answer")]
struct Closed;

impl hyper::service::Service<Request<Incoming>> for Edge {
    type Response = Response;
    type Error = Closed;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Closed>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let answer = self.0.call(request);
        Box::pin(async move {
            match answer.await {
                Ok(response) if response.extensions().get::<HangUp>().is_none() => Ok(response),
                Ok(_) => Err(Closed),
            }
        })
    }
}

fn connection(stream: TcpStream, router: Router) -> Connection {
    // Replies are written at once and whole; waiting to fill packets only delays them.
    let _ = stream.set_nodelay(true);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADERS);
    http.serve_connection(TokioIo::new(stream), Edge(TowerToHyperService::new(router)))
}
