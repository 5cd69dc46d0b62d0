//! getUserProfile 29792 / 39287 (pod.md 3.13).

use wire::pod::balances::Profile;

use super::call::{Call, Done, Failed};

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    let party = call.party();
    let mobile = Some(&*party.mobile).filter(|mobile| !mobile.is_empty());
    let (verified, unverified) = if party.mobile_verified { (mobile, None) } else { (None, mobile) };
    Done::of(&Profile {
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
    })
}
