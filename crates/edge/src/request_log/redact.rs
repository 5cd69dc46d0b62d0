//! Redaction of secrets: credentials, passwords, codes, tokens, and card numbers beyond their first six and last four digits.

use std::borrow::Cow;
use text::fold;
use text::number::mobile;

use axum::http::header;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use crate::secrets::masked;

/// The replacement for a secret.
pub const SECRET: &str = "***";
/// Parts of field names whose values are secret.
const SECRETS: [&str; 13] = [
    "password",
    "passwd",
    "secret",
    "token",
    "csrf",
    "authorization",
    "cookie",
    "apikey",
    "hash",
    "jwt",
    "signature",
    "username",
    "challenge",
];
/// Words in field names whose values are secret.
const SECRET_WORDS: [&str; 11] =
    ["pin", "pin1", "pin2", "otp", "ott", "cvv", "cvv2", "key", "sig", "session", "verifier"];
/// Last words of field names that only describe a secret.
const DESCRIBE: [&str; 5] = ["issuer", "type", "time", "lifetime", "in"];
/// Whole names of values that give access, in queries and forms; in JSON the same names may describe a state.
const OPENERS: [&str; 5] = ["code", "card", "h", "request", "state"];
/// Length of a code that gives access, where other codes have the same field name.
const CODE: std::ops::RangeInclusive<usize> = 16..=32;
/// Minimum length of a code with digits that gives access: shorter ones are error codes.
const DIGITS: usize = 4;
/// Names that are secret only on routes whose path contains this part: tokens are called values, and texts of SMS contain passwords.
const NAMED: [(&str, &str); 2] = [("token", "value"), ("sms", "text")];
/// Characters that people write between groups of a card's digits, at most two in a row.
const BETWEEN: [char; 4] = [' ', '-', '_', '.'];
/// Number of digits in a card number. None begins with 0, but account numbers do.
const CARD: std::ops::RangeInclusive<usize> = 13..=19;
/// Number of digits at which a number counts as a card's, whatever its check digit.
const LONG: usize = 16;
/// Path prefixes, in any case, whose next segment gives access.
const KEYS: [&str; 3] = ["/v1/pbc/pay/", "/s/", "/sms/inbound/"];
/// Characters that are percent-encoded in a path.
const NOT_IN_PATHS: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?').add(b'`');
/// Depth to which addresses within addresses are redacted.
const DEEP: usize = 3;

/// Path to which providers deliver SMS. Each provider names its fields differently, so all values are hidden but mobile numbers.
const INBOUND: &str = "/sms/inbound";
const ANY: &str = "*";

/// The name of a field that is secret on this route besides the general ones; empty: there is none.
pub fn named(route: &str) -> &'static str {
    if route.contains(INBOUND) {
        return ANY;
    }
    NAMED.iter().find(|(part, _)| route.contains(part)).map_or("", |(_, name)| name)
}

/// The same for the route's responses.
pub fn named_in_answers(route: &str) -> &'static str {
    Some(named(route)).filter(|own| *own != ANY).unwrap_or_default()
}

/// The lower-case words of a name: `voucherHash`, `voucher_hash` and `X-Voucher-Hash[]` end with the same two.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for c in name.chars() {
        if (c.is_uppercase() && small) || !c.is_alphanumeric() {
            words.push(String::new());
        }
        small = c.is_lowercase() || c.is_numeric();
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn is_secret(name: &str) -> bool {
    let words = words(name);
    if words.last().is_some_and(|last| DESCRIBE.contains(&last.as_str())) {
        return false;
    }
    let joined = words.concat();
    SECRETS.iter().any(|secret| joined.contains(secret))
        || words.iter().any(|word| SECRET_WORDS.contains(&word.as_str()))
        || SECRET_WORDS.contains(&joined.as_str())
}

/// Whether a field is secret on this route only.
fn is_own(own: &str, name: &str, value: &str) -> bool {
    if own == ANY { mobile(value).is_none() } else { !own.is_empty() && name == own }
}

fn opens(name: &str) -> bool {
    let words = words(name);
    words.len() == 1 && OPENERS.contains(&words[0].as_str())
}

/// Whether a code gives access.
fn is_opener(code: &str) -> bool {
    let word = code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let digits = code.len() >= DIGITS && word && code.bytes().any(|byte| byte.is_ascii_digit());
    digits || (CODE.contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// A text with its card numbers masked to six and four digits. A card number has sixteen digits, or 13 to 19 with the right check digit, in one piece
/// or in groups.
pub fn without_cards(text: &str) -> Cow<'_, str> {
    let folded = fold(text);
    let mut out = String::with_capacity(folded.len());
    let mut found = false;
    let mut rest = &*folded;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match card(rest) {
            Some((digits, length)) => {
                found = true;
                out.push_str(&masked(&digits));
                rest = &rest[length..];
            }
            None => {
                let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                out.push_str(&rest[..end]);
                rest = &rest[end..];
            }
        }
    }
    out.push_str(rest);
    if found { Cow::Owned(out) } else { Cow::Borrowed(text) }
}

/// The longest card number at the beginning of a text, and its length in the text. IBANs and most references have more digits or fewer.
fn card(text: &str) -> Option<(String, usize)> {
    let mut digits = String::new();
    let (mut at, mut found) = (0, None);
    loop {
        let group = text[at..].find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len() - at);
        digits.push_str(&text[at..at + group]);
        at += group;
        if group == 0 || digits.len() > *CARD.end() {
            return found;
        }
        if digits.len() == LONG || (CARD.contains(&digits.len()) && !digits.starts_with('0') && checks(&digits)) {
            found = Some((digits.clone(), at));
        }
        let between = text[at..].find(|c: char| !BETWEEN.contains(&c)).unwrap_or(0);
        if !(1..=2).contains(&between) {
            return found;
        }
        at += between;
    }
}

/// Whether the last digit is the Luhn check digit of those before it.
fn checks(digits: &str) -> bool {
    let sum: u32 = digits.bytes().rev().enumerate().fold(0, |sum, (at, digit)| {
        let digit = u32::from(digit - b'0') << (at % 2);
        sum + digit % 10 + digit / 10
    });
    sum.is_multiple_of(10)
}

/// A value without a secret name, of a query, a form or a header.
fn plain(value: &str, depth: usize) -> Cow<'_, str> {
    let is_address = value.contains(['?', '#']) && (value.starts_with('/') || value.contains("://"));
    match is_address {
        true if depth >= DEEP => Cow::Borrowed(SECRET),
        true => Cow::Owned(address_at(value, "", depth + 1)),
        false => without_cards(value),
    }
}

fn pairs(text: &[u8], own: &str, depth: usize) -> String {
    let pair = |(name, value): (Cow<'_, str>, Cow<'_, str>)| {
        let hidden = is_secret(&name) || opens(&name) || is_own(own, &name, &value);
        let value = if hidden && !value.is_empty() { Cow::Borrowed(SECRET) } else { plain(&value, depth) };
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        encoded.append_pair(&without_cards(&name), &value);
        encoded.finish().replace("%2A", "*")
    };
    form_urlencoded::parse(text).map(pair).collect::<Vec<_>>().join("&")
}

/// A path with its query, or a whole address, without secrets.
pub fn address(text: &str) -> String {
    address_at(text, "", 0)
}

/// The same for the target of a request, on whose route `own` names a field that is secret besides.
pub fn target(text: &str, own: &str) -> String {
    address_at(text, own, 0)
}

fn address_at(text: &str, own: &str, depth: usize) -> String {
    let (text, fragment) = text.split_once('#').map_or((text, ""), |(text, _)| (text, "#***"));
    let (text, query) = text.split_once('?').map_or((text, None), |(text, query)| (text, Some(query)));
    let start = text.find("://").map_or(0, |at| text[at + 3..].find('/').map_or(text.len(), |slash| at + 3 + slash));
    let (before, path) = text.split_at(start);
    let before = match (before.split_once("://"), before.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{SECRET}@{host}"),
        _ => before.to_owned(),
    };
    let begins = |key: &str| path.get(..key.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(key));
    let path = match KEYS.iter().find(|key| begins(key)).map(|key| path.split_at(key.len())) {
        Some((key, rest)) => {
            let rest = rest.split_once('/').map(|(_, rest)| format!("/{}", path_at(rest))).unwrap_or_default();
            format!("{key}{SECRET}{rest}")
        }
        None => path_at(path),
    };
    let query = query.map(|query| format!("?{}", pairs(query.as_bytes(), own, depth))).unwrap_or_default();
    format!("{before}{path}{query}{fragment}")
}

/// A path without card numbers, also where they are percent-encoded.
fn path_at(path: &str) -> String {
    match without_cards(&percent_decode_str(path).decode_utf8_lossy()) {
        Cow::Owned(shown) => utf8_percent_encode(&shown, NOT_IN_PATHS).to_string(),
        Cow::Borrowed(_) => path.to_owned(),
    }
}

/// A header's value without secrets.
pub fn header(name: &str, value: &str) -> String {
    match value.split_once(' ') {
        _ if !is_secret(name) => plain(value, 0).into_owned(),
        Some((scheme, _)) if name == header::AUTHORIZATION.as_str() => format!("{scheme} {SECRET}"),
        _ => SECRET.to_owned(),
    }
}

/// A body without secrets, by its media type; `own` names a field that is secret on its route besides.
///
/// # Errors
/// The body cannot be shown; the text describes it.
pub fn body(kind: &str, body: &[u8], own: &str) -> Result<String, String> {
    if kind.contains("json") || matches!(body.trim_ascii_start().first(), Some(b'{' | b'[' | b'"')) {
        let value = serde_json::from_slice::<Value>(body);
        let mut value = value.map_err(|_| format!("({} bytes that are no JSON)", body.len()))?;
        // What is no object has no names by which secrets are known.
        let hidden = !value.is_object();
        redact(&mut value, own, hidden);
        return Ok(value.to_string());
    }
    if kind.is_empty() || kind.contains("form-urlencoded") {
        if !body.is_empty() && !body.contains(&b'=') {
            return Err(format!("({} bytes that are no form)", body.len()));
        }
        Ok(pairs(body, own, 0))
    } else {
        Err(format!("({kind}, {} bytes)", body.len()))
    }
}

/// `hidden`: the value stands under the name of a secret.
fn redact(value: &mut Value, own: &str, hidden: bool) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                let opens = name.eq_ignore_ascii_case("code") && value.as_str().is_some_and(is_opener);
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                redact(value, own, hidden || is_secret(name) || is_own(own, name, &text) || opens);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| redact(value, own, hidden)),
        Value::String(_) | Value::Number(_) if hidden => *value = Value::String(SECRET.to_owned()),
        Value::String(text) => {
            if let Cow::Owned(shown) = plain(text, 0) {
                *text = shown;
            }
        }
        Value::Number(number) => {
            // Shorter numbers are times.
            let text = number.to_string();
            if let (true, Cow::Owned(shown)) = (text.len() >= LONG, without_cards(&text)) {
                *value = Value::String(shown);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_out_of_forms_and_json() {
        for (kind, given, expected) in [
            (
                "application/json",
                r#"{"pin":1234,"pan":"6219861012345678","a":[{"otp":"1"}],"amount":5}"#,
                r#"{"a":[{"otp":"***"}],"amount":5,"pan":"621986******5678","pin":"***"}"#,
            ),
            (
                "application/json",
                r#"{"errorCode":0,"ott":"ab","error":{"code":"VALIDATION_ERROR"},"pan":5022000012340000}"#,
                r#"{"error":{"code":"VALIDATION_ERROR"},"errorCode":0,"ott":"***","pan":"502200******0000"}"#,
            ),
            ("application/json", r#"{"code":"0123456789abcdef","shipping":"x"}"#, r#"{"code":"***","shipping":"x"}"#),
            ("application/json", r#"{"Code":"12345","code":"95"}"#, r#"{"Code":"***","code":"95"}"#),
            ("application/json", r#"{"code":"AB12CD"}"#, r#"{"code":"***"}"#),
            ("", "redirectUri=http%3A%2F%2Fx%2F%23access_token%3Da", "redirectUri=http%3A%2F%2Fx%2F%23***"),
            (
                "application/json",
                r#"{"secrets":{"a":"x","b":[1,null]},"token_type":"Bearer","tokenIssuer":1,"voucherHash":["v"]}"#,
                r#"{"secrets":{"a":"***","b":["***",null]},"tokenIssuer":1,"token_type":"Bearer","voucherHash":["***"]}"#,
            ),
            (
                "application/json",
                r#"{"text":"5022-0000  1234_0000 and 12-34, 1.2","callUri":"http://u:p@h/x?token=a&b=1"}"#,
                r#"{"callUri":"http://***@h/x?token=***&b=1","text":"502200******0000 and 12-34, 1.2"}"#,
            ),
            (
                "application/x-www-form-urlencoded",
                "pan=5022000012340000&cvv2=123&otp=12345&exp_month=12&card=sealed",
                "pan=502200******0000&cvv2=***&otp=***&exp_month=12&card=***",
            ),
            ("", "pin_code=1&cvv_2=2&otp%5B%5D=3&Code=4&delegationHash=5&jwt=6&sig=7&session=8&key=9&keep=x", {
                "pin_code=***&cvv_2=***&otp%5B%5D=***&Code=***&delegationHash=***&jwt=***&sig=***&session=***&key=***&keep=x"
            }),
            ("", "username=ali&password=ali&next=%2Fa", "username=***&password=***&next=%2Fa"),
            ("", "state=s&code_challenge=c&code_verifier=v&code=1&STATE=t&code_challenge_method=S256", {
                "state=***&code_challenge=***&code_verifier=***&code=***&STATE=***&code_challenge_method=***"
            }),
            (
                "",
                r#"[{"name":"x","password":"hunter2"},"hunter2",7]"#,
                r#"[{"name":"***","password":"***"},"***","***"]"#,
            ),
            ("application/json", r#""hunter2""#, r#""***""#),
            ("application/json", r#"{"userName":"ali","state":"queued"}"#, r#"{"state":"queued","userName":"***"}"#),
            ("", "next=%2Foauth2%2Fauthorize%3Fcode%3Dabc%26x%3D1", "next=%2Foauth2%2Fauthorize%3Fcode%3D***%26x%3D1"),
            (
                "",
                "pan=%DB%B5%DB%B0%DB%B2%DB%B2%DB%B0%DB%B0%DB%B0%DB%B0%DB%B1%DB%B2%DB%B3%DB%B4%DB%B0%DB%B0%DB%B0%DB%B0",
                "pan=502200******0000",
            ),
        ] {
            assert_eq!(body(kind, given.as_bytes(), ""), Ok(expected.to_owned()));
        }
        for (kind, given, what) in [
            ("application/json", "{\"pin\":12", "(9 bytes that are no JSON)"),
            ("application/octet-stream", "abc", "(application/octet-stream, 3 bytes)"),
            ("", "password:hunter2", "(16 bytes that are no form)"),
            ("application/x-www-form-urlencoded", "\"hunter2", "(8 bytes that are no JSON)"),
        ] {
            assert_eq!(body(kind, given.as_bytes(), ""), Err(what.to_owned()));
        }
    }

    #[test]
    fn routes_of_tokens_and_sms_have_secrets_of_their_own() {
        let answer = br#"{"result":{"value":"abc","lifeTime":1,"scopes":["a"]}}"#;
        let expected = r#"{"result":{"lifeTime":1,"scopes":["a"],"value":"***"}}"#;
        assert_eq!(body("application/json", answer, named("/dev/v2/oauth2/token")).as_deref(), Ok(expected));
        let sms = body("", b"from=09121234567&text=502200+12345", named("/sms/inbound"));
        assert_eq!(sms.as_deref(), Ok("from=09121234567&text=***"));
        let sms = br#"{"Sender":"+989121234567","Message":634947}"#;
        let expected = r#"{"Message":"***","Sender":"+989121234567"}"#;
        assert_eq!(body("application/json", sms, named("/sms/inbound/{secret}")).as_deref(), Ok(expected));
        let by_query = "/sms/inbound?FROM=09121234567&TEXT=634947";
        assert_eq!(target(by_query, named("/sms/inbound")), "/sms/inbound?FROM=09121234567&TEXT=***");
        let sms = body("application/json", br#"{"text":"12345"}"#, named("/admin/v1/sms"));
        assert_eq!(sms.as_deref(), Ok(r#"{"text":"***"}"#));
        let with_secret = "/sms/inbound/the-providers-secret?secret=the-providers-secret&from=1&message=5022";
        let shown = target(with_secret, named("/sms/inbound/{secret}"));
        assert!(shown.starts_with("/sms/inbound/***?secret=***&from=***") && !shown.contains("providers"), "{shown}");
        assert_eq!(named("/health/v2/clients/{clientId}"), "");
    }

    #[test]
    fn a_card_s_number_has_thirteen_to_nineteen_digits_wherever_it_stands_in_an_address() {
        // Digits with the right check digit, and how they are shown.
        let cards = [
            ("4222222222222", "422222***2222"),
            ("36700102000000", "367001****0000"),
            ("378282246310005", "378282*****0005"),
            ("6037990000000014", "603799******0014"),
            ("62198610123456780", "621986*******6780"),
            ("621986101234567896", "621986********7896"),
            ("6219861012345678901", "621986*********8901"),
        ];
        for (number, shown) in cards {
            assert!(checks(number), "{number}");
            let (first, rest) = number.split_at(4);
            let encoded = format!("%{:02X}{}", number.as_bytes()[0], &number[1..]);
            for (given, expected) in [
                (format!("/console/login?next={number}"), format!("/console/login?next={shown}")),
                (format!("/console/login?next=%2Fa%2F{number}"), format!("/console/login?next=%2Fa%2F{shown}")),
                (format!("/x?next=/a/{number}?b={number}"), format!("/x?next=%2Fa%2F{shown}%3Fb%3D{shown}")),
                (format!("/nothing/{number}"), format!("/nothing/{shown}")),
                (format!("/nothing/a{number}b/c"), format!("/nothing/a{shown}b/c")),
                (format!("/nothing/{encoded}"), format!("/nothing/{shown}")),
                (format!("/nothing/{first}-{rest}"), format!("/nothing/{shown}")),
                (format!("/nothing?{number}"), format!("/nothing?{shown}=")),
                (format!("/nothing?a={first}+{rest}"), format!("/nothing?a={shown}")),
                (format!("https://h/{number}"), format!("https://h/{shown}")),
            ] {
                assert_eq!(address(&given), expected);
            }
            // Longer or shorter, or with another check digit: references and times.
            let other =
                format!("{}{}", &number[..number.len() - 1], (number.as_bytes()[number.len() - 1] - b'0' + 1) % 10);
            for (kept, is_kept) in [(other, number.len() != LONG), (format!("{}0", "9".repeat(19)), true)] {
                assert_eq!(address(&format!("/a/{kept}")) == format!("/a/{kept}"), is_kept, "{kept}");
            }
        }
        assert_eq!(address("/deposits/0302876214008/balance"), "/deposits/0302876214008/balance");
        assert_eq!(without_cards("IR120570028180010689321101"), "IR120570028180010689321101");
        assert_eq!(body("application/json", br#"{"at":1795246200000}"#, "").as_deref(), Ok(r#"{"at":1795246200000}"#));
        // Services read JSON of any media type, and with leading blanks.
        for kind in ["", "application/x-www-form-urlencoded", "text/plain"] {
            let shown = body(kind, b" \r\n{\"pin\": \"83172\", \"password\": \"of-ali\"}", "").unwrap();
            assert!(!shown.contains("83172") && !shown.contains("of-ali"), "{kind}: {shown}");
        }
    }

    #[test]
    fn addresses_open_nothing() {
        for (given, expected) in [
            ("/v1/pbc/pay/0123456789abcdef/card/pay", "/v1/pbc/pay/***/card/pay"),
            ("/s/abcdefgh", "/s/***"),
            ("/v1/pbc/PayInvoiceDispatcher/?h=abc&gateway=PEP", "/v1/pbc/PayInvoiceDispatcher/?h=***&gateway=PEP"),
            ("https://shop.example/back?code=abc&state=x#token=1", "https://shop.example/back?code=***&state=***#***"),
            ("/S/abcdefgh", "/S/***"),
            ("/V1/PBC/pay/0123456789abcdef/6219861012345678", "/V1/PBC/pay/***/621986******5678"),
            ("https://u:p@shop.example", "https://***@shop.example"),
            (
                "/facility/v2/clients/c/cards/6219861012345678?access_token=abc",
                "/facility/v2/clients/c/cards/621986******5678?access_token=***",
            ),
        ] {
            assert_eq!(address(given), expected);
        }
        assert_eq!(header("referer", "http://h/login?next=%2Fx%3Fcode%3D1"), "http://h/login?next=%2Fx%3Fcode%3D***");
        assert_eq!(header("x-api-key", "abc"), "***");
        assert_eq!(header("authorization", "Bearer abc"), "Bearer ***");
        assert_eq!(header("_token_issuer_", "1"), "1");
    }
}
