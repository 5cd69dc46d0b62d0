//! What connections may take.

use std::time::Duration;

/// What connections may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Connections at a time: each takes up to 80 KiB while it stalls.
    pub connections: usize,
    /// Of these, connections of one address: more than a shop's server pools, or a household network opens. Eight addresses together
    /// could fill the places; this machine and trusted proxies stand for many callers and may take all.
    pub connections_per_address: usize,
    /// Connections at a time that have sent a part of a head: with 64 KiB for each, 128 MiB.
    pub heads: usize,
    /// Of these, connections of one address: a head usually comes in one packet.
    pub heads_per_address: usize,
    /// How long a connection may idle: longer than usual clients keep theirs.
    pub idle: Duration,
    /// How long a head may take from its first byte: a slow mobile network's does in less.
    pub head: Duration,
    /// How long a caller may take to read a reply: the largest goes over a slow mobile network in less.
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

/// How long to wait when the system has no more descriptors, and none was spared.
pub const EXHAUSTED: Duration = Duration::from_millis(50);
