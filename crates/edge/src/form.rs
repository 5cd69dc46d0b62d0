//! Forms and query strings.

use std::borrow::Cow;

use axum::http::Uri;
use payments::CivilDate;
use text::date::{self, Times, Years};
use text::fold;
use wire::pairs::Pairs;

/// A day of the Jalali calendar, and the second of that day, if a time is given. `None`: there is no such day.
pub fn date(text: &str, times: Times) -> Option<(CivilDate, Option<u32>)> {
    let read = date::date(text, Years::Four, times)?;
    Some((CivilDate::in_calendar(read.year, read.month, read.day)?, read.second))
}

/// The parameters of a query string or the fields of a form; of several with one name the first counts.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<Parameter>);

#[derive(Clone, Debug)]
struct Parameter {
    name: String,
    sent: String,
    /// The folded value, if it differs from the sent one.
    folded: Option<String>,
}

impl Query {
    /// The parameters of an address.
    pub fn of(uri: &Uri) -> Self {
        Self::default().and_form(uri.query().unwrap_or_default().as_bytes())
    }

    /// With the fields of a form after the parameters.
    pub fn and_form(self, body: &[u8]) -> Self {
        self.and(form_urlencoded::parse(body))
    }

    /// The same of a form that was decoded where it was looked through.
    pub fn and_pairs(self, form: &Pairs) -> Self {
        self.and(form.iter().map(|(name, sent)| (Cow::Borrowed(name), Cow::Borrowed(sent))))
    }

    fn and<'a>(mut self, pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Self {
        self.0.extend(pairs.map(|(name, sent)| {
            let folded = fold(&sent);
            let folded = (*folded != *sent).then(|| folded.into_owned());
            Parameter { name: name.into_owned(), sent: sent.into_owned(), folded }
        }));
        self
    }

    fn all_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Parameter> {
        self.0.iter().filter(move |parameter| parameter.name == name)
    }

    /// The value of a parameter as it was sent, neither folded nor trimmed.
    pub fn raw<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all_of(name).next().map(|parameter| parameter.sent.as_str())
    }

    /// A value that is present and not blank, as it was sent.
    pub fn sent<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.raw(name).filter(|sent| !fold(sent).is_empty())
    }

    /// All values of a parameter, folded.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.all_of(name).map(|parameter| parameter.folded.as_deref().unwrap_or(&parameter.sent))
    }

    /// A value that is present and not blank, folded.
    pub fn get(&self, name: &str) -> Option<&str> {
        let parameter = self.0.iter().find(|parameter| parameter.name == name)?;
        let value = parameter.folded.as_deref().unwrap_or(&parameter.sent);
        (!value.is_empty()).then_some(value)
    }

    /// A path with these parameters, one of them with another value.
    pub fn with(&self, path: &str, name: &str, value: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for parameter in self.0.iter().filter(|parameter| parameter.name != name) {
            query.append_pair(&parameter.name, &parameter.sent);
        }
        format!("{path}?{}", query.append_pair(name, value).finish())
    }
}

/// The first value of a parameter, as it was sent.
pub fn query_value(uri: &Uri, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(uri.query()?.as_bytes());
    pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}
