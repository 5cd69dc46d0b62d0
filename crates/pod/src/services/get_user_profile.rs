//! getUserProfile 29792 / 39287 (pod.md 3.13).

use std::sync::Arc;

use payments::Party;
use wire::pod::balances::Profile;

use super::call::Call;
use super::done::Done;
use super::failed::Failed;

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    Ok(Done::Profile(Arc::clone(&call.caller)))
}

/// The profile of a party, as the party itself sees it.
pub fn profile(party: &Party) -> Profile<'_> {
    let mobile = Some(&*party.mobile).filter(|mobile| !mobile.is_empty());
    let (verified, unverified) = if party.mobile_verified { (mobile, None) } else { (None, mobile) };
    Profile {
        version: 1,
        name: &party.name,
        nick_name: &party.name,
        cellphone_number: verified,
        unverified,
        join_date: party.joined_at_ms,
        user_id: party.id.0,
        guest: false,
        username: &party.name,
        sso_id: party.id.0.to_string(),
        sso_issuer_code: 1,
    }
}
