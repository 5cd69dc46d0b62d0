//! Fields of requests, and the messages for those that cannot be read (paystar.md 1).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use text::fold;
use text::number::{self, MAX_AMOUNT};

use crate::field::{Fault, Value};

/// Field and message of the error for a body that is not a JSON object.
pub const BODY_INVALID: (&str, &str) = ("body", "بدنه درخواست JSON معتبر نیست");

/// The maximum length of an order's or an invoice's id, in characters.
const ID: usize = 50;
/// The maximum length of a one-time password, in digits. A shorter or longer one than ours is read and compares unequal.
const PIN: usize = 12;

/// Field and message of the error for a fault.
pub fn message(fault: Fault) -> (&'static str, String) {
    match fault {
        Fault::Required(name) => (name, format!("فیلد {name} الزامی است")),
        Fault::Invalid(name) => (name, invalid(name)),
    }
}

/// The message for a field of another type or form.
pub fn invalid(name: &str) -> String {
    format!("مقدار {name} نامعتبر است")
}

/// The fields of all services, still raw. Among them are card numbers and passwords, so there is no `Debug`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Body<'a> {
    #[serde(borrow)]
    pub ivr: Option<&'a RawValue>,
    #[serde(borrow)]
    pub pan: Option<&'a RawValue>,
    #[serde(borrow)]
    pub pin: Option<&'a RawValue>,
    #[serde(borrow)]
    pub amount: Option<&'a RawValue>,
    #[serde(borrow)]
    pub order_id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub invoice_id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub merchant_cid: Option<&'a RawValue>,
    #[serde(borrow)]
    pub sequence: Option<&'a RawValue>,
}

/// A request to send a one-time password for a payment.
#[derive(Clone, PartialEq, Eq)]
pub struct OtpRequest {
    /// The amount in rials; `None`: a number that is not an amount (code 13).
    pub amount: Option<i64>,
    /// The card number as it was sent, whether or not it has 16 digits.
    pub pan: String,
    pub order_id: String,
    pub sequence: String,
}

/// The order or invoice that is paid.
#[derive(Clone, PartialEq, Eq)]
pub enum Purpose {
    /// `ivr` 1: an order by telephone.
    Telephone {
        /// As [`OtpRequest::amount`].
        amount: Option<i64>,
        order_id: String,
    },
    /// `ivr` 0: an invoice on the web.
    Web { invoice_id: String },
}

/// A request to pay.
#[derive(Clone, PartialEq, Eq)]
pub struct Pay {
    pub pan: String,
    pub pin: String,
    pub purpose: Purpose,
    /// The payer's mobile number as `09` and nine digits; empty for a telephone call from another number.
    pub merchant_cid: String,
    pub sequence: String,
}

/// A request for the state of an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inquiry {
    pub sequence: String,
    pub order_id: String,
}

/// Collects the faults of all fields, in the order of reading.
#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn read<T>(&mut self, read: Result<T, Fault>) -> Option<T> {
        read.map_err(|fault| self.0.push(fault)).ok()
    }

    /// An identifying text, folded for comparison. The lookup comes later.
    fn name(&mut self, raw: Option<&RawValue>, name: &'static str) -> Option<String> {
        self.read(Value::of(raw).text(name).map(|text| fold(&text).into_owned()))
    }

    /// An id that the merchant chose, stored as it was sent (second-edition.md 1.1).
    fn id(&mut self, raw: Option<&RawValue>, name: &'static str) -> Option<String> {
        let id = self.read(Value::of(raw).text(name).map(Cow::into_owned))?;
        self.read(if id.chars().count() > ID { Err(Fault::Invalid(name)) } else { Ok(id) })
    }

    /// A card number, whether or not it has sixteen digits.
    fn pan(&mut self, raw: Option<&RawValue>) -> Option<String> {
        self.read(Value::of(raw).text("pan").map(|text| number::compact(&text).into_owned()))
    }

    fn pin(&mut self, raw: Option<&RawValue>) -> Option<String> {
        let text = Value::of(raw).text("pin");
        self.read(text.and_then(|text| number::digits(&text, PIN).map(Cow::into_owned).ok_or(Fault::Invalid("pin"))))
    }

    fn mobile(&mut self, raw: Option<&RawValue>) -> Option<String> {
        self.read(Value::of(raw).mobile("merchant_cid"))
    }

    fn amount(&mut self, raw: Option<&RawValue>) -> Option<Option<i64>> {
        self.read(amount(raw))
    }
}

