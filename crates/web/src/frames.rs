//! Pages in frames of other sites (second-edition.md 1.12).
//!
//! Shape: a handler calls [`let_in`] as soon as it knows whose page it serves; [`framed`] writes the allowed origins on the response, whether it is a
//! page, a refusal or a redirect. In a frame of another site, browsers keep only cookies with `SameSite=None; Secure; Partitioned`, separately for
//! each site that shows the page.
//! Absent: which sites may show a page. The handler decides that.

use std::sync::{Arc, OnceLock};

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use payments::{Party, Text};

use edge::Security;

use super::NO_FRAME;
use edge::Edge;
use edge::head;

/// Origins that may show the response in a frame; empty until the handler sets them.
#[derive(Clone, Debug, Default)]
struct FramedBy(Arc<OnceLock<Vec<Text>>>);

/// Allows the sites of a business to show the response to this request in a frame.
pub fn let_in(parts: &Parts, business: Option<&Party>) {
    let origins = business.and_then(Party::business).map_or(&[][..], |business| &business.frame_origins);
    if let Some(FramedBy(framed_by)) = parts.extensions.get::<FramedBy>()
        && !origins.is_empty()
    {
        framed_by.get_or_init(|| origins.to_vec());
    }
}

/// Writes on a response which origins may frame it, and makes its cookies work there.
pub async fn framed(State(edge): State<Edge>, mut request: Request, next: Next) -> Response {
    let framed_by = FramedBy::default();
    request.extensions_mut().insert(framed_by.clone());
    let is_in_frame = may_be_in_frame(request.headers(), edge.security);
    let mut response = next.run(request).await;
    if let Some(origins) = framed_by.0.get() {
        let headers = response.headers_mut();
        open(headers, origins);
        if is_in_frame {
            partition(headers);
        }
    }
    response
}

/// Whether the response may be shown in a frame. A browser that does not say where it shows a response counts as one that may, if the server uses
/// TLS: without TLS its cookies cannot be `Secure`. Browsers that say it connect over TLS, or to the same machine.
fn may_be_in_frame(headers: &HeaderMap, security: Security) -> bool {
    let place = headers.get("sec-fetch-dest").and_then(head::text);
    place.map_or(security == Security::Tls, |place| matches!(place, "iframe" | "frame" | "embed" | "object"))
}

fn open(headers: &mut HeaderMap, origins: &[Text]) {
    let policy = headers.get(header::CONTENT_SECURITY_POLICY).and_then(head::text);
    let ancestors = format!("frame-ancestors {}", origins.join(" "));
    let policy = policy.and_then(|policy| HeaderValue::from_str(&policy.replace(NO_FRAME, &ancestors)).ok());
    if let Some(policy) = policy {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        headers.remove(header::X_FRAME_OPTIONS);
    }
}

fn partition(headers: &mut HeaderMap) {
    let set: Vec<HeaderValue> = headers.get_all(header::SET_COOKIE).iter().cloned().collect();
    headers.remove(header::SET_COOKIE);
    for cookie in set {
        let text = head::text(&cookie).unwrap_or_default();
        let secure = if text.contains("; Secure") { "" } else { "; Secure" };
        let text = format!("{}{secure}; Partitioned", text.replace("SameSite=Lax", "SameSite=None"));
        headers.append(header::SET_COOKIE, HeaderValue::from_str(&text).unwrap_or(cookie));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_in_a_frame_where_the_browser_says_so_or_may_have_left_it_out() {
        for (place, security, expected) in [
            ("iframe", Security::Plain, true),
            ("document", Security::Tls, false),
            ("", Security::Tls, true),
            ("", Security::Plain, false),
        ] {
            let mut headers = HeaderMap::new();
            if !place.is_empty() {
                headers.insert("sec-fetch-dest", HeaderValue::from_static(place));
            }
            assert_eq!(may_be_in_frame(&headers, security), expected, "{place} {security:?}");
        }
    }

    #[test]
    fn each_cookie_is_kept_by_itself_and_by_each_site() {
        let mut headers = HeaderMap::new();
        for cookie in ["a=1; Path=/; SameSite=Lax; Secure", "b=2; Path=/; Max-Age=0; SameSite=Lax"] {
            headers.append(header::SET_COOKIE, HeaderValue::from_static(cookie));
        }
        partition(&mut headers);
        let cookies: Vec<&str> = headers.get_all(header::SET_COOKIE).iter().map(|c| c.to_str().unwrap()).collect();
        assert_eq!(
            cookies,
            [
                "a=1; Path=/; SameSite=None; Secure; Partitioned",
                "b=2; Path=/; Max-Age=0; SameSite=None; Secure; Partitioned"
            ]
        );
    }
}
