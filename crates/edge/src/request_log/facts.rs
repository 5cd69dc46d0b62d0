//! What a request was about: its service, its client, its order, its invoice. It is looked for when requests are listed, not while they are handled.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use wire::pod::services;

use crate::dialect::is_below;

/// The path of PayStar, whose orders have names that POD uses for invoices.
const PAYSTAR: &str = "/api";

/// What is known of a request.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CallFacts {
    /// The service, as faults name it: the last part of the path, `link` for payers' links, or the service that a POD call names by its product id.
    pub service: String,
    /// The client in the path, in the fields or of the credentials; the terminal of a PayStar call.
    pub client: Option<String>,
    /// The trackId, and that of an order that the request asks about.
    pub track_ids: Vec<String>,
    /// The order's id of PayStar.
    pub order_id: Option<String>,
    /// The invoice's number, of the request or, of a new invoice, of the reply.
    pub invoice: Option<String>,
}

/// What was recorded of a request.
pub(super) struct Call<'a> {
    pub route: &'a str,
    /// Path and query.
    pub target: &'a str,
    pub authorization: &'a str,
    pub body: &'a [u8],
    pub answer: &'a [u8],
}

/// The fields of a query, a form or a JSON object, and the named parts of a path.
struct Fields<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Fields<'a> {
    fn of(call: &Call<'a>) -> Self {
        let (path, query) = call.target.split_once('?').unwrap_or((call.target, ""));
        let parts = call.route.split('/').zip(path.split('/'));
        let named = parts.filter_map(|(name, value)| {
            let name = name.strip_prefix('{')?.strip_suffix('}')?;
            Some((Cow::Borrowed(name), percent_decode_str(value).decode_utf8_lossy()))
        });
        let mut fields: Vec<_> = named.chain(form_urlencoded::parse(query.as_bytes())).collect();
        match serde_json::from_slice::<Value>(call.body) {
            Ok(Value::Object(members)) => {
                let member = |(name, value): (String, Value)| Some((Cow::Owned(name), Cow::Owned(plain(&value)?)));
                fields.extend(members.into_iter().filter_map(member));
            }
            Ok(_) => {}
            Err(_) => fields.extend(form_urlencoded::parse(call.body)),
        }
        Self(fields)
    }

    /// The values of all fields with one of these names, in any case, in the order of the names.
    fn all<'f>(&'f self, names: &'f [&'f str]) -> impl Iterator<Item = String> + 'f {
        let named = move |name: &'f &'f str| {
            self.0.iter().filter(move |(known, value)| known.eq_ignore_ascii_case(name) && !value.is_empty())
        };
        names.iter().flat_map(named).map(|(_, value)| value.to_string())
    }

    fn one(&self, names: &[&str]) -> Option<String> {
        self.all(names).next()
    }
}

/// A text or a number.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The parameter in whose place the routes of payers' links have their names, and the name of all of them among the services.
const LINK: (&str, &str) = ("{link}", "link");

/// The last part of a route that is not a parameter, or the name of payers' links.
fn last_part(route: &str) -> &str {
    let named = |part: &&str| !part.is_empty() && (!part.starts_with('{') || *part == LINK.0);
    let last = route.rsplit('/').find(named).unwrap_or_default();
    if last == LINK.0 { LINK.1 } else { last }
}

