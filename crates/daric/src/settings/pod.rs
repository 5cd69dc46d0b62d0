//! `[pod]`, and the base of payers' links.

use std::net::SocketAddr;

use ::pod::services::{PodSettings, SmsFields, SmsInbound};
use edge::Mode;
use serde::Deserialize;
use url::Origin;
use web::guard::origin_of;

use super::error::{SettingsError, chosen, wrong};

/// Default tax rate of invoices in millionths: nine per cent.
const TAX_RATE_MICRO: i64 = 90_000;
const MICRO: f64 = 1_000_000.0;
/// Maximum length of a field's name.
const FIELD: usize = 64;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PodFile {
    public_base: Option<String>,
    tax_rate: Option<f64>,
    sms_inbound_secret: Option<String>,
    sms_inbound_from: Option<String>,
    sms_inbound_text: Option<String>,
}

/// The base of links to this server; unless configured, the address that it listens on.
#[derive(Debug)]
pub struct Links(Option<String>);

impl Links {
    /// Whether the links lead over TLS.
    pub fn are_encrypted(&self) -> bool {
        self.0.as_ref().is_some_and(|base| base.starts_with("https://"))
    }

    /// The beginning of links for a server that listens on this address and scheme, and the configured origin by which browsers know it, if any.
    pub fn at(self, scheme: &str, address: SocketAddr) -> (String, Option<Origin>) {
        let own_origin = self.0.as_deref().and_then(origin_of);
        (self.0.unwrap_or_else(|| format!("{scheme}://{address}")), own_origin)
    }
}

impl PodFile {
    /// `public_base` belongs to the top level, since POD is not the only user; in this table it is accepted as well.
    pub(super) fn read(self, above: Option<String>, mode: Mode) -> Result<(Links, PodSettings), SettingsError> {
        let PodFile { public_base, tax_rate, sms_inbound_secret, sms_inbound_from, sms_inbound_text } = self;
        if above.is_some() && public_base.is_some() && above != public_base {
            return Err(wrong("public_base and [pod] public_base differ: leave out one"));
        }
        let public_base = above.or(public_base);
        let base = |base: &String| {
            let rest = base.strip_prefix("http://").or_else(|| base.strip_prefix("https://"));
            let clean =
                // Pages and links are below the root.
                |rest: &str| !rest.contains(['?', '#']) && !rest.trim_end_matches('/').contains('/') && !rest.is_empty() && !rest.chars().any(char::is_whitespace);
            rest.is_some_and(clean) && origin_of(base).is_some()
        };
        if public_base.as_ref().is_some_and(|given| !base(given)) {
            return Err(wrong(
                "[pod] public_base, or public_base (DARIC_PUBLIC_BASE): an address that begins with http:// or https://, without a path and a query",
            ));
        }
        let tax_rate_micro = match tax_rate {
            None => TAX_RATE_MICRO,
            Some(rate) if (0.0..=1.0).contains(&rate) => (rate * MICRO).round() as i64,
            Some(_) => return Err(wrong("[pod] tax_rate: from 0 to 1, as 0.09")),
        };
        if let Some(secret) = &sms_inbound_secret {
            chosen("[pod] sms_inbound_secret", secret, mode)?;
        }
        let sms_inbound = match (sms_inbound_secret, mode) {
            (Some(secret), _) => SmsInbound::With(secret),
            (None, Mode::Sandbox) => SmsInbound::Open,
            (None, Mode::Production) => SmsInbound::Closed,
        };
        let field = |setting: &str, given: Option<String>, usual: &str| {
            let given = given.unwrap_or_else(|| usual.to_owned());
            let shaped = (1..=FIELD).contains(&given.len()) && given.bytes().all(|byte| byte.is_ascii_graphic());
            if shaped { Ok(given) } else { Err(wrong(format!("[pod] {setting}: the name of a field"))) }
        };
        let sms_fields = SmsFields {
            from: field("sms_inbound_from", sms_inbound_from, "from")?,
            text: field("sms_inbound_text", sms_inbound_text, "text")?,
        };
        if sms_fields.from.eq_ignore_ascii_case(&sms_fields.text) {
            return Err(wrong("[pod] sms_inbound_from and sms_inbound_text: two names"));
        }
        let public_base = public_base.map(|base| base.trim_end_matches('/').to_owned());
        Ok((Links(public_base), PodSettings { tax_rate_micro, sms_inbound, sms_fields }))
    }
}
