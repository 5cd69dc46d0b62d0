//! Writing a pair of tokens.

use crate::view::View;
use crate::{AccessToken, Digest, GrantId, Now, RefreshToken};

/// Writes an access token and the refresh token that comes with it.
pub(crate) fn put_pair(view: &mut View, grant: GrantId, access: Digest, refresh: Digest, now: &Now) {
    put_access(view, grant, access, refresh, now);
    view.refresh_tokens.put(refresh, RefreshToken { hash: refresh, grant, dead_at_ms: None, used_at_ms: None });
}

/// Writes an access token that comes with a known refresh token.
pub(super) fn put_access(view: &mut View, grant: GrantId, access: Digest, refresh: Digest, now: &Now) {
    let row = AccessToken { hash: access, grant, refresh, created_at_ms: now.at_ms, revoked_at_ms: None };
    view.access_tokens.put(access, row);
}