/// The id of `Basic` credentials.
fn basic_id(authorization: &str) -> Option<String> {
    let (scheme, credentials) = authorization.split_once(' ')?;
    let decoded = STANDARD.decode(credentials.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let text = String::from_utf8(decoded).ok()?;
    text.split_once(':').map(|(id, _)| id.to_owned())
}

/// The number of the invoice that a reply is about.
fn answered_invoice(answer: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    plain(answer.get("result")?.get("id")?)
}

impl CallFacts {
    /// What a route alone says.
    pub(super) fn of_route(route: &str) -> Self {
        Self { service: last_part(route).to_owned(), ..Self::default() }
    }

    pub(super) fn of(call: &Call<'_>) -> Self {
        let fields = Fields::of(call);
        let by_number = fields.one(&["scProductId"]).and_then(|id| services::numbered(id.trim().parse().ok()?));
        let service = by_number.map_or_else(|| last_part(call.route).to_owned(), services::Row::operation);
        let is_of_paystar = is_below(call.target.split('?').next().unwrap_or_default(), PAYSTAR);
        let is_of_invoice = service.to_ascii_lowercase().contains("invoice");
        let mut track_ids: Vec<String> = fields.all(&["trackId", "inquiryTrackId"]).collect();
        track_ids.dedup();
        let (order_id, invoice) = match is_of_paystar {
            true => (fields.one(&["order_id", "invoice_id"]), None),
            false => (fields.one(&["order_id", "orderId"]), fields.one(&["invoiceId", "invoice_id"])),
        };
        let of_id = || fields.one(&["id"]).filter(|_| is_of_invoice);
        let of_answer = || answered_invoice(call.answer).filter(|_| is_of_invoice);
        Self {
            client: fields
                .one(&["client", "clientId", "client_id"])
                .or_else(|| basic_id(call.authorization))
                .or_else(|| fields.one(&["sequence"]).filter(|_| is_of_paystar)),
            invoice: invoice.or_else(of_id).or_else(of_answer),
            service,
            track_ids,
            order_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_request_is_about_is_found_in_its_path_its_fields_its_credentials_or_its_reply() {
        let facts = |service: &str| CallFacts { service: service.to_owned(), ..CallFacts::default() };
        let text = |text: &str| Some(text.to_owned());
        let all = [
            (
                Call {
                    route: "/oak/v2/clients/{client}/transferTo",
                    target: "/oak/v2/clients/drops/transferTo?trackId=t-1",
                    authorization: "Bearer x",
                    body: br#"{"amount":5}"#,
                    answer: b"{}",
                },
                CallFacts { client: text("drops"), track_ids: vec!["t-1".to_owned()], ..facts("transferTo") },
            ),
            (
                Call {
                    route: "/oak/v2/clients/{client}/transferInquiry",
                    target: "/oak/v2/clients/drops/transferInquiry?trackId=q&inquiryTrackId=t-1",
                    authorization: "",
                    body: b"",
                    answer: b"",
                },
                CallFacts {
                    client: text("drops"),
                    track_ids: vec!["q".to_owned(), "t-1".to_owned()],
                    ..facts("transferInquiry")
                },
            ),
            (
                Call {
                    route: "/dev/v2/oauth2/token",
                    target: "/dev/v2/oauth2/token",
                    authorization: "Basic ZHJvcHM6ZHJvcHMtc2VjcmV0",
                    body: br#"{"grant_type":"client_credentials"}"#,
                    answer: b"",
                },
                CallFacts { client: text("drops"), ..facts("token") },
            ),
            (
                Call {
                    route: "/api/ivr/bpm/pay",
                    target: "/api/ivr/bpm/pay",
                    authorization: "",
                    body: br#"{"sequence":"t1","order_id":17,"amount":1}"#,
                    answer: b"",
                },
                CallFacts { client: text("t1"), order_id: text("17"), ..facts("pay") },
            ),
            (
                Call {
                    route: "/srv/sc/nzh/doServiceCall",
                    target: "/srv/sc/nzh/doServiceCall",
                    authorization: "",
                    body: b"scProductId=29796&userId=101",
                    answer: br#"{"hasError":false,"result":{"id":4001}}"#,
                },
                CallFacts { invoice: text("4001"), ..facts("issueInvoice") },
            ),
            (
                Call {
                    route: "/nzh/biz/cancelInvoice",
                    target: "/nzh/biz/cancelInvoice?ID=4001",
                    authorization: "",
                    body: b"",
                    answer: b"",
                },
                CallFacts { invoice: text("4001"), ..facts("cancelInvoice") },
            ),
            (
                Call {
                    route: "/v1/pbc/{link}/",
                    target: "/v1/pbc/payinvoice/?invoiceId=4001",
                    authorization: "",
                    body: b"",
                    answer: b"",
                },
                CallFacts { invoice: text("4001"), ..facts("link") },
            ),
            (
                Call {
                    route: "/admin/v1/orders/{id}",
                    target: "/admin/v1/orders/7",
                    authorization: "Bearer x",
                    body: b"",
                    answer: b"",
                },
                facts("orders"),
            ),
        ];
        for (call, expected) in all {
            assert_eq!(CallFacts::of(&call), expected, "{}", call.target);
        }
    }
}
