//! The same request as people, phones and other programs write it: numbers in other digits and forms, texts in other letters (second-edition.md 1.1,
//! 1.4–1.7).

use std::collections::BTreeSet;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use super::client::{Call, Reply};

/// A way of writing numbers and texts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spelling {
    /// As the case has them.
    Printed,
    /// Persian digits, from a Persian keyboard.
    Persian,
    /// Arabic digits and letters, with direction marks and blanks around them.
    Arabic,
    /// Numbers in groups, as people read them out.
    Grouped,
    /// As other programs print numbers: decimals, exponents, no leading zeros, mobile numbers with the country code.
    Programs,
}

/// All spellings but the printed one.
pub const SPELLINGS: [Spelling; 4] = [Spelling::Persian, Spelling::Arabic, Spelling::Grouped, Spelling::Programs];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    Amount,
    Account,
    Card,
    Mobile,
    NationalId,
    Iban,
    Code,
    /// A number that the platform gives.
    Id,
    Date,
    Text,
}

/// The kind of value in a field, by the end of the field's name.
pub fn kind_of(field: &str) -> Option<Kind> {
    let bare = field.split('[').next().unwrap_or(field).to_ascii_lowercase();
    let ends = |names: &[&str]| names.iter().any(|name| bare.ends_with(name));
    Some(match bare.as_str() {
        _ if ends(&["amount", "price"]) => Kind::Amount,
        "deposit" | "deposits" | "destinationnumber" => Kind::Account,
        "card" | "pan" => Kind::Card,
        _ if ends(&["mobile", "merchant_cid", "cellphonenumber"]) || bare == "from" => Kind::Mobile,
        "nid" => Kind::NationalId,
        "iban" => Kind::Iban,
        "otp" | "pin" | "code" => Kind::Code,
        "paymentnumber" | "invoiceid" | "invoice_id" | "creditorinvoiceid" | "debtorinvoiceid" | "productid" | "id"
        | "size" | "offset" => Kind::Id,
        _ if ends(&["date", "deadline"]) => Kind::Date,
        "order_id" => Kind::Text,
        _ if ends(&["description", "firstname", "lastname", "billnumber", "metadata"]) => Kind::Text,
        _ => return None,
    })
}

/// A request in another spelling.
pub struct Respelt {
    pub call: Call,
    pub texts: Texts,
    /// The fields that are spelt in another way.
    pub fields: BTreeSet<(Kind, String)>,
}

/// Pairs of texts: as it was sent, and as the case has it.
#[derive(Default)]
pub struct Texts(Vec<(String, String)>);

/// The maximum number of characters of a text that has room for blanks around it.
const ROOM: usize = 20;

fn digits(text: &str, zero: char) -> String {
    let other = |c: char| c.to_digit(10).and_then(|digit| char::from_u32(u32::from(zero) + digit)).unwrap_or(c);
    text.chars().map(other).collect()
}

fn grouped(text: &str, between: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(between)
}

