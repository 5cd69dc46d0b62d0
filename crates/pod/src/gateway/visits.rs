//! The sessions in which a browser has last paid invoices, so that a link that it opens again leads to where the payer was.
//!
//! Shape: a cookie for all pages, since links have many paths: pairs of an invoice's id and a session's number, the newest first. Each form of a session
//! puts its session first. Absent: the state of a session, which its row has; a session that has no row is not found, and a new one begins.

use axum::http::{HeaderMap, HeaderValue};
use payments::InvoiceId;

use super::entries::SESSION;
use edge::Security;
use web::{SetCookie, cookie};

const COOKIE: &str = "daric_visits";
/// Maximum number of sessions in the cookie.
const KEPT: usize = 8;
/// Life of the cookie in seconds: as long as a receipt is kept. 90 days.
const COOKIE_SECONDS: u32 = 7_776_000;

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (InvoiceId, &str)> {
    let all = cookie(headers, COOKIE).unwrap_or_default();
    all.split('.').filter_map(|pair| {
        let (invoice, gs) = pair.split_once('-')?;
        let is_number = gs.len() == SESSION && gs.bytes().all(|byte| byte.is_ascii_hexdigit());
        Some((InvoiceId(invoice.parse().ok()?), gs)).filter(|_| is_number)
    })
}

/// The number of the session in which this browser has last paid an invoice.
pub fn of(headers: &HeaderMap, invoice: InvoiceId) -> Option<&str> {
    pairs(headers).find(|(known, _)| *known == invoice).map(|(_, gs)| gs)
}

/// The cookie with a session in front; `None`: it is there already.
pub fn with(headers: &HeaderMap, (invoice, gs): (InvoiceId, &str), security: Security) -> Option<HeaderValue> {
    if pairs(headers).next() == Some((invoice, gs)) {
        return None;
    }
    let others = pairs(headers).filter(|(known, _)| *known != invoice);
    let kept = std::iter::once((invoice, gs)).chain(others).take(KEPT);
    let value = kept.map(|(invoice, gs)| format!("{}-{gs}", invoice.0)).collect::<Vec<_>>().join(".");
    SetCookie { name: COOKIE, value: &value, path: "/", max_age_s: Some(COOKIE_SECONDS) }.header(security)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use axum::http::header;

    use super::*;

    fn gs(number: usize) -> String {
        format!("{number:032x}")
    }

    #[test]
    fn the_last_sessions_are_found_by_their_invoices_and_what_is_none_is_passed_over() {
        let mut headers = HeaderMap::new();
        for number in 1..=10 {
            let invoice = InvoiceId(i64::try_from(number).unwrap());
            let set = with(&headers, (invoice, &gs(number)), Security::Plain).unwrap();
            let value = set.to_str().unwrap().split(';').next().unwrap();
            headers.insert(header::COOKIE, HeaderValue::from_str(value).unwrap());
            assert!(with(&headers, (invoice, &gs(number)), Security::Plain).is_none(), "it is there already");
        }
        for number in 1..=10 {
            let invoice = InvoiceId(i64::try_from(number).unwrap());
            let expected = (number > 2).then(|| gs(number));
            assert_eq!(of(&headers, invoice), expected.as_deref(), "{number}");
        }
        // A new session of an invoice takes the place of the old one.
        let set = with(&headers, (InvoiceId(5), &gs(77)), Security::Plain).unwrap();
        assert!(set.to_str().unwrap().starts_with(&format!("daric_visits=5-{}.10-", gs(77))));
        assert!(!set.to_str().unwrap().contains(&gs(5)));
        for odd in ["", "5", "5-", "5-x", "-1", "x-0", "5-zz", "5-00000000000000000000000000000000'"] {
            headers.insert(header::COOKIE, HeaderValue::from_str(&format!("daric_visits={odd}")).unwrap());
            assert_eq!(of(&headers, InvoiceId(5)), None, "{odd}");
        }
    }
}
