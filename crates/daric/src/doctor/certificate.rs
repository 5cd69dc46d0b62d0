//! The time that the certificate has left.

use std::time::SystemTime;

use jiff::Timestamp;

use super::finding::Finding;
use crate::certificate::ServedCertificate;

const WHAT: &str = "tls";
const DAY_S: u64 = 86_400;
/// A certificate that is renewed by a program is renewed earlier than this before its end.
const SOON_S: u64 = 14 * DAY_S;

/// Looks at the certificate of the settings.
pub fn look(certificate: &ServedCertificate) -> Finding {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    finding(certificate.expires_at_s(), now.as_secs())
}

fn finding(expires_at_s: Option<u64>, now_s: u64) -> Finding {
    const RENEW: &str = "renew it (tls_cert); a running server reads the files every minute";
    let Some(end_s) = expires_at_s else {
        return Finding::warn(WHAT, "the certificate's end cannot be read", "make sure that clients accept it");
    };
    let end = i64::try_from(end_s).ok().and_then(|end| Timestamp::from_second(end).ok()).unwrap_or(Timestamp::MAX);
    match end_s.checked_sub(now_s) {
        None | Some(0) => {
            Finding::fail(WHAT, format!("the certificate has expired, at {end}: clients refuse it"), RENEW)
        }
        Some(left) if left < SOON_S => {
            Finding::warn(WHAT, format!("the certificate expires in {} days, at {end}", left / DAY_S), RENEW)
        }
        Some(_) => Finding::ok(WHAT, format!("the certificate is valid until {end}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;

    #[test]
    fn a_certificate_that_has_expired_or_soon_will_is_found() {
        let now_s = 1_800_000_000;
        for (end_s, level) in [
            (Some(now_s - 1), Level::Fail),
            (Some(now_s), Level::Fail),
            (Some(now_s + SOON_S - 1), Level::Warn),
            (Some(now_s + SOON_S), Level::Ok),
            (Some(u64::MAX), Level::Ok),
            (None, Level::Warn),
        ] {
            assert_eq!(finding(end_s, now_s).level, level, "{end_s:?}");
        }
    }
}