impl Respelt {
    pub fn of(call: &Call, spelling: Spelling) -> Self {
        let mut respelt = Self { call: call.clone(), texts: Texts::default(), fields: BTreeSet::new() };
        // Calls of the operator API are typed JSON.
        if spelling == Spelling::Printed || call.target.starts_with("/admin/") {
            return respelt;
        }
        let (path, query) = match call.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (call.target.as_str(), None),
        };
        let path = respelt.path(path, spelling);
        let query = query.map(|query| respelt.pairs(query, spelling));
        respelt.call.target = query.map_or(path.clone(), |query| format!("{path}?{query}"));
        if let Ok(body) = std::str::from_utf8(&call.body) {
            let body = match serde_json::from_str(body) {
                Ok(Value::Object(mut fields)) => {
                    for (name, value) in &mut fields {
                        *value = respelt.value(name, value, spelling);
                    }
                    Value::Object(fields).to_string()
                }
                _ if body.contains('=') && !body.starts_with('{') => respelt.pairs(body, spelling),
                _ => body.to_owned(),
            };
            respelt.call.body = body.into_bytes();
        }
        respelt
    }

    /// Respells the segments of a path that name a deposit or a user.
    fn path(&mut self, path: &str, spelling: Spelling) -> String {
        let mut before = "";
        let segments = path.split('/').map(|segment| {
            let kind = match before {
                "deposits" => Some(("deposit", Kind::Account)),
                "users" => Some(("nid", Kind::NationalId)),
                _ => None,
            };
            before = segment;
            let decoded = percent_decode_str(segment).decode_utf8().unwrap_or_default();
            match kind.and_then(|(name, kind)| self.written(name, kind, &decoded, spelling)) {
                Some(other) => utf8_percent_encode(&other, NON_ALPHANUMERIC).to_string(),
                None => segment.to_owned(),
            }
        });
        segments.collect::<Vec<_>>().join("/")
    }

    fn pairs(&mut self, pairs: &str, spelling: Spelling) -> String {
        let mut written = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(pairs.as_bytes()) {
            let other = kind_of(&name).and_then(|kind| self.written(&name, kind, &value, spelling));
            written.append_pair(&name, &other.unwrap_or(value.into_owned()));
        }
        written.finish()
    }

    fn value(&mut self, name: &str, value: &Value, spelling: Spelling) -> Value {
        let Some(kind) = kind_of(name) else { return value.clone() };
        let number = value.as_i64().filter(|_| kind == Kind::Amount).map(|number| number.to_string());
        let Some(text) = value.as_str().map(str::to_owned).or(number) else { return value.clone() };
        match (self.written(name, kind, &text, spelling), kind) {
            (None, _) => value.clone(),
            // .NET and databases send amounts as JSON numbers.
            (Some(other), Kind::Amount) if value.is_i64() && spelling == Spelling::Programs => {
                serde_json::from_str(&other).unwrap_or(Value::String(other))
            }
            (Some(_), Kind::Account) if spelling == Spelling::Programs => {
                text.parse::<i64>().map_or_else(|_| value.clone(), Value::from)
            }
            (Some(other), _) => Value::String(other),
        }
    }

    /// The other spelling of a value; `None`: the value is not well formed, or has no other spelling.
    fn written(&mut self, name: &str, kind: Kind, text: &str, spelling: Spelling) -> Option<String> {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let fits = match kind {
            Kind::Amount => is_number && !text.starts_with('0') && text.len() < 16,
            Kind::Account => is_number && text.len() > 6,
            Kind::Card | Kind::Mobile | Kind::NationalId | Kind::Id => is_number,
            Kind::Iban => text.len() == 26 && text.starts_with("IR"),
            Kind::Code => (4..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            Kind::Date => text.starts_with(|c: char| c.is_ascii_digit()),
            // A text of one character may test a length.
            Kind::Text => text.trim().chars().count() > 1 && text.chars().count() <= ROOM && !text.contains("--"),
        };
        if !fits {
            return None;
        }
        let other = match (spelling, kind) {
            (Spelling::Printed, _) => return None,
            // `order_id` gets no mark: another field has the same id without one.
            (Spelling::Persian, Kind::Text) if name != "order_id" => format!("{}\u{200c}", digits(text, '۰')),
            (Spelling::Persian, _) => digits(text, '۰'),
            (Spelling::Arabic, Kind::Text) => {
                let arabic = text.replace('ی', "ي").replace('ک', "ك");
                format!(" \u{202b}{}\u{202c} ", digits(&arabic, '٠'))
            }
            (Spelling::Arabic, _) => format!(" \u{200f}{}\u{200e} ", digits(text, '٠')),
            (Spelling::Grouped, Kind::Account) => grouped(text, "-"),
            (Spelling::Grouped, Kind::Card | Kind::Iban) => grouped(text, " "),
            (Spelling::Grouped, Kind::Mobile | Kind::NationalId) => grouped(text, "\u{a0}"),
            (Spelling::Grouped, Kind::Code) => grouped(text, "-"),
            (Spelling::Grouped, Kind::Amount) => format!(" {text} "),
            (Spelling::Grouped, Kind::Text) => format!("\u{200e}{text}"),
            (Spelling::Programs, Kind::Amount) => {
                let digits = text.trim_end_matches('0');
                let (first, rest) = digits.split_at(1);
                format!("{first}.{}E+{}", if rest.is_empty() { "0" } else { rest }, text.len() - 1)
            }
            (Spelling::Programs, Kind::Account) => text.trim_start_matches('0').to_owned(),
            (Spelling::Programs, Kind::Mobile) => text.strip_prefix('0').map(|rest| format!("+98{rest}"))?,
            (Spelling::Programs, Kind::Iban) => text.to_ascii_lowercase(),
            (Spelling::Grouped | Spelling::Programs, _) => return None,
        };
        if kind == Kind::Text {
            self.texts.0.push((other.clone(), text.to_owned()));
        }
        self.fields.insert((kind, name.to_owned()));
        Some(other)
    }
}

impl Texts {
    pub fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    /// A reply in which texts that were sent are replaced by the case's texts. A text that is echoed in another way remains, and differs.
    pub fn read(&self, mut reply: Reply) -> Reply {
        if let Ok(body) = std::str::from_utf8(&reply.body) {
            let body = self.0.iter().fold(body.to_owned(), |body, (sent, printed)| body.replace(sent, printed));
            reply.body = body.into();
        }
        if let Some(location) = reply.header("location") {
            let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let replaced = |location: String, (sent, printed): &(String, String)| {
                let (sent, printed) = (encoded(sent), encoded(printed));
                location.replace(&sent, &printed).replace(&sent.replace('+', "%20"), &printed)
            };
            let location = self.0.iter().fold(location.to_owned(), replaced);
            reply.headers.insert("location", location.parse().expect("it is encoded"));
        }
        reply
    }
}