/// The amount; `Ok(None)` for a number that is not an amount.
fn amount(raw: Option<&RawValue>) -> Result<Option<i64>, Fault> {
    let value = Value::of(raw);
    let is_number = match &value {
        Value::Number(_) => true,
        // A text counts as a number only without a sign in front and without grouping.
        Value::Text(text) => {
            let text = number::numeral(text);
            let signs = |c: char| matches!(c, '0'..='9' | '.' | 'e' | 'E' | '+' | '-');
            text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(signs)
        }
        Value::Missing | Value::Unclean(_) | Value::Malformed => false,
    };
    match value.rials("amount") {
        Ok(rials) => Ok(Some(rials).filter(|amount| (1..=MAX_AMOUNT).contains(amount))),
        Err(Fault::Invalid(_)) if is_number => Ok(None),
        Err(fault) => Err(fault),
    }
}

impl Body<'_> {
    /// The fields of an OTP request.
    ///
    /// # Errors
    /// All fields that are missing or cannot be read, in the order of the document.
    pub fn otp_request(&self) -> Result<OtpRequest, Vec<Fault>> {
        let mut faults = Faults::default();
        let amount = faults.amount(self.amount);
        let pan = faults.pan(self.pan);
        let order_id = faults.id(self.order_id, "order_id");
        let sequence = faults.name(self.sequence, "sequence");
        match (amount, pan, order_id, sequence) {
            (Some(amount), Some(pan), Some(order_id), Some(sequence)) => {
                Ok(OtpRequest { amount, pan, order_id, sequence })
            }
            _ => Err(faults.0),
        }
    }

    /// The fields of a payment.
    ///
    /// # Errors
    /// As [`Body::otp_request`]; a wrong `ivr` is reported alone, since it decides which other fields are required.
    pub fn pay(&self) -> Result<Pay, Vec<Fault>> {
        let telephone = match Value::of(self.ivr).optional_digits("ivr", 1).map_err(|fault| vec![fault])?.as_deref() {
            Some("1") => true,
            Some("0") => false,
            Some(_) => return Err(vec![Fault::Invalid("ivr")]),
            None => return Err(vec![Fault::Required("ivr")]),
        };
        let mut faults = Faults::default();
        let pan = faults.pan(self.pan);
        let pin = faults.pin(self.pin);
        let purpose = if telephone {
            let (amount, order_id) = (faults.amount(self.amount), faults.id(self.order_id, "order_id"));
            amount.zip(order_id).map(|(amount, order_id)| Purpose::Telephone { amount, order_id })
        } else {
            faults.id(self.invoice_id, "invoice_id").map(|invoice_id| Purpose::Web { invoice_id })
        };
        let merchant_cid = faults.mobile(self.merchant_cid);
        let sequence = faults.name(self.sequence, "sequence");
        match (pan, pin, purpose, merchant_cid, sequence) {
            (Some(pan), Some(pin), Some(purpose), Some(merchant_cid), Some(sequence)) => {
                Ok(Pay { pan, pin, purpose, merchant_cid, sequence })
            }
            _ => Err(faults.0),
        }
    }

    /// The fields of an inquiry.
    ///
    /// # Errors
    /// As [`Body::otp_request`].
    pub fn inquiry(&self) -> Result<Inquiry, Vec<Fault>> {
        let mut faults = Faults::default();
        let (sequence, order_id) = (faults.name(self.sequence, "sequence"), faults.id(self.order_id, "order_id"));
        sequence.zip(order_id).map(|(sequence, order_id)| Inquiry { sequence, order_id }).ok_or(faults.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(body: &str, read: fn(&Body<'_>) -> Vec<Fault>) -> Vec<Fault> {
        read(&serde_json::from_str::<Body<'_>>(body).unwrap())
    }

    #[test]
    fn every_faulty_field_is_named_in_the_order_of_the_document() {
        use Fault::{Invalid, Required};
        let otp: fn(&Body<'_>) -> Vec<Fault> = |body| body.otp_request().err().unwrap_or_default();
        let pay: fn(&Body<'_>) -> Vec<Fault> = |body| body.pay().err().unwrap_or_default();
        let inquiry: fn(&Body<'_>) -> Vec<Fault> = |body| body.inquiry().err().unwrap_or_default();
        for (body, read, expected) in [
            ("{}", otp, &[Required("amount"), Required("pan"), Required("order_id"), Required("sequence")][..]),
            (
                r#"{"sequence":" ","order_id":7,"pan":5022,"amount":true}"#,
                otp,
                &[Invalid("amount"), Invalid("pan"), Invalid("order_id"), Required("sequence")],
            ),
            (r#"{"amount":"12x","pan":"1","order_id":"o","sequence":"s"}"#, otp, &[Invalid("amount")]),
            (r#"{"amount":"-5","pan":"1","order_id":"o","sequence":"s"}"#, otp, &[Invalid("amount")]),
            // Numbers that are not amounts get code 13 and are not a fault of the form.
            (r#"{"amount":-5,"pan":"1","order_id":"o","sequence":"s"}"#, otp, &[]),
            ("{}", pay, &[Required("ivr")]),
            (r#"{"ivr":null}"#, pay, &[Required("ivr")]),
            (r#"{"ivr":"2"}"#, pay, &[Invalid("ivr")]),
            (r#"{"ivr":"01"}"#, pay, &[Invalid("ivr")]),
            (r#"{"ivr":"yes"}"#, pay, &[Invalid("ivr")]),
            (r#"{"ivr":true}"#, pay, &[Invalid("ivr")]),
            (r#"{"ivr":""}"#, pay, &[Required("ivr")]),
            // second-edition.md 3: it may be a string.
            (
                r#"{"ivr":"1","pan":"1","pin":"1","amount":1,"order_id":"o","merchant_cid":"09120000000","sequence":"s"}"#,
                pay,
                &[],
            ),
            (
                r#"{"ivr":"۰","pan":"1","pin":"1","merchant_cid":"09120000000","sequence":"s"}"#,
                pay,
                &[Required("invoice_id")],
            ),
            (r#"{"ivr":1.0}"#, pay, &[Invalid("ivr")]),
            (r#"{"ivr":2}"#, pay, &[Invalid("ivr")]),
            (
                r#"{"ivr":1}"#,
                pay,
                &[
                    Required("pan"),
                    Required("pin"),
                    Required("amount"),
                    Required("order_id"),
                    Required("merchant_cid"),
                    Required("sequence"),
                ],
            ),
            (
                r#"{"ivr":0,"amount":[],"order_id":{}}"#,
                pay,
                &[
                    Required("pan"),
                    Required("pin"),
                    Required("invoice_id"),
                    Required("merchant_cid"),
                    Required("sequence"),
                ],
            ),
            (
                r#"{"ivr":0,"pan":"1","pin":"1234567890123","invoice_id":"i","merchant_cid":"12345","sequence":"s"}"#,
                pay,
                &[Invalid("pin"), Invalid("merchant_cid")],
            ),
            (r#"{"order_id":""}"#, inquiry, &[Required("sequence"), Required("order_id")]),
        ] {
            assert_eq!(faults(body, read), expected, "{body}");
        }
        let long = format!(r#"{{"sequence":"s","order_id":"{}"}}"#, "ش".repeat(51));
        assert_eq!(faults(&long, inquiry), [Invalid("order_id")]);
        assert_eq!(faults(&long.replacen('ش', "", 1), inquiry), []);
    }

    #[test]
    fn an_amount_is_read_as_callers_write_it_and_what_is_none_is_told_apart_from_what_is_no_number() {
        for (json, expected) in [
            ("50000", Some(50_000)),
            ("50000.0", Some(50_000)),
            ("\"۵۰۰۰۰\"", Some(50_000)),
            ("1000000000000000", Some(MAX_AMOUNT)),
            ("1000000000000001", None),
            ("0", None),
            ("\"0\"", None),
            ("-1", None),
            ("10.5", None),
            ("1e400", None),
            ("\"99999999999999999999\"", None),
        ] {
            let raw = RawValue::from_string(json.to_owned()).unwrap();
            assert_eq!(amount(Some(&raw)), Ok(expected), "{json}");
        }
    }
}
