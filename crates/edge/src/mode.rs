//! How a process runs: sandbox or production, with TLS or without.

/// Whether the sandbox's controls exist: clock, reset, tokens without consent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// They exist.
    Sandbox,
    /// They answer 404.
    Production,
}

/// Whether browsers connect over TLS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Security {
    /// Sets `Secure` on cookies.
    Tls,
    /// Plain HTTP, as on a laptop.
    Plain,
}

impl Security {
    /// The suffix of `Set-Cookie`.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Tls => "; Secure",
            Self::Plain => "",
        }
    }
}

/// State in memory that a reset of the sandbox clears besides the store, such as counts.
pub trait Reset: std::fmt::Debug + Send + Sync {
    /// Clears it.
    fn reset(&self);
}
