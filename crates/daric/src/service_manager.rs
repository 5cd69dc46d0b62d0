//! Tells systemd the state of the service: ready, stopping, alive. Without `NOTIFY_SOCKET` nothing is sent.

use engine::Engine;
use sd_notify::NotifyState;
use tracing::warn;

/// Signs of life within the time after which systemd takes the service for dead.
const SIGNS: u32 = 3;

/// The server accepts connections.
pub fn ready() {
    tell(NotifyState::Ready);
}

/// The server answers what it has, and ends.
pub fn stopping() {
    tell(NotifyState::Stopping);
}

/// Sends signs of life if the unit has `WatchdogSec=`, until the store fails. A database that cannot be reached is no reason to be killed: a restart
/// would not help, and `/readyz` reports it.
pub async fn signs_of_life(engine: Engine) {
    let Some(timeout) = sd_notify::watchdog_enabled() else { return };
    let mut every = tokio::time::interval(timeout / SIGNS);
    while engine.is_running() {
        every.tick().await;
        tell(NotifyState::Watchdog);
    }
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        warn!(%error, "the service manager cannot be notified");
    }
}
