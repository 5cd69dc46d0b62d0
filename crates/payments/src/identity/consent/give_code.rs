//! Turning a request for consent into a code.

use ledger::AccountId;

use crate::view::View;
use crate::{AuthCode, Consent, Digest, Grant, GrantId};

/// Removes a request for consent and writes the code that it has become.
pub(super) fn give_code(
    view: &mut View,
    consent: &Consent,
    hash: Digest,
    user: String,
    (deposits, deposit_numbers): (Vec<AccountId>, Vec<String>),
    ends_at_ms: i64,
) {
    let grant = Grant {
        id: GrantId(0),
        client: consent.client.clone(),
        kind: consent.kind,
        user,
        bank: consent.bank,
        scopes: consent.scopes.clone(),
        deposits,
        deposit_numbers,
        max_amount: consent.max_amount,
        monthly_count: consent.monthly_count,
        life_ms: crate::life_ms(consent.kind, consent.bank),
        ended_at_ms: None,
        forgotten_at_ms: None,
    };
    view.consents.remove(consent.id);
    let redirect_uri = consent.redirect_uri.clone();
    view.auth_codes.put(hash, AuthCode { hash, grant, redirect_uri, used_by: None, ends_at_ms });
}
