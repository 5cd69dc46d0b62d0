//! The row of a user's consent to a client.

use ledger::Rial;
use schema::table;

use crate::{Now, PartyId, Scope, Scopes};

/// The key of a consent: one for each user and client.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SsoConsentKey {
    /// The user.
    pub party: PartyId,
    /// The client.
    pub client: PartyId,
}

/// Number of a consent. A consent that was withdrawn and given again has a new number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SsoConsentId(pub i64);

/// A user's consent to a client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SsoConsent {
    /// The user and the client.
    pub key: SsoConsentKey,
    /// The consent's number.
    pub id: SsoConsentId,
    /// The scopes that the user has allowed.
    pub scopes: Scopes,
    /// When the consent was last given, in milliseconds of Unix time.
    pub at_ms: i64,
    /// The limit up to which the client may have its own invoices paid; `None`: the user has set none.
    pub standing: Option<StandingPermission>,
}

/// A permission to pay, from the user's wallet, invoices that the client has issued to the user, without asking the user each time
/// (second-edition.md 4.8). The decision that pays counts the payment on the row of the consent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StandingPermission {
    /// The limit and its period.
    pub terms: StandingTerms,
    /// What was paid in the current period.
    pub spent: Rial,
    /// When that period began, in milliseconds of Unix time; 0: nothing was paid yet.
    pub since_ms: i64,
}

/// A limit for each period. A period begins with the first payment after the end of the previous one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StandingTerms {
    /// Most that may be paid in a period.
    pub limit: Rial,
    /// Length of a period, in milliseconds.
    pub period_ms: i64,
}

impl StandingPermission {
    /// What was paid in the period that contains an instant.
    pub fn spent(&self, now_ms: i64) -> Rial {
        let is_over = now_ms.saturating_sub(self.since_ms) >= self.terms.period_ms;
        if is_over { Rial::ZERO } else { self.spent }
    }

    /// The permission after one more payment; `None`: the payment is more than is left of the period's limit.
    pub(crate) fn with_payment(self, amount: Rial, now: &Now) -> Option<Self> {
        let spent = self.spent(now.at_ms);
        let since_ms = if spent.is_positive() { self.since_ms } else { now.at_ms };
        let spent = spent.checked_add(amount).filter(|sum| *sum <= self.terms.limit)?;
        Some(Self { spent, since_ms, ..self })
    }
}

impl SsoConsent {
    /// The permission to pay the client's own invoices, if the consent has [`Scope::Standing`].
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

/// Reads the permission; a limit of zero is no permission.
fn standing(limit: Rial, period_ms: i64, spent: Rial, since_ms: i64) -> Option<StandingPermission> {
    limit.is_positive().then_some(StandingPermission { terms: StandingTerms { limit, period_ms }, spent, since_ms })
}
