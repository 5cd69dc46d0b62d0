//! Payments by telephone: Daric leads the dialogue with a caller, through an exchange that speaks FastAGI (paystar.md 6, docs/telephone.md).
//!
//! Absent: rules of payments. A call requests passwords, pays and inquires through the same three functions as the HTTP services of [`crate`].

mod agi;
mod call;
mod settings;
mod sounds;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tracing::{info, warn};

use crate::App;
use agi::{Ended, Line};
use call::Call;
pub use settings::TelephoneSettings;
pub use sounds::Sounds;

/// Maximum number of simultaneous calls: more than an exchange of this size has lines. Further calls are hung up at once.
pub const CALLS: usize = 1_024;
/// Pause after a connection could not be accepted, such as when the system has no more descriptors.
const EXHAUSTED: Duration = Duration::from_millis(50);
/// How long open calls may go on when the server stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves calls, at most `slots` at a time, until `stop` completes. Open calls may then go on for ten seconds.
pub async fn telephone(
    listener: TcpListener,
    app: App,
    (settings, slots): (Arc<TelephoneSettings>, usize),
    stop: impl Future<Output = ()>,
) {
    let slots = Arc::new(Semaphore::new(slots));
    let mut calls = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else {
                        warn!("the limit of calls is reached: a call was refused");
                        continue;
                    };
                    let (app, settings) = (app.clone(), Arc::clone(&settings));
                    calls.spawn(async move {
                        let _slot = slot;
                        hold(&app, &settings, stream).await;
                    });
                }
                Err(error) => {
                    warn!(%error, "cannot accept a call");
                    tokio::time::sleep(EXHAUSTED).await;
                }
            },
            Some(_) = calls.join_next() => {}
            () = &mut stop => break,
        }
    }
    drop(listener);
    let ended = async { while calls.join_next().await.is_some() {} };
    if tokio::time::timeout(SHUTDOWN_TIMEOUT, ended).await.is_err() {
        warn!(calls = calls.len(), "calls were still going on after the grace period");
    }
}

/// Serves a call. Its end is one log line and one measurement, without anything that the caller keyed.
async fn hold(app: &App, settings: &TelephoneSettings, mut stream: TcpStream) {
    let started = Instant::now();
    // Commands are short, and each waits for its answer: Nagle's algorithm would only delay them.
    let _ = stream.set_nodelay(true);
    let (from, to) = stream.split();
    let ended = Call::hold(app, settings, Line::new(from, to)).await;
    let (name, why) = match &ended {
        Ok(outcome) => (outcome.name(), ""),
        Err(Ended::HungUp) => ("HUNG_UP", ""),
        Err(Ended::Broken(why)) => ("BROKEN", *why),
    };
    metrics::counter!("daric_calls_total", "outcome" => name).increment(1);
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    if why.is_empty() {
        info!(outcome = name, duration_ms, "call");
    } else {
        warn!(outcome = name, error = why, duration_ms, "call");
    }
}
