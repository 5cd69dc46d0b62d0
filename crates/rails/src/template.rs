//! Texts with placeholders `{name}`. Other braces stay unchanged, so that JSON needs no escaping.

use crate::xml;

/// How an inserted value is escaped, so that it stays one value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Escape {
    /// Not escaped.
    Plain,
    /// As part of an address or a form.
    Percent,
    /// Inside a JSON string.
    Json,
    /// Inside XML.
    Xml,
}

impl Escape {
    /// The escaping for a body of this content type.
    pub(crate) fn of(content_type: &str) -> Self {
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            "application/x-www-form-urlencoded" => Self::Percent,
            kind if kind == "application/json" || kind.ends_with("+json") => Self::Json,
            kind if kind == "text/xml" || kind == "application/xml" || kind.ends_with("+xml") => Self::Xml,
            _ => Self::Plain,
        }
    }

    fn write(self, value: &str) -> String {
        match self {
            Self::Plain => value.to_owned(),
            Self::Percent => form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().replace('+', "%20"),
            Self::Json => {
                let quoted = serde_json::Value::from(value).to_string();
                quoted[1..quoted.len() - 1].to_owned()
            }
            Self::Xml => xml::escape(value).into_owned(),
        }
    }
}

/// Replaces the placeholders of `text`. Inserted values are not searched for placeholders.
pub(crate) fn fill(text: &str, values: &[(&str, &str)], escape: Escape) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        rest = &rest[open..];
        let named = values.iter().find(|(name, _)| {
            rest.strip_prefix('{').and_then(|rest| rest.strip_prefix(name)).is_some_and(|rest| rest.starts_with('}'))
        });
        match named {
            Some((name, value)) => {
                filled.push_str(&escape.write(value));
                rest = &rest[name.len() + 2..];
            }
            None => {
                filled.push('{');
                rest = &rest[1..];
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_filled_in_once_and_written_as_their_place_needs() {
        let values = [("to", "+989123456789"), ("text", "رمز: 12345\n\"{to}\" & <b>")];
        for (template, kind, expected) in [
            (r#"{"to":"{to}","x":{}}"#, "application/json", r#"{"to":"+989123456789","x":{}}"#),
            (r#"{"m":"{text}"}"#, "application/json; charset=utf-8", "{\"m\":\"رمز: 12345\\n\\\"{to}\\\" & <b>\"}"),
            ("to={to}", "application/x-www-form-urlencoded", "to=%2B989123456789"),
            ("<m>{text}</m>", "text/xml", "<m>رمز: 12345\n&quot;{to}&quot; &amp; &lt;b&gt;</m>"),
            ("{to}{other}{", "text/plain", "+989123456789{other}{"),
            ("{{to}}", "text/plain", "{+989123456789}"),
        ] {
            assert_eq!(fill(template, &values, Escape::of(kind)), expected, "{template}");
        }
    }
}
