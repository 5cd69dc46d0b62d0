//! POST `/dev/v2/oauth2/verify/sms` (finnotech.md 2.4): exchanges the code of an SMS for an authorization code.

use axum::extract::{Request, State};
use axum::response::Response;
use payments::VerifyConsentCode;
use serde::Deserialize;
use serde_json::value::RawValue;
use text::number::{compact, mobile, national_id};
use wire::field::Value;
use wire::finnotech::errors as table;
use wire::finnotech::replies::Verified;

use super::authorize::OTP;
use super::call;
use super::errors::not_verified;
use super::token::{enter, envelope, fail, internal, run};
use crate::App;
use edge::random::alphanumeric;

/// Length of an authorization code.
const CODE: usize = 16;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Body<'a> {
    #[serde(borrow)]
    mobile: Option<&'a RawValue>,
    #[serde(borrow)]
    otp: Option<&'a RawValue>,
    #[serde(borrow)]
    nid: Option<&'a RawValue>,
    #[serde(borrow)]
    track_id: Option<&'a RawValue>,
}

pub async fn verify_sms(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (client, body) = enter(&app, request).await?;
    let body: Body<'_> = call::object(app.strict, &body).map_err(|failure| fail(&failure))?;
    let number = |raw, name| Value::of(raw).number(name).map_err(|fault| fail(&fault.into()));
    let mobile_number = number(body.mobile, "mobile")?;
    let otp = number(body.otp, "otp")?;
    let nid = Value::of(body.nid).optional_digits("nid", 10).map_err(|fault| fail(&fault.into()))?;
    let nid = nid.ok_or_else(|| fail(&table::required("nid")))?;
    let track_id = call::text_as_sent(body.track_id, "trackId").map_err(|fault| fail(&fault.into()))?;
    let track_id = track_id.ok_or_else(|| fail(&table::required("trackId")))?;
    let wrong = || fail(&table::OTP_OR_MOBILE);
    let mobile = mobile(&mobile_number).ok_or_else(wrong)?;
    // A text that cannot be a code does not count as a try (second-edition.md 1.7).
    let otp = compact(&otp);
    let nid = national_id(&nid).filter(|_| otp.len() == OTP).ok_or_else(wrong)?.into_owned();
    let code = alphanumeric(CODE).map_err(|error| internal(&error.to_string()))?;
    let tries = app.secrets.hash(&format!("codes for consent\n{}\n{mobile}", client.id.0));
    let command = VerifyConsentCode {
        client: client.id,
        consent: app.secrets.hash(&track_id),
        mobile: app.secrets.hash(&mobile),
        otp: app.secrets.hash(&otp),
        nid,
        code: app.secrets.hash(&code),
        tries,
    };
    run(&app, command, not_verified).await?;
    Ok(envelope(Verified { code: &code }))
}
