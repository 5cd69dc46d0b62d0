//! Parameters of forms and queries: lists in four forms, and scalars (pod.md 1.2–1.4).

use std::borrow::Cow;
use std::collections::HashSet;

use text::fold;
use text::number::{self, MAX_AMOUNT, integral, numeral, rials};

use crate::pod::errors::{self, Failure};

/// The maximum length of an id, in digits.
const ID: usize = 18;
/// The maximum number of fraction digits of a quantity and of a rate.
const FRACTION: i32 = 6;
/// One, in the millionths in which quantities and rates are counted.
pub const MICRO: i64 = 1_000_000;
/// The largest quantity.
const QUANTITY_MAX: i64 = 1_000_000_000;
/// The smallest quantity, in millionths.
const QUANTITY_MIN_MICRO: i64 = 10;

/// Parameters as they came: first those of the form, then those of the query. Texts are taken as they were sent, all else folded. They are parts of the form
/// and the query: only what folding changes is copied.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Params<'a>(Vec<Param<'a>>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Param<'a> {
    /// Without brackets.
    name: Cow<'a, str>,
    position: ElementPosition,
    value: Cow<'a, str>,
    /// As it came, where folding has changed it: texts and addresses are taken so.
    sent: Option<Cow<'a, str>>,
}

impl<'a> Param<'a> {
    /// `None`: its value is blank, which is none.
    fn of(name: Cow<'a, str>, value: Cow<'a, str>) -> Option<Self> {
        let (name, position) = match name {
            Cow::Borrowed(name) => {
                let (bare, position) = bare(name);
                (Cow::Borrowed(bare), position)
            }
            Cow::Owned(mut name) => {
                let (bare, position) = bare(&name);
                let length = bare.len();
                name.truncate(length);
                (Cow::Owned(name), position)
            }
        };
        let (value, sent) = match value {
            Cow::Borrowed(text) => {
                let folded = fold(text);
                let sent = (*folded != *text).then_some(Cow::Borrowed(text));
                (folded, sent)
            }
            Cow::Owned(text) => match Some(fold(&text)).filter(|folded| **folded != *text).map(Cow::into_owned) {
                None => (Cow::Owned(text), None),
                Some(folded) => (Cow::Owned(folded), Some(Cow::Owned(text))),
            },
        };
        (!value.is_empty()).then_some(Self { name, position, value, sent })
    }

    fn sent(&self) -> &str {
        self.sent.as_deref().unwrap_or(&self.value)
    }
}

/// How an element of a list states its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ElementPosition {
    /// `name`: the position is the order of the elements.
    Bare,
    /// `name[]`: the position is the order of the elements.
    Brackets,
    /// `name[3]`: the position is the index.
    Index(usize),
}

/// Splits the brackets off a name's end.
fn bare(name: &str) -> (&str, ElementPosition) {
    let Some((bare, index)) = name.strip_suffix(']').and_then(|name| name.split_once('[')) else {
        return (name, ElementPosition::Bare);
    };
    match index {
        "" => (bare, ElementPosition::Brackets),
        // An index of any length is an index; one that is too large leaves a gap, and the list is refused.
        index if number::is_digits(index) => (bare, ElementPosition::Index(index.parse().unwrap_or(usize::MAX))),
        _ => (name, ElementPosition::Bare),
    }
}

