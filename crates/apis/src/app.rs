//! What handlers share.

use std::sync::Arc;

use engine::Engine;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::Secrets;

/// Whether the sandbox's controls exist.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// They do: clock, reset, tokens without consent.
    Sandbox,
    /// They answer 404.
    Production,
}

/// Settings of the Finnotech dialect (finnotech.md 1.7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FinnotechSettings {
    /// Characters of a trackId at most.
    pub track_id_max_len: usize,
    /// A repeated request gets the stored reply instead of an error.
    pub replay_duplicates: bool,
    /// Check digits of IBANs must be right.
    pub strict_checksums: bool,
}

/// Cloned into every handler.
#[derive(Clone, Debug)]
pub struct App {
    /// Commands, reads, time.
    pub engine: Engine,
    /// Keys of hashes and signatures.
    pub secrets: Arc<Secrets>,
    /// Sandbox or production.
    pub mode: Mode,
    /// Settings of the dialect.
    pub finnotech: FinnotechSettings,
    /// Renders the metrics.
    pub metrics: PrometheusHandle,
}
