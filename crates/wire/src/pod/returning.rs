//! Addresses of the shop with the outcome of a payment: the redirect and the call (pod.md 5.4, 5.5).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::Serialize;

use super::errors::Failure;

/// The maximum length of a redirect address of the log-in service, in bytes (second-edition.md 4.3).
pub const REDIRECT: usize = 8 * 1024;

/// All characters but `A-Za-z0-9-._~`.
pub const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The names of the parameters of [`Returned::query`].
const RESULT_PARAMETERS: [&str; 8] =
    ["billNumber", "paymentBillNumber", "invoiceId", "paid", "terminalId", "maskedCardNumber", "rrn", "tref"];

/// The outcome of a payment as it is sent to the shop. It is a hint: the shop must inquire.
#[derive(Debug, Clone, Copy, Default)]
pub struct Returned<'a> {
    /// The shop's number; empty if there is none.
    pub bill_number: &'a str,
    pub payment_bill_number: &'a str,
    pub invoice_id: i64,
    pub paid: bool,
    /// This and the following fields describe the card that paid; they are empty if no card paid.
    pub terminal_id: &'a str,
    pub masked_card_number: &'a str,
    pub rrn: &'a str,
    pub tref: &'a str,
}

impl Returned<'_> {
    /// The eight parameters, always all of them, in this order.
    pub fn query(&self) -> String {
        let invoice_id = self.invoice_id.to_string();
        let values = [
            self.bill_number,
            self.payment_bill_number,
            &invoice_id,
            if self.paid { "true" } else { "false" },
            self.terminal_id,
            self.masked_card_number,
            self.rrn,
            self.tref,
        ];
        let pair = |(name, value): (&str, &str)| format!("{name}={}", utf8_percent_encode(value, RESERVED));
        RESULT_PARAMETERS.into_iter().zip(values).map(pair).collect::<Vec<_>>().join("&")
    }
}

/// The query that tells the shop why the payer cannot pay.
pub fn error_query(failure: &Failure) -> String {
    /// Exactly these four fields, in this order.
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct ErrorResult<'a> {
        has_error: bool,
        error_code: u16,
        message: &'a str,
        count: u8,
    }
    let result = ErrorResult { has_error: true, error_code: failure.code, message: &failure.message, count: 0 };
    // Serialising numbers, a flag and a text cannot fail.
    let result = serde_json::to_string(&result).unwrap_or_default();
    format!("errorResult={}", utf8_percent_encode(&result, RESERVED))
}

/// An address with `query` appended to its own query; the fragment stays at the end.
pub fn with_query(address: &str, query: &str) -> String {
    let (address, fragment) = match address.split_once('#') {
        Some((address, fragment)) => (address, Some(fragment)),
        None => (address, None),
    };
    let join = match address.split_once('?') {
        None => "?",
        Some((_, own)) if own.is_empty() || own.ends_with('&') => "",
        Some(_) => "&",
    };
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{address}{join}{query}{fragment}")
}