impl<'a> Params<'a> {
    /// Adds the pairs of a form or a query; what came before counts first.
    pub fn and(mut self, pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Self {
        let mut pairs = pairs.filter_map(|(name, value)| Param::of(name, value)).peekable();
        if self.0.is_empty() || pairs.peek().is_none() {
            self.0.extend(pairs);
            return self;
        }
        // A parameter of the form hides the query's, in whatever case either is named.
        let known: HashSet<String> = self.0.iter().map(|param| param.name.to_ascii_lowercase()).collect();
        self.0.extend(pairs.filter(|param| !known.contains(&param.name.to_ascii_lowercase())));
        self
    }

    /// Renames parameters whose names differ from one of `names` in case only (second-edition.md 4.9). If the exact name is present, it alone counts.
    /// Parameters with exact names are visited once each, and nothing is copied.
    ///
    /// # Errors
    /// A name is present in two other spellings with different values, or a list is present with its exact name and in another spelling with other
    /// elements. Then no parameter is renamed.
    pub fn named(&mut self, names: impl Iterator<Item = &'static str>) -> Result<(), Failure> {
        let mut renamed: Vec<(usize, &'static str)> = Vec::new();
        for name in names {
            let is_named = |param: &&Param<'_>| param.name.eq_ignore_ascii_case(name);
            let mut others = self.0.iter().filter(is_named).filter(|param| param.name != name).peekable();
            let Some(first) = others.peek().map(|param| &*param.name) else { continue };
            let has_exact = self.0.iter().any(|param| param.name == name);
            // Elements of a list in other letters are not left out without a word: they may be lines of an invoice.
            let (counts, mut compared): (&str, Vec<&Param<'_>>) = match has_exact {
                true => (name, others.filter(|param| param.position != ElementPosition::Bare).collect()),
                false => (first, others.filter(|param| param.name != first).collect()),
            };
            compared.sort_unstable_by(|one, other| one.name.cmp(&other.name));
            compared.dedup_by(|one, other| one.name == other.name);
            if compared.iter().any(|other| !self.values(&other.name).eq(self.values(counts))) {
                return Err(errors::invalid(name));
            }
            if !has_exact {
                let at = self.0.iter().enumerate().filter(|(_, param)| param.name == first);
                renamed.extend(at.map(|(at, _)| (at, name)));
            }
        }
        for (at, name) in renamed {
            self.0[at].name = Cow::Borrowed(name);
        }
        Ok(())
    }

    /// What a name in these very letters has.
    fn values<'s>(&'s self, spelling: &'s str) -> impl Iterator<Item = (ElementPosition, &'s str)> {
        self.0.iter().filter(move |param| param.name == spelling).map(|param| (param.position, param.sent()))
    }

    /// A scalar, folded; the first one if it is repeated.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|param| param.name == name).map(|param| &*param.value)
    }

    /// A scalar whose name is compared without case.
    pub fn get_any_case(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|param| param.name.eq_ignore_ascii_case(name)).map(|param| &*param.value)
    }

    /// An optional text, as it was sent.
    pub fn sent(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|param| param.name == name).map(Param::sent)
    }

    /// A list in order: `name[0]`, `name[1]` by index, other forms as they were sent (pod.md 1.3, second-edition.md 1.3).
    ///
    /// # Errors
    /// An index is missing or repeated, or the elements state their positions in different ways.
    pub fn list(&self, name: &str) -> Result<Vec<&str>, Failure> {
        Ok(self.elements(name)?.into_iter().map(|param| &*param.value).collect())
    }

    /// A list of texts, as they were sent.
    ///
    /// # Errors
    /// As [`Params::list`].
    pub fn list_sent(&self, name: &str) -> Result<Vec<&str>, Failure> {
        Ok(self.elements(name)?.into_iter().map(Param::sent).collect())
    }

    fn elements(&self, name: &str) -> Result<Vec<&Param<'a>>, Failure> {
        let mut found: Vec<&Param<'a>> = self.0.iter().filter(|param| param.name == name).collect();
        let index = |param: &Param<'_>| match param.position {
            ElementPosition::Index(index) => Some(index),
            ElementPosition::Bare | ElementPosition::Brackets => None,
        };
        found.sort_by_key(|param| index(param));
        let first = found.first().map(|param| param.position);
        let is_numbered = matches!(first, Some(ElementPosition::Index(_)));
        let is_list = found.iter().enumerate().all(|(at, param)| match index(param) {
            Some(index) => is_numbered && index == at,
            None => Some(param.position) == first,
        });
        if is_list { Ok(found) } else { Err(errors::invalid(name)) }
    }

    /// A required value, folded.
    ///
    /// # Errors
    /// It is missing.
    pub fn text(&self, name: &str) -> Result<&str, Failure> {
        self.get(name).ok_or_else(|| errors::missing(name))
    }

    /// A required id.
    ///
    /// # Errors
    /// It is missing, or not an id.
    pub fn id(&self, name: &str) -> Result<i64, Failure> {
        id(self.text(name)?).ok_or_else(|| errors::invalid(name))
    }

    /// An optional id.
    ///
    /// # Errors
    /// It is present and not an id.
    pub fn optional_id(&self, name: &str) -> Result<Option<i64>, Failure> {
        self.get(name).map(|text| id(text).ok_or_else(|| errors::invalid(name))).transpose()
    }

    /// A boolean; false if it is absent.
    ///
    /// # Errors
    /// It is present and not a boolean.
    pub fn flag(&self, name: &str) -> Result<bool, Failure> {
        Ok(self.optional_flag(name)?.unwrap_or(false))
    }

    /// An optional boolean.
    ///
    /// # Errors
    /// It is present and not a boolean.
    pub fn optional_flag(&self, name: &str) -> Result<Option<bool>, Failure> {
        match self.get(name) {
            None => Ok(None),
            Some("true" | "True" | "1") => Ok(Some(true)),
            Some("false" | "False" | "0") => Ok(Some(false)),
            Some(_) => Err(errors::invalid(name)),
        }
    }

    /// An optional address; the literal `null` counts as absent.
    ///
    /// # Errors
    /// It is not an address that a browser may be redirected to.
    pub fn url(&self, name: &str) -> Result<Option<&str>, Failure> {
        let found = self.0.iter().find(|param| param.name == name && param.value != "null");
        let Some(text) = found.map(|param| param.sent().trim()) else { return Ok(None) };
        if is_address(text) { Ok(Some(text)) } else { Err(errors::invalid(name)) }
    }
}

