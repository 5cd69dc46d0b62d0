//! The row of what a user has allowed a client.

use ledger::Rial;
use schema::table;

use crate::{Now, PartyId, Scope, Scopes};

/// Which user's consent to which client.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SsoConsentKey {
    /// The user.
    pub party: PartyId,
    /// The client.
    pub client: PartyId,
}

/// The number of a consent: one that was withdrawn and given again has another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SsoConsentId(pub i64);

/// What a user has allowed a client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SsoConsent {
    /// Whose, to whom.
    pub key: SsoConsentKey,
    /// Its number.
    pub id: SsoConsentId,
    /// What is allowed.
    pub scopes: Scopes,
    /// When it was given last, in milliseconds of Unix time.
    pub at_ms: i64,
    /// What the client may take for its own invoices, if the user has allowed any.
    pub standing: Option<StandingPermission>,
}

/// What a user has allowed a client to take from the wallet for invoices that the client issues to the user, without being asked each time
/// (second-edition.md 4.8). It is counted on the row of the consent, in the decision that pays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StandingPermission {
    /// What is allowed.
    pub terms: StandingTerms,
    /// What was paid in the period.
    pub spent: Rial,
    /// When the period began, in milliseconds of Unix time; 0: nothing was paid yet.
    pub since_ms: i64,
}

/// What a user allows: so much in each period. A period begins with the first payment after the end of the one before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StandingTerms {
    /// Most of a period.
    pub limit: Rial,
    /// How long a period is, in milliseconds.
    pub period_ms: i64,
}

impl StandingPermission {
    /// What has been paid in the period of an instant.
    pub fn spent(&self, now_ms: i64) -> Rial {
        let is_over = now_ms.saturating_sub(self.since_ms) >= self.terms.period_ms;
        if is_over { Rial::ZERO } else { self.spent }
    }

    /// With one more payment; `None`: it is more than is left of the period.
    pub(crate) fn with_payment(self, amount: Rial, now: &Now) -> Option<Self> {
        let spent = self.spent(now.at_ms);
        let since_ms = if spent.is_positive() { self.since_ms } else { now.at_ms };
        let spent = spent.checked_add(amount).filter(|sum| *sum <= self.terms.limit)?;
        Some(Self { spent, since_ms, ..self })
    }
}

impl SsoConsent {
    /// What the client may take for its own invoices.
    pub fn standing(&self) -> Option<StandingPermission> {
        self.standing.filter(|_| self.scopes.contains(Scope::Standing))
    }
}

table! {
    SsoConsent = "sso_consent",
    key |k: SsoConsentKey| { party: k.party, client: k.client },
    of |r| r.key,
    row |r| {
        party: r.key.party, client: r.key.client, consent: r.id, scopes: r.scopes, at_ms: r.at_ms,
        standing_limit: r.standing.map_or(Rial::ZERO, |standing| standing.terms.limit),
        standing_period_ms: r.standing.map_or(0, |standing| standing.terms.period_ms),
        standing_spent: r.standing.map_or(Rial::ZERO, |standing| standing.spent),
        standing_since_ms: r.standing.map_or(0, |standing| standing.since_ms),
    },
    make SsoConsent {
        key: SsoConsentKey { party, client }, id: consent, scopes, at_ms,
        standing: standing(standing_limit, standing_period_ms, standing_spent, standing_since_ms),
    }
}

/// A limit of nothing is no permission.
fn standing(limit: Rial, period_ms: i64, spent: Rial, since_ms: i64) -> Option<StandingPermission> {
    limit.is_positive().then_some(StandingPermission { terms: StandingTerms { limit, period_ms }, spent, since_ms })
}
