//! How what log-ins give is stored. Names of scopes are for ever.

use crate::{
    Digest, Scope, Scopes, SsoCode, SsoConsent, SsoConsentKey, SsoFamily, SsoFamilyId, SsoGrant, SsoRefresh,
    StandingPermission, StandingTerms,
};
use ledger::Rial;
use schema::{Bind, Cell, Corrupt, Fetch, Worded, table, words};
table! {
    SsoCode = "sso_code",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| {
        hash: r.hash, client: r.grant.client, party: r.grant.party, scopes: r.grant.scopes, consent: r.grant.consent,
        access_version: r.grant.access_version, redirect_uri: r.redirect_uri, challenge: r.challenge,
        used_by: r.used_by.map(|family| family.0), ends_at_ms: r.ends_at_ms,
    },
    make SsoCode {
        hash, grant: SsoGrant { client, party, scopes, consent, access_version }, redirect_uri, challenge,
        used_by: Option::map(used_by, SsoFamilyId), ends_at_ms,
    }
}

table! {
    SsoRefresh = "sso_refresh",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| {
        hash: r.hash, family: r.family, client: r.client, party: r.party, used_at_ms: r.used_at_ms,
        ends_at_ms: r.ends_at_ms,
    },
    make SsoRefresh { hash, family, client, party, used_at_ms, ends_at_ms }
}

table! {
    SsoFamily = "sso_family",
    key |k: SsoFamilyId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, client: r.grant.client, party: r.grant.party, scopes: r.grant.scopes, consent: r.grant.consent,
        access_version: r.grant.access_version, ends_at_ms: r.ends_at_ms,
    },
    make SsoFamily { id, grant: SsoGrant { client, party, scopes, consent, access_version }, ends_at_ms }
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

words!(Scope = "sso_consent" {
    "profile" => Scope::Profile,
    "wallet:read" => Scope::WalletRead,
    "invoice:pay" => Scope::InvoicePay,
    "business" => Scope::Business,
    "invoice:standing" => Scope::Standing,
});

impl Cell for Scopes {
    fn put<B: Bind>(&self, to: &mut B) -> Result<(), B::Error> {
        to.text(&names_of(*self))
    }

    fn take<F: Fetch>(from: &mut F) -> Result<Self, F::Error> {
        Ok(named(&from.text()?)?)
    }
}

/// A set of scopes in the database.
pub(crate) fn names_of(scopes: Scopes) -> String {
    let names = Scope::ALL.iter().filter(|scope| scopes.contains(**scope)).map(Scope::word);
    names.collect::<Vec<_>>().join(" ")
}

pub(crate) fn named(names: &str) -> Result<Scopes, Corrupt> {
    names.split_ascii_whitespace().map(Scope::of_word).collect()
}
