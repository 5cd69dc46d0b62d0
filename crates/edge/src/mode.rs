//! How a process runs: sandbox or production, with TLS or without.

/// Whether the sandbox's controls exist.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// They do: clock, reset, tokens without consent.
    Sandbox,
    /// They answer 404.
    Production,
}

/// Whether browsers come over TLS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Security {
    /// Sets `Secure` on cookies.
    Tls,
    /// On a laptop.
    Plain,
}

impl Security {
    /// What a cookie says of it.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Tls => "; Secure",
            Self::Plain => "",
        }
    }
}

/// What a reset of a sandbox empties beside the store: counts and places in memory.
pub trait Reset: std::fmt::Debug + Send + Sync {
    /// Empties it.
    fn reset(&self);
}
