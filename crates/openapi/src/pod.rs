//! POD's services (pod.md 3), from the tables of their paths and parameters.

use serde_json::{Value, json};
use wire::pod::balances::{Balances, Profile, StatementRow};
use wire::pod::invoice::{GuildSrv, InvoiceSrv};
use wire::pod::replies::Aggregations;
use wire::pod::service_parameters::{self, Parameter, Sent};
use wire::pod::services::{self, Service};

use super::operation::Kind::{Boolean, Integer, Number, Text};
use super::operation::{Field, Operation, about, component, flag, integer, named, object, optional, required, text};

const TAG: &str = "pod";
const TOKEN: &[&str] = &["podToken"];
/// The endpoint of services without a path; it serves all others as well.
const ENVELOPE: &str = "/srv/sc/nzh/doServiceCall";

fn field(parameter: &Parameter) -> Field {
    let kind = match parameter.kind {
        service_parameters::Kind::Text | service_parameters::Kind::Date | service_parameters::Kind::Url => Text,
        service_parameters::Kind::Boolean => Boolean,
        service_parameters::Kind::Id | service_parameters::Kind::Amount => Integer,
        service_parameters::Kind::Quantity | service_parameters::Kind::Rate => Number,
    };
    Field {
        name: parameter.name,
        kind,
        is_required: matches!(parameter.sent, Sent::Once | Sent::Repeated),
        is_list: matches!(parameter.sent, Sent::Repeated | Sent::AnyTimes),
        about: parameter.about,
    }
}

/// The summary of a service, and the schema of its result.
fn described(service: Service) -> (&'static str, Value) {
    let yes = || flag("Always true: it is done.");
    let invoice = || about(named("PodInvoiceSrv"), "The invoice.");
    let rows = |name| about(json!({"type": "array", "items": named(name)}), "The rows of the page.");
    let balances = || about(named("PodBalances"), "The balances; a list that is not asked for is empty.");
    match service {
        Service::GetInvoicePaymentLink => (
            "A link that pays an invoice.",
            text(
                "The link for the payer. It is valid for five minutes, and ends with `&`, so that parameters can be appended.",
            ),
        ),
        Service::PayInvoiceByCredit => ("Pays an invoice of one's own from the wallet or from credits.", yes()),
        Service::PayAnyInvoiceByCredit => ("Pays any invoice from the wallet or from credits.", yes()),
        Service::SendInvoicePaymentSms => ("Sends the customer a code or a link to pay with.", yes()),
        Service::ConfirmInvoicePaymentSms => ("Pays with the code that the customer has told.", yes()),
        Service::PayInvoice => ("Notes that an invoice was paid elsewhere.", yes()),
        Service::PayInvoiceByInvoice => ("Sets two invoices off.", yes()),
        Service::PayInvoiceInFuture => ("Promises to pay on a day to come, and blocks the money.", yes()),
        Service::PayInvoiceByPermission => ("Takes an invoice from the wallet of a user who has allowed it.", yes()),
        Service::PayInvoiceByPos => ("Notes a payment at a terminal.", yes()),
        Service::SendInvoicePaymentLink => ("Sends a link to another user.", yes()),
        Service::IssueInvoice => ("Issues an invoice. Needs `_ott_`.", invoice()),
        Service::GetInvoiceList => (
            "Invoices, a page of them. A `size` whose rows are too large for one reply is refused (193) with how many fit. `query` finds by the beginnings of words: the first 1,024 different ones of an invoice.",
            rows("PodInvoiceSrv"),
        ),
        Service::VerifyInvoice => ("Verifies an invoice that was paid at the gateway.", invoice()),
        Service::VerifyAndCloseInvoice => ("Verifies an invoice and closes it.", invoice()),
        Service::CloseInvoice => ("Closes an invoice.", yes()),
        Service::CancelInvoice => ("Cancels an invoice.", yes()),
        Service::ReduceInvoice => ("Issues an invoice anew with less in it.", invoice()),
        Service::GetOtt => ("A one-time token, in `ott` as in every reply.", about(json!({}), "This reply has none.")),
        Service::GuildList => ("Guilds.", rows("PodGuildSrv")),
        Service::GetUserProfile => ("The caller.", about(named("PodProfile"), "The caller.")),
        Service::TransferByInvoice => ("Pays money of a closed invoice back to its payer.", balances()),
        Service::GetAccountBill => ("What has moved on the wallet.", rows("PodStatementRow")),
        Service::GetGuildAccountBill => ("What has moved on a guild's account.", rows("PodStatementRow")),
        Service::GetCredit => ("What is in the wallet.", balances()),
        Service::GetBusinessCredit => ("What is on the guilds' accounts.", balances()),
    }
}

