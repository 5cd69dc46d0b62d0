//! The result type of measurements.

/// An error ends the run and is printed, so a text is enough.
pub type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;
