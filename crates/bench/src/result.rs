//! How a measurement fails.

/// Failures end the run and are read by a person, so a text is enough.
pub type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;
