//! One-time codes that browsers read from an SMS (origin-bound one-time codes).
//!
//! Shape: the last line of the SMS names the host of this server's pages and repeats the code: `@pay.example #12345`. A browser then offers the code
//! on pages of that host only, also on a page that imitates them.
//! Absent: the line itself where the settings name no `public_base` with HTTPS: browsers take such codes on secure pages only.

use url::Origin;

use crate::Edge;

/// The text of an SMS, with a last line that lets browsers read its code on pages of this server.
pub fn for_site(edge: &Edge, text: String, code: &str) -> String {
    with_line(text, edge.own_origin.as_ref(), code)
}

fn with_line(text: String, origin: Option<&Origin>, code: &str) -> String {
    match origin {
        Some(Origin::Tuple(scheme, host, _)) if scheme == "https" => format!("{text}\n\n@{host} #{code}"),
        Some(Origin::Tuple(..) | Origin::Opaque(_)) | None => text,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;
    use url::Url;

    #[test]
    fn only_pages_over_https_get_the_line_and_it_is_the_last_one() {
        for (base, expected) in [
            (Some("https://pay.example"), "text 12345\n\n@pay.example #12345"),
            (Some("https://pay.example:8443/x"), "text 12345\n\n@pay.example #12345"),
            (Some("http://pay.example"), "text 12345"),
            (None, "text 12345"),
        ] {
            let origin = base.map(|base| Url::parse(base).unwrap().origin());
            assert_eq!(with_line("text 12345".to_owned(), origin.as_ref(), "12345"), expected, "{base:?}");
        }
    }
}