/// The address for a call by this server, which is signed: like [`with_query`], but all parameters of the address's own query that have a name
/// of [`Returned::query`] are removed, so that the shop cannot mistake them for the outcome.
pub fn call_with(address: &str, query: &str) -> String {
    let (rest, own) = match address.split_once('#').map_or(address, |(address, _)| address).split_once('?') {
        Some((rest, own)) => (rest, own),
        None => return with_query(address, query),
    };
    let result = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default().replace('+', " ");
        let name = percent_decode_str(&name).decode_utf8_lossy().to_ascii_lowercase();
        let name = name.split(['[', '.']).next().unwrap_or_default().trim();
        !RESULT_PARAMETERS.iter().any(|result| result.eq_ignore_ascii_case(name))
    };
    // Some servers also split a query at semicolons.
    let own: Vec<String> = own.split('&').filter(result).map(|pair| pair.replace(';', "%3B")).collect();
    with_query(&format!("{rest}?{}", own.join("&")), query)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pod::errors::IN_GATEWAY;

    #[test]
    fn a_shop_is_told_all_eight_parameters_behind_its_own() {
        // pod.md 9.6.
        let returned = Returned {
            bill_number: "B-2",
            payment_bill_number: "55",
            invoice_id: 7,
            paid: true,
            terminal_id: "LOC",
            masked_card_number: "000000******0000",
            rrn: "12",
            tref: "18",
        };
        assert_eq!(
            with_query("http://127.0.0.1:9/back?o=2", &returned.query()),
            "http://127.0.0.1:9/back?o=2&billNumber=B-2&paymentBillNumber=55&invoiceId=7&paid=true&terminalId=LOC\
             &maskedCardNumber=000000%2A%2A%2A%2A%2A%2A0000&rrn=12&tref=18"
        );
        let canceled = Returned { payment_bill_number: "55", invoice_id: 7, ..Returned::default() };
        assert_eq!(
            canceled.query(),
            "billNumber=&paymentBillNumber=55&invoiceId=7&paid=false&terminalId=&maskedCardNumber=&rrn=&tref="
        );
        let odd = Returned { bill_number: "الف &=#", ..Returned::default() };
        assert!(odd.query().starts_with("billNumber=%D8%A7%D9%84%D9%81%20%26%3D%23&"), "{}", odd.query());
    }

    #[test]
    fn an_error_is_told_byte_for_byte() {
        // pod.md 9.7.
        assert_eq!(
            with_query("http://127.0.0.1:9/back?o=1", &error_query(&IN_GATEWAY)),
            "http://127.0.0.1:9/back?o=1&errorResult=%7B%22hasError%22%3Atrue%2C%22errorCode%22%3A72%2C%22message%22%3A%22\
             %D9%82%D8%A8%D8%B6%20%D9%85%D9%86%D8%AA%D8%B8%D8%B1%20%D8%AF%D8%B1%DA%AF%D8%A7%D9%87%20%C2%A0%20%D8%A8%D8%B1\
             %D8%A7%DB%8C%20%C2%A0%D8%A7%D8%AF%D8%A7%D9%85%D9%87%20%C2%A0%D8%AA%D8%B1%D8%A7%DA%A9%D9%86%D8%B4%20%C2%A0\
             %D9%85%DB%8C%20%C2%A0%D8%A8%D8%A7%D8%B4%D8%AF%22%2C%22count%22%3A0%7D"
        );
    }

    #[test]
    fn what_a_called_address_says_of_a_payment_itself_is_left_out() {
        for (address, expected) in [
            ("http://h/c", "http://h/c?paid=false"),
            ("http://h/c?o=1&x=a;b", "http://h/c?o=1&x=a%3Bb&paid=false"),
            ("http://h/c?paid=true&o=1#end", "http://h/c?o=1&paid=false"),
            ("http://h/c?PAID=true&%70aid=true&+paid=true&paid[]=true&paid.x=1", "http://h/c?paid=false"),
            ("http://h/c?o=1;paid=true&tref=9", "http://h/c?o=1%3Bpaid=true&paid=false"),
            ("http://h/c?prepaid=1", "http://h/c?prepaid=1&paid=false"),
        ] {
            assert_eq!(call_with(address, "paid=false"), expected, "{address}");
        }
    }

    #[test]
    fn an_addresses_own_query_and_fragment_are_kept() {
        for (address, expected) in [
            ("http://h", "http://h?a=1"),
            ("http://h/p?", "http://h/p?a=1"),
            ("http://h/p?o=1", "http://h/p?o=1&a=1"),
            ("http://h/p?o=1&", "http://h/p?o=1&a=1"),
            ("http://h/p#end", "http://h/p?a=1#end"),
            ("http://h/p?o=1#end?x", "http://h/p?o=1&a=1#end?x"),
            ("myapp://done", "myapp://done?a=1"),
        ] {
            assert_eq!(with_query(address, "a=1"), expected, "{address}");
        }
    }
}
