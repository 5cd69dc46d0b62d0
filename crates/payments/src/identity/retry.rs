//! Replies are lost: a refresh token that was used gives its successor again for a while.

/// How long a used refresh token gives the same successor, in milliseconds: the reply may have been lost.
pub const REFRESH_RETRY_MS: i64 = 60_000;
