//! `Authorization: Basic …`, as clients send it (second-edition.md 1.13).
//!
//! RFC 6749 2.3.1 form-encodes id and secret before they are joined; many clients join them unencoded. Both readings are tried, the encoded one
//! first.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wire::text::{self, is_text};

use crate::head;

/// One reading of an `Authorization` header.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The client's id.
    pub id: String,
    /// The client's secret.
    pub secret: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

/// The readings of a request's Basic credentials, the likelier first. `None`: there is no Basic header; empty: the header cannot be read.
pub fn basic(headers: &HeaderMap) -> Option<Vec<Credentials>> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let scheme = value.split(|byte| *byte == b' ').next().unwrap_or_default();
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return None;
    }
    let decoded =
        STANDARD.decode(value[scheme.len()..].trim_ascii()).ok().and_then(|pair| String::from_utf8(pair).ok());
    let pair = decoded.as_deref().and_then(|pair| pair.split_once(':'));
    Some(pair.map(|(id, secret)| readings(id, secret)).unwrap_or_default())
}

fn readings(id: &str, secret: &str) -> Vec<Credentials> {
    let encoded = text::decoded(id.as_bytes()).zip(text::decoded(secret.as_bytes()));
    let encoded = encoded.map(|(id, secret)| Credentials { id: id.into_owned(), secret: secret.into_owned() });
    let raw = id.chars().chain(secret.chars()).all(is_text);
    let raw = raw.then(|| Credentials { id: id.to_owned(), secret: secret.to_owned() });
    let raw = raw.filter(|raw| encoded.as_ref() != Some(raw));
    encoded.into_iter().chain(raw).collect()
}

/// The token of `Authorization: Bearer <token>`.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = head::text(headers.get(header::AUTHORIZATION)?)?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(value: &str) -> Option<Vec<(String, String)>> {
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap())]);
        basic(&headers).map(|sent| sent.into_iter().map(|one| (one.id, one.secret)).collect())
    }

    /// second-edition.md 1.13.
    #[test]
    fn names_and_secrets_are_read_as_a_form_encodes_them_and_as_they_are() {
        for (sent, expected) in [
            ("shop:plain-secret", &[("shop", "plain-secret")][..]),
            ("my+shop:a%2Bb%25c%3Ad+e", &[("my shop", "a+b%c:d e"), ("my+shop", "a%2Bb%25c%3Ad+e")]),
            ("shop:a+b:c", &[("shop", "a b:c"), ("shop", "a+b:c")]),
            ("shop:100%", &[("shop", "100%")]),
            ("shop:%D9%BE", &[("shop", "پ"), ("shop", "%D9%BE")]),
            ("shop:%81", &[("shop", "%81")]),
            ("shop:a%00", &[("shop", "a%00")]),
            ("shop:a\0", &[]),
            ("shop:", &[("shop", "")]),
            ("no colon", &[]),
        ] {
            let expected: Vec<_> =
                expected.iter().map(|(id, secret)| ((*id).to_owned(), (*secret).to_owned())).collect();
            for scheme in ["Basic ", "basic", "BASIC  "] {
                let value = format!("{scheme} {}", STANDARD.encode(sent));
                assert_eq!(read(&value), Some(expected.clone()), "{sent}");
            }
        }
        assert_eq!(read("Basic"), Some(Vec::new()));
        assert_eq!(read("Basic ***"), Some(Vec::new()));
        for value in ["", "Bearer abc", "Basically c2hvcDo="] {
            assert_eq!(read(value), None, "{value}");
        }
    }
}
