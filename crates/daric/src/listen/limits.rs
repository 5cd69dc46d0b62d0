//! Limits of connections.

use std::time::Duration;

/// Limits of connections, each with its reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Connections at a time; each takes up to 80 KiB while it stalls.
    pub connections: usize,
    /// Connections of one address: more than a shop's server pools or a household network opens. Eight addresses together could fill all slots. This
    /// machine and trusted proxies carry many callers and may take all.
    pub connections_per_address: usize,
    /// Connections at a time that have sent a part of a head: with 64 KiB each, 128 MiB.
    pub heads: usize,
    /// Such connections of one address: a head usually arrives in one packet.
    pub heads_per_address: usize,
    /// How long a connection may idle: longer than usual clients keep their connections.
    pub idle: Duration,
    /// How long a head may take from its first byte: longer than it takes over a slow mobile network.
    pub head: Duration,
    /// How long a client may take to read a reply: longer than the largest reply takes over a slow mobile network.
    pub write: Duration,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 8_192,
            connections_per_address: 1_024,
            heads: 2_048,
            heads_per_address: 64,
            idle: Duration::from_secs(75),
            head: Duration::from_secs(10),
            write: Duration::from_secs(60),
            handshake: Duration::from_secs(10),
        }
    }
}

/// Connections at a time on the port of operators, if there is one: their browsers, their programs, monitoring. They are taken from the number above.
pub const ADMIN_CONNECTIONS: usize = 256;

/// How long to wait when the system has no more descriptors and there is no spare one.
pub const EXHAUSTED: Duration = Duration::from_millis(50);
