//! For how long a used refresh token may come again, because the reply to its first use may have been lost.

/// How long a used refresh token gives the same successor again, in milliseconds.
pub const REFRESH_RETRY_MS: i64 = 60_000;
