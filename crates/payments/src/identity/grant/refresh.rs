//! Exchanging a refresh token for a new pair of tokens.

use std::sync::Arc;

use super::pair::{put_access, put_pair};
use crate::view::{Denial, Keys, View};
use crate::{At, ClientId, Command, Digest, Grant, REFRESH_RETRY_MS, RefreshToken};

/// Why a refresh token is not exchanged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotRenewed {
    /// The client does not exist, or was disabled.
    ClientUnknown,
    /// It is not a live refresh token of this client.
    Invalid,
    /// It was used longer ago than [`REFRESH_RETRY_MS`]: its grant is ended by this call.
    TokensEnded,
}

/// Exchanges a refresh token for a new pair with the same rights. The old access token stays valid until it expires.
///
/// For [`REFRESH_RETRY_MS`] after its first use, a refresh token gives the same successor again. A later use ends the grant, and all its tokens with
/// it (second-edition.md 4.3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefreshGrant {
    /// The client that refreshes.
    pub client: ClientId,
    /// Keyed hash of the refresh token sent.
    pub used: Digest,
    /// Keyed hash of the new access token.
    pub access: Digest,
    /// Keyed hash of the new refresh token; a refresh token has one successor only.
    pub refresh: Digest,
}

impl Command for RefreshGrant {
    type Done = ();
    type Refusal = NotRenewed;
    const NAME: &'static str = "RefreshGrant";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.clients.push(self.client.clone());
        keys.refresh_tokens.push(self.used);
        keys.access_tokens.push(self.access);
        keys.refresh_tokens.push(self.refresh);
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        if let Some(used) = view.refresh_tokens.get(&self.used) {
            keys.grants.push(used.grant);
        }
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<NotRenewed>> {
        if view.clients.get(&self.client).is_none_or(|client| client.disabled) {
            return Err(NotRenewed::ClientUnknown.into());
        }
        let used = RefreshToken::clone(view.refresh_tokens.get(&self.used).ok_or(NotRenewed::Invalid)?);
        let grant = view.grants.get(&used.grant);
        let grant = grant.filter(|grant| grant.client == self.client && grant.ended_at_ms.is_none());
        let grant = Arc::clone(grant.ok_or(NotRenewed::Invalid)?);
        match (used.used_at_ms, used.dead_at_ms) {
            (None, None) => {
                let at_ms = Some(now.at_ms);
                view.refresh_tokens.put(used.hash, RefreshToken { dead_at_ms: at_ms, used_at_ms: at_ms, ..used });
                put_pair(view, grant.id, self.access, self.refresh, now);
                Ok(())
            }
            (None, Some(_)) => Err(NotRenewed::Invalid.into()),
            (Some(used_at_ms), _) if now.at_ms < used_at_ms.saturating_add(REFRESH_RETRY_MS) => {
                let successor = view.refresh_tokens.get(&self.refresh);
                let revoked = |next: &RefreshToken| next.dead_at_ms.is_some() && next.used_at_ms.is_none();
                if successor.is_none_or(|next| next.grant != grant.id || revoked(next)) {
                    return Err(NotRenewed::Invalid.into());
                }
                put_access(view, grant.id, self.access, self.refresh, now);
                Ok(())
            }
            (Some(_), _) => {
                view.grants.put(grant.id, Grant { ended_at_ms: Some(now.at_ms), ..grant.without_renewal(now) });
                Err(Denial::Declined(NotRenewed::TokensEnded))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GrantId, GrantKind, Now, RevokeToken, TOKENS_REMEMBERED_MS};
    use crate::{Ids, Rules};
    use ledger::Rial;

    fn hash(byte: u8) -> Digest {
        Digest([byte; 32])
    }

    fn at(at_ms: i64) -> Now {
        Now::at(at_ms).unwrap_or_else(Now::epoch)
    }

    fn decide<C: Command>(view: &mut View, command: &C, at_ms: i64) -> Result<C::Done, C::Refusal> {
        let (now, rules) = (at(at_ms), Rules::documented().unwrap());
        view.attempt_or_decline(|view| command.decide(view, At { now: &now, machine_ms: now.at_ms, rules: &rules }))
    }

    /// A grant whose first pair (1 and 1) was renewed (2 and 2) at 1,000.
    fn renewed() -> View {
        let mut view = View::new(Ids::from(1));
        let grant = Grant {
            id: GrantId(7),
            client: ClientId::from("drops"),
            kind: GrantKind::ClientCredential,
            user: "0499370899".to_owned(),
            bank: None,
            scopes: Vec::new(),
            deposits: Vec::new(),
            deposit_numbers: Vec::new(),
            max_amount: Rial::ZERO,
            monthly_count: 0,
            life_ms: 864_000_000,
            ended_at_ms: None,
            forgotten_at_ms: None,
        };
        view.grants.put(grant.id, grant);
        for (byte, used_at_ms) in [(1, Some(1_000)), (2, None)] {
            put_access(&mut view, GrantId(7), hash(byte), hash(byte), &at(0));
            let (hash, grant) = (hash(byte), GrantId(7));
            view.refresh_tokens.put(hash, RefreshToken { hash, grant, dead_at_ms: used_at_ms, used_at_ms });
        }
        view
    }

    fn forgotten(view: &View) -> Option<i64> {
        view.grants.get(&GrantId(7)).and_then(|grant| grant.forgotten_at_ms)
    }

    #[test]
    fn a_grant_is_forgotten_a_month_after_its_last_refresh_token_has_died() {
        let revoke = |view: &mut View, byte| {
            let revoke = RevokeToken { client: ClientId::from("drops"), access: hash(byte) };
            assert_eq!(decide(view, &revoke, 2_000), Ok(()));
        };
        let mut view = renewed();
        revoke(&mut view, 1);
        assert_eq!(forgotten(&view), None, "the second pair can be renewed");
        revoke(&mut view, 2);
        assert_eq!(forgotten(&view), Some(2_000 + TOKENS_REMEMBERED_MS));
        assert_eq!(view.grants.get(&GrantId(7)).and_then(|grant| grant.ended_at_ms), None);
    }

    // second-edition.md 4.3.
    #[test]
    fn a_grant_that_a_used_refresh_token_ends_is_forgotten_unless_orders_of_before_rest_on_it() {
        for (was, becomes) in [(None, 90_000 + TOKENS_REMEMBERED_MS), (Some(i64::MAX), i64::MAX)] {
            let mut view = renewed();
            let grant = view.grants.get(&GrantId(7)).map(|grant| Grant::clone(grant));
            let grant = grant.map(|grant| Grant { forgotten_at_ms: was, ..grant });
            grant.into_iter().for_each(|grant| view.grants.put(grant.id, grant));
            let client = ClientId::from("drops");
            let known = crate::Client {
                id: client.clone(),
                secret: hash(0),
                caller_nids: Vec::new(),
                redirect_origin: String::new(),
                scopes: Vec::new(),
                max_amount: Rial::ZERO,
                max_count: 0,
                float: None,
                charge_limits: crate::ChargeLimits::default(),
                disabled: false,
            };
            view.clients.put(client.clone(), known);
            let again = RefreshGrant { client, used: hash(1), access: hash(3), refresh: hash(2) };
            assert_eq!(decide(&mut view, &again, 90_000), Err(NotRenewed::TokensEnded));
            assert_eq!(forgotten(&view), Some(becomes));
        }
    }
}