fn reply(result: Value) -> Value {
    object(
        [
            ("hasError", flag("The call is refused: `errorCode` and `message` say why.")),
            ("messageId", integer("Always 0.")),
            (
                "referenceNumber",
                text("The server's number of the request, digits. Keep it: the operator finds the call by it."),
            ),
            ("errorCode", integer("The code of the refusal; 0: none.")),
            ("message", text("The refusal in words; only with `hasError`.")),
            ("count", integer("Of a list: the number of rows on all pages. Else 0.")),
            ("ott", text("A new one-time token, for `_ott_` of a call with the same `_token_`.")),
            ("result", result),
            ("aggregations", about(named("PodAggregations"), "Of `getInvoiceList`: sums over the rows of all pages.")),
        ],
        &["message", "result", "aggregations"],
    )
}

pub(super) fn operations() -> Vec<Operation> {
    let headers: Vec<Field> = service_parameters::CREDENTIALS.iter().map(field).collect();
    // The token is the security scheme.
    let headers: Vec<Field> = headers.into_iter().filter(|field| field.name != "_token_").collect();
    let numbered: Vec<Field> = service_parameters::ENVELOPE.iter().map(field).collect();
    let envelope = Operation::new("post", ENVELOPE, "doServiceCall", TAG, "Any service, by its product id.");
    let envelope = envelope.by(TOKEN).header(&headers).form("PodServiceCall", &numbered);
    let mut all = vec![envelope.replies(reply(about(json!({}), "As the service has it.")))];
    for row in services::ALL.iter().filter(|row| !row.path.is_empty()) {
        let (summary, result) = described(row.service);
        let mut id = format!("{:?}", row.service);
        id.get_mut(..1).into_iter().for_each(str::make_ascii_lowercase);
        let fields: Vec<Field> = service_parameters::of(row.service).iter().map(field).collect();
        let operation = Operation::new("post", row.path, id, TAG, summary).by(TOKEN).header(&headers);
        all.push(operation.form(&format!("Pod{:?}Form", row.service), &fields).replies(reply(result)));
    }
    let taken = || {
        let accepted = flag("The text had a code that was sent to this number and is still valid.");
        object([("accepted", accepted), ("paid", flag("That code has paid an invoice."))], &[])
    };
    let sms = [
        required(
            "from",
            Text,
            "The payer's mobile number. The setting `sms_inbound_from` gives the field another name.",
        ),
        required("text", Text, "The text of the SMS. The setting `sms_inbound_text` gives the field another name."),
    ];
    let secret =
        [optional("secret", Text, "The provider's secret (`sms_inbound_secret`), if no `Authorization` has it.")];
    let posted = Operation::new("post", "/sms/inbound", "takeSms", TAG, "An SMS of a payer comes in.");
    all.push(posted.by(&["smsProvider", ""]).query(&secret).json("InboundSms", &sms).replies(taken()));
    let fetched =
        Operation::new("get", "/sms/inbound", "takeSmsByGet", TAG, "The same, for providers that send a query.");
    all.push(fetched.by(&["smsProvider", ""]).query(&sms).query(&secret).replies(taken()));
    all
}

pub(super) fn components() -> Vec<(String, Value)> {
    let types = [
        component::<InvoiceSrv<'static>>(),
        component::<GuildSrv<'static>>(),
        component::<Profile<'static>>(),
        component::<Balances>(),
        component::<StatementRow<'static>>(),
        component::<Aggregations>(),
    ];
    let mut all = types.concat();
    all.push(("PodFailure".to_owned(), reply(about(json!({}), "A refusal has none."))));
    all
}

pub(super) fn schemes() -> Vec<(&'static str, Value)> {
    vec![
        ("podToken", json!({"type": "apiKey", "in": "header", "name": "_token_"})),
        ("smsProvider", json!({"type": "http", "scheme": "bearer"})),
    ]
}