impl Params<'_> {
    /// An address by a name that is compared without case; one that no browser may be sent to is none.
    pub fn url_any_case(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|param| param.name.eq_ignore_ascii_case(name));
        found.map(|param| param.sent().trim()).filter(|text| *text != "null" && is_address(text))
    }
}

/// Whether a text is an absolute address with a scheme other than `javascript`, `data` and `file`. Blanks inside it are allowed, because decoding a
/// link's parameter turns `%20` into a blank; they are written `%20` again where the address is used.
fn is_address(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let scheme = scheme.to_ascii_lowercase();
    let clean = text.trim() == text && !text.chars().any(|c| c != ' ' && (c.is_control() || c.is_whitespace()));
    named && !rest.is_empty() && clean && !["javascript", "data", "file"].contains(&scheme.as_str())
}

/// An id: 1 to 18 digits.
pub fn id(text: &str) -> Option<i64> {
    let text = numeral(text);
    let digits = (1..=ID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// Whole rials from 1 to 10^15 (second-edition.md 1.4).
pub fn amount(text: &str) -> Option<i64> {
    number::amount(text)
}

/// Whole rials from 0 to 10^15.
pub fn amount_or_zero(text: &str) -> Option<i64> {
    rials(text).filter(|amount| (0..=MAX_AMOUNT).contains(amount))
}

/// A quantity in millionths: 0.00001 to 10^9, at most six decimals.
pub fn quantity(text: &str) -> Option<i64> {
    let micro = decimal(text)?;
    (QUANTITY_MIN_MICRO..=QUANTITY_MAX * MICRO).contains(&micro).then_some(micro)
}

/// A rate in millionths: 0 to 1.
pub fn rate(text: &str) -> Option<i64> {
    decimal(text).filter(|micro| (0..=MICRO).contains(micro))
}

/// A decimal number in millionths, with or without an exponent; digits beyond the sixth decimal must be zeros.
fn decimal(text: &str) -> Option<i64> {
    let text = numeral(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (&*text, 0),
    };
    if !mantissa.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    integral(&format!("{mantissa}e{}", exponent.checked_add(FRACTION)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(form: &str, query: &str) -> Params<'static> {
        let pairs = |text: &str| {
            let pair = |pair: &str| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (Cow::Owned(name.to_owned()), Cow::Owned(value.to_owned()))
            };
            text.split('&').filter(|pair| !pair.is_empty()).map(pair).collect::<Vec<_>>().into_iter()
        };
        Params::default().and(pairs(form)).and(pairs(query))
    }

    #[test]
    fn a_list_is_in_the_order_of_its_numbers_or_as_it_came() {
        // pod.md 1.3, second-edition.md 1.3.
        for form in ["p=1&p=2&p=3", "p[]=1&p[]=2&p[]=3", "p[0]=1&p[1]=2&p[2]=3", "p[2]=3&p[0]=1&p[1]=2"] {
            let params = params(form, "");
            assert_eq!(params.list("p").unwrap(), ["1", "2", "3"], "{form}");
            assert_eq!(params.list_sent("p").unwrap(), ["1", "2", "3"], "{form}");
        }
        for form in [
            "p[1]=1",
            "p[0]=1&p[2]=3",
            "p[0]=1&p[0]=2",
            "p[]=1&p[0]=2",
            "p=1&p[]=2",
            "p[0]=1&p=2",
            "p=1&p[1]=2",
            "p[1]=2&p=1",
            "p[]=1&p[1]=2",
            "p[99999999999999999999999]=1",
            "p[0]=1&p[1]=&p[2]=3",
        ] {
            assert_eq!(params(form, "").list("p"), Err(errors::invalid("p")), "{form}");
        }
        assert_eq!(params("p[x]=1&p[-1]=2", "").list("p"), Ok(Vec::new()));
        assert_eq!(params("p[0]=1", "").get("p"), Some("1"));
    }

    #[test]
    fn parameters_cost_as_much_as_they_are_many() {
        // With a comparison of each pair, these would take minutes.
        let pairs = |from: u32| (from..from + 200_000).map(|at| (Cow::Owned(format!("p{at}")), Cow::Borrowed("1")));
        let params = Params::default().and(pairs(0)).and(pairs(100_000));
        assert_eq!((params.0.len(), params.get("p299999")), (300_000, Some("1")));
    }

    #[test]
    fn a_form_counts_before_the_query_an_empty_value_is_none_and_texts_stay_as_they_were_sent() {
        let params = params("a=1&a=2&b=&c= ۱۲ك ", "a=3&b=4&ScProductId=29816");
        assert_eq!((params.get("a"), params.list("a").unwrap().len()), (Some("1"), 2));
        assert_eq!((params.get("b"), params.get("c")), (Some("4"), Some("12ک")));
        assert_eq!((params.sent("c"), params.sent("b"), params.sent("d")), (Some(" ۱۲ك "), Some("4"), None));
        assert_eq!((params.get_any_case("scProductId"), params.get("scProductId")), (Some("29816"), None));
        assert_eq!(params.text("d").unwrap_err(), errors::missing("d"));
    }

    /// second-edition.md 4.9.
    #[test]
    fn names_are_read_in_any_case_and_the_exact_one_counts_alone() {
        let named = |form: &str, query: &str| {
            let mut params = params(form, query);
            params.named(["productId", "size"].into_iter()).map(|()| params)
        };
        for (form, query, expected) in [
            ("SIZE=1", "", Ok(Some("1"))),
            ("", "Size=1", Ok(Some("1"))),
            ("size=1&SIZE=2&Size=3", "", Ok(Some("1"))),
            ("SIZE=2&size=1", "", Ok(Some("1"))),
            ("SIZE=1", "size=2", Ok(Some("1"))),
            ("SIZE=1&Size=1", "", Ok(Some("1"))),
            ("SIZE=1&Size=2", "", Err(errors::invalid("size"))),
            ("SIZE=1&Size=1&Size=1", "", Err(errors::invalid("size"))),
            ("SIZE=&Size=2", "", Ok(Some("2"))),
            ("sizes=1", "", Ok(None)),
        ] {
            let found = named(form, query).map(|params| params.get("size").map(str::to_owned));
            assert_eq!(found, expected.map(|text| text.map(str::to_owned)), "{form} {query}");
        }
        for form in ["ProductId[]=1&ProductId[]=2", "PRODUCTID[1]=2&PRODUCTID[0]=1", "productid=1&productid=2"] {
            assert_eq!(named(form, "").unwrap().list("productId").unwrap(), ["1", "2"], "{form}");
        }
        assert_eq!(named("ProductId[]=1&PRODUCTID[]=2", ""), Err(errors::invalid("productId")));
        assert_eq!(named("ProductId[0]=1&PRODUCTID[1]=2", ""), Err(errors::invalid("productId")));
        // An element in another spelling must not be dropped: it is a line of an invoice.
        for form in ["productId[0]=1&ProductId[1]=2", "productId[]=1&ProductId[]=2", "ProductId[1]=2&productId[0]=1"] {
            assert_eq!(named(form, ""), Err(errors::invalid("productId")), "{form}");
        }
        assert_eq!(named("productId[0]=1&ProductId[0]=1", "").unwrap().list("productId").unwrap(), ["1"]);
    }

    #[test]
    fn names_are_read_in_place_and_a_refusal_changes_none() {
        let names = || ["size", "productId"].into_iter();
        let mut read = params("size=1&ProductId[]=a&ProductId[]=b", "q=c");
        let values = |params: &Params| params.0.iter().map(|param| param.value.as_ptr()).collect::<Vec<_>>();
        let before = values(&read);
        read.named(names()).unwrap();
        assert_eq!((values(&read), read.list("productId").unwrap()), (before, vec!["a", "b"]));
        assert!(matches!(&read.0[1].name, Cow::Borrowed("productId")));
        let sent = params("SIZE=1&ProductId[]=1&PRODUCTID[]=2", "");
        let mut read = sent.clone();
        assert_eq!(read.named(names()), Err(errors::invalid("productId")));
        assert_eq!(read, sent);
    }

    #[test]
    fn what_folding_does_not_change_is_not_copied() {
        let pairs = [("price[]", "50000"), ("billNumber", " ۱۲ "), ("c", "كتاب"), ("blank", " ")];
        let form = || pairs.map(|(name, value)| (Cow::Borrowed(name), Cow::Borrowed(value))).into_iter();
        let read = Params::default().and(form()).and(form());
        let is_borrowed = |text: &Cow<'_, str>| matches!(text, Cow::Borrowed(_));
        let borrowed = read.0.iter().map(|param| (is_borrowed(&param.name), is_borrowed(&param.value)));
        assert_eq!(borrowed.collect::<Vec<_>>(), [(true, true), (true, false), (true, false)]);
        assert!(read.0.iter().filter_map(|param| param.sent.as_ref()).all(is_borrowed));
    }

    #[test]
    fn scalars_have_their_shapes() {
        // pod.md 1.4.
        for (text, expected) in [
            ("50000", Some(50_000)),
            ("50000.0", Some(50_000)),
            ("1000000000000000", Some(MAX_AMOUNT)),
            ("1000000000000001", None),
            ("0", None),
            ("-1", None),
            ("5e4", Some(50_000)),
            ("10.5", None),
            ("auto", None),
            ("", None),
        ] {
            assert_eq!(amount(text), expected, "{text}");
        }
        for (text, expected) in [
            ("1", Some(MICRO)),
            ("0.1", Some(100_000)),
            ("0.00001", Some(10)),
            ("0.000009", None),
            ("1.0000001", None),
            ("1.0000000", Some(MICRO)),
            ("1000000000", Some(QUANTITY_MAX * MICRO)),
            ("1000000000.1", None),
            ("-1", None),
            (".5", None),
            ("1.2.3", None),
            ("1E+1", Some(10 * MICRO)),
            ("0.2e1", Some(2 * MICRO)),
            ("5.0E-4", Some(500)),
            ("1e-05", Some(10)),
            ("1e-6", None),
            ("1e999999999", None),
            ("1e2147483647", None),
        ] {
            assert_eq!(quantity(text), expected, "{text}");
        }
        for (text, expected) in [
            ("0", Some(0)),
            ("0E-8", Some(0)),
            ("0.09", Some(90_000)),
            ("9E-2", Some(90_000)),
            ("1", Some(MICRO)),
            ("1.1", None),
        ] {
            assert_eq!(rate(text), expected, "{text}");
        }
        for (text, good) in [
            ("http://127.0.0.1:9/back?o=1", true),
            ("https://h", true),
            ("myapp://done", true),
            ("mailto:a@b", true),
            ("JavaScript:alert(1)", false),
            ("data:text/html,x", false),
            ("file:///etc/passwd", false),
            ("/back", false),
            ("http://h/a b", true),
            (" http://h/a", false),
            ("http://h/a ", false),
            ("http://h/a\tb", false),
            ("http://h/a\u{a0}b", false),
            ("http://h/a\r\nSet-Cookie: a=b", false),
            ("1http://h", false),
        ] {
            assert_eq!(is_address(text), good, "{text}");
        }
        assert_eq!(params("u=null", "").url("u"), Ok(None));
        assert_eq!(params("f=True&g=0&h=yes", "").flag("f"), Ok(true));
        assert!(params("h=yes", "").flag("h").is_err());
        assert_eq!(
            (id("0"), id("123456789012345678"), id("1234567890123456789"), id("-1")),
            (Some(0), Some(123_456_789_012_345_678), None, None)
        );
    }
}
