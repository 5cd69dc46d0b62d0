//! File descriptors: limits connections, so that the store always gets the descriptors that it needs.

use std::fs::File;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tracing::{info, warn};

use super::limits::EXHAUSTED;

/// Descriptors kept for outgoing requests and files of the store: 64 messages being sent, telephone bills, name look-ups, connections to a database,
/// files of a checkpoint.
pub const OTHERS: usize = 160;
/// Telephone calls get one slot in this many, if there are fewer slots than wanted.
const CALLS_SHARE: usize = 4;

/// Numbers of connections and of telephone calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Share {
    /// HTTP connections.
    pub connections: usize,
    /// Telephone calls.
    pub calls: usize,
}

/// Reduces the wanted numbers to the descriptors that the system has, after raising its limit as far as allowed. Must be called when the store is
/// open.
pub fn share(wanted: Share) -> Share {
    let Some(free) = raise().and_then(|limit| Some(limit.saturating_sub(open()?))) else { return wanted };
    let share = of_free(wanted, free);
    if share != wanted {
        warn!(
            connections = share.connections,
            wanted = wanted.connections,
            "few file descriptors: raise the limit (ulimit -n)"
        );
    }
    share
}

/// Keeps half of a small number of free descriptors for other uses, or [`OTHERS`] of a large one.
fn of_free(wanted: Share, free: usize) -> Share {
    let slots = (free / 2).max(free.saturating_sub(OTHERS));
    let calls = wanted.calls.min(slots / CALLS_SHARE);
    Share { connections: wanted.connections.min(slots - calls).max(1), calls }
}

/// Raises the limit as far as allowed and returns it; `None`: there is none.
fn raise() -> Option<usize> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        match setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }) {
            Ok(()) => info!(before = limit.current, now = limit.maximum, "raised the limit of file descriptors"),
            Err(error) => warn!(%error, "cannot raise the limit of file descriptors"),
        }
    }
    getrlimit(Resource::Nofile).current.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

/// The number of open descriptors; `None`: the system does not report it.
fn open() -> Option<usize> {
    Some(std::fs::read_dir("/dev/fd").ok()?.count())
}

/// A spare descriptor, with which a connection can be refused when there is no other.
#[derive(Debug)]
pub struct Spare(Option<File>);

impl Spare {
    /// Opens the spare descriptor.
    pub fn open() -> Self {
        Self(File::open("/dev/null").ok())
    }

    /// Accepts and closes the first waiting connection. `false`: not even the spare descriptor was enough.
    pub async fn refuse_one(&mut self, listener: &TcpListener) -> bool {
        drop(self.0.take());
        let refused = matches!(tokio::time::timeout(EXHAUSTED, listener.accept()).await, Ok(Ok(_)));
        *self = Self::open();
        refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_to_the_store_and_to_calls() {
        let wanted = Share { connections: 8_192, calls: 1_024 };
        for (free, connections, calls) in
            [(1_000_000, 8_192, 1_024), (1_000, 630, 210), (36, 14, 4), (0, 1, 0), (9_376, 8_192, 1_024)]
        {
            assert_eq!(of_free(wanted, free), Share { connections, calls }, "{free}");
        }
        let alone = Share { connections: 8_192, calls: 0 };
        assert_eq!(of_free(alone, 36), Share { connections: 18, calls: 0 });
    }
}
