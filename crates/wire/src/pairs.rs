//! The pairs of a form or a query, decoded.
//!
//! Shape: [`Pairs::of`] decodes them and looks through them once, and keeps names and values as parts of one text, which its readers borrow from.
//! Absent: what names mean. Lists, letters, and which of several pairs counts, are each dialect's.

use crate::text::decoded;

/// See the module.
#[derive(Clone, Default)]
pub struct Pairs {
    text: String,
    /// Where in the text a name ends, and its value.
    ends: Vec<(usize, usize)>,
}

/// What of a form is no text (second-edition 1.2, 1.3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoText {
    /// A name.
    Name,
    /// The value of this name.
    ValueOf(String),
}

impl Pairs {
    /// The pairs of a form or a query.
    ///
    /// # Errors
    /// The first name or value that is no text.
    pub fn of(form: &[u8]) -> Result<Self, NoText> {
        let mut pairs = Self { text: String::with_capacity(form.len()), ends: Vec::new() };
        for part in form.split(|byte| *byte == b'&').filter(|part| !part.is_empty()) {
            let at = part.iter().position(|byte| *byte == b'=');
            let (name, value) = at.map_or((part, &[][..]), |at| (&part[..at], &part[at + 1..]));
            let start = pairs.text.len();
            pairs.text.push_str(&decoded(name).ok_or(NoText::Name)?);
            let middle = pairs.text.len();
            let value = decoded(value).ok_or_else(|| NoText::ValueOf(pairs.text[start..].to_owned()))?;
            pairs.text.push_str(&value);
            pairs.ends.push((middle, pairs.text.len()));
        }
        Ok(pairs)
    }

    /// Names and values, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut from = 0;
        self.ends.iter().map(move |(middle, to)| {
            let pair = (&self.text[from..*middle], &self.text[*middle..*to]);
            from = *to;
            pair
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_decoded_pair_by_pair() {
        for (form, expected) in [
            (&b"a=b+c&d=%D8%B4&&e&=f&g=h=i"[..], &[("a", "b c"), ("d", "ش"), ("e", ""), ("", "f"), ("g", "h=i")][..]),
            (b"%61%5B%5D=1&a=2", &[("a[]", "1"), ("a", "2")]),
            (b"&&a=%", &[("a", "%")]),
            (b"", &[]),
        ] {
            let pairs = Pairs::of(form).unwrap_or_default();
            assert_eq!(pairs.iter().collect::<Vec<_>>(), expected, "{form:?}");
        }
    }

    /// second-edition 1.3: refused, never replaced.
    #[test]
    fn what_is_no_text_or_in_another_coding_is_refused_by_its_name() {
        let value_of = |name: &str| NoText::ValueOf(name.to_owned());
        for (form, expected) in [
            (&b"a=1&b=%00"[..], value_of("b")),
            (b"a=%D3", value_of("a")),
            (b"a=\xd3", value_of("a")),
            (b"a=%EF%BF%BF&b", value_of("a")),
            (b"b=1&a%00=1", NoText::Name),
            (b"a%00=%D3", NoText::Name),
        ] {
            assert_eq!(Pairs::of(form).err(), Some(expected), "{form:?}");
        }
    }
}
