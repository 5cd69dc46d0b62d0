//! Reading and setting cookies.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use edge::Security;

/// The value of a cookie in a request.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let values = headers.get_all(header::COOKIE).into_iter().map(HeaderValue::as_bytes);
    let pairs = values.flat_map(|value| value.split(|byte| *byte == b';')).map(<[u8]>::trim_ascii);
    // Cookies of other programs on this host may not be valid text.
    let mut named = pairs.filter_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="));
    std::str::from_utf8(named.next()?).ok()
}

/// A cookie that scripts cannot read (`HttpOnly`) and that browsers do not send with forms of other sites (`SameSite=Lax`).
#[derive(Debug)]
pub struct SetCookie<'a> {
    /// The name.
    pub name: &'a str,
    /// The value.
    pub value: &'a str,
    /// The path at and below which browsers send it.
    pub path: &'a str,
    /// How long a browser keeps it, in seconds; `None`: until the browser closes.
    pub max_age_s: Option<u32>,
}

impl<'a> SetCookie<'a> {
    /// A cookie for all pages, until the browser closes.
    pub fn everywhere(name: &'a str, value: &'a str) -> Self {
        Self { name, value, path: "/", max_age_s: None }
    }

    /// Removes a cookie of the pages at and below a path.
    pub fn gone_at(name: &'a str, path: &'a str) -> Self {
        Self { name, value: "", path, max_age_s: Some(0) }
    }

    /// Removes a cookie of all pages.
    pub fn gone(name: &'a str) -> Self {
        Self::gone_at(name, "/")
    }

    /// The value of `Set-Cookie`; `None`: it is not a valid header value.
    pub fn header(&self, security: Security) -> Option<HeaderValue> {
        let Self { name, value, path, max_age_s } = self;
        let age = max_age_s.map(|age| format!("; Max-Age={age}")).unwrap_or_default();
        let suffix = security.suffix();
        HeaderValue::from_str(&format!("{name}={value}; Path={path}{age}; HttpOnly; SameSite=Lax{suffix}")).ok()
    }
}

/// A response that sets these cookies.
pub fn with_cookies(mut response: Response, cookies: impl IntoIterator<Item = Option<HeaderValue>>) -> Response {
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_beside_those_of_other_programs_whatever_they_are() {
        for (sent, expected) in [
            (&[&b"a=1"[..]][..], Some("1")),
            (&[b"b=2; a=1;c=3"], Some("1")),
            (&[b"b=\xff;  a=1"], Some("1")),
            (&[b"b=\xff", b"aa=2; a=1"], Some("1")),
            (&[b"a=1; a=2"], Some("1")),
            (&[b"a="], Some("")),
            (&[b"a=1=2"], Some("1=2")),
            (&[b"a=\"1\""], Some("\"1\"")),
            (&[b"a=\xff"], None),
            (&[b"A=1; ba=1; a; =1"], None),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in sent {
                headers.append(header::COOKIE, HeaderValue::from_bytes(value).unwrap());
            }
            assert_eq!(cookie(&headers, "a"), expected, "{sent:?}");
        }
    }

    #[test]
    fn a_cookie_says_where_and_how_long_it_is_shown_and_is_hidden_from_scripts() {
        let limited = SetCookie { name: "a", value: "1", path: "/b", max_age_s: Some(600) };
        for (cookie, expected) in [
            (SetCookie::everywhere("a", "1"), "a=1; Path=/; HttpOnly; SameSite=Lax"),
            (SetCookie::gone("a"), "a=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"),
            (limited, "a=1; Path=/b; Max-Age=600; HttpOnly; SameSite=Lax"),
        ] {
            assert_eq!(cookie.header(Security::Plain).unwrap(), expected);
            assert_eq!(cookie.header(Security::Tls).unwrap(), &format!("{expected}; Secure"));
        }
        assert_eq!(SetCookie::everywhere("a", "1\r\n").header(Security::Plain), None);
    }
}
