//! Finnotech's services (finnotech.md 2, 3).

use serde_json::{Value, json};
use wire::finnotech::cards::{CardBalance, CardStatement, ChargeStatus, Charged, NotCharged, ValidCard};
use wire::finnotech::envelope::ErrorBody;
use wire::finnotech::replies::{
    Balance, ClientCredentialToken, CodeToken, DepositRow, IbanInquiry, Inquiry, Payas, SmsSent, Statement, Tokens,
    TokensOfBank, Transfer, Verified, Wages,
};

use super::operation::Kind::{Integer, Text};
use super::operation::{Field, Operation, component, named, object, optional, required};

const TAG: &str = "finnotech";
const CLIENT: &[&str] = &["finnotechClient"];
const TOKEN: &[&str] = &["finnotechToken"];
const TRACK_ID: Field = required("trackId", Text);
const ANY_TRACK_ID: Field = optional("trackId", Text);
const FROM: Field = optional("fromDate", Text);
const TO: Field = optional("toDate", Text);
const CARD: Field = required("card", Text);
/// Parameters of a request for consent, in its query or in a form.
const AUTHORIZE: [Field; 13] = [
    required("client_id", Text),
    required("response_type", Text),
    required("redirect_uri", Text),
    required("scope", Text),
    optional("bank", Text),
    optional("state", Text),
    optional("deposits", Text),
    optional("limit", Integer),
    optional("count", Integer),
    optional("auth_type", Text),
    optional("mobile", Text),
    optional("nid", Text),
    optional("deposit", Text),
];

/// The schema of a reply with this result.
fn reply(result: Value) -> Value {
    let text = json!({"type": "string"});
    object(
        [
            ("trackId", text.clone()),
            ("result", result),
            ("status", text.clone()),
            ("responseCode", text),
            ("error", named("FinnotechErrorBody")),
        ],
        &["trackId", "result", "responseCode", "error"],
    )
}

fn of_type(name: &str) -> Value {
    reply(named(name))
}

fn either(names: [&str; 2]) -> Value {
    reply(json!({"anyOf": names.map(named)}))
}

pub(super) fn operations() -> Vec<Operation> {
    let service = |method, path: &str, id: &str, summary| {
        Operation::new(method, format!("/oak/v2/clients/{{client}}/{path}"), id, TAG, summary).by(TOKEN)
    };
    let transfer = |path: &str, summary| {
        let fields = [
            required("amount", Integer),
            required("description", Text),
            required("destinationNumber", Text),
            optional("destinationFirstname", Text),
            optional("destinationLastname", Text),
            optional("sourceFirstName", Text),
            optional("sourceLastName", Text),
            optional("paymentNumber", Text),
            optional("deposit", Text),
            optional("secondPassword", Text),
        ];
        service("post", path, path, summary)
            .query(&[TRACK_ID])
            .json("FinnotechTransferRequest", &fields)
            .replies(of_type("FinnotechTransfer"))
    };
    let inquiry = |path: &str, summary| {
        let query = [ANY_TRACK_ID, required("inquiryTrackId", Text)];
        service("get", path, path, summary).query(&query).replies(of_type("FinnotechInquiry"))
    };
    let of_card = |path: &str, id, fields: &[Field], name, summary| {
        service("post", path, id, summary).query(&[TRACK_ID]).json(name, fields)
    };
    let token = |method, path: &str, id: &str, summary| {
        Operation::new(method, format!("/dev/v2/{path}"), id, TAG, summary).by(CLIENT)
    };
    let of_client = |method, path: &str, id: &str, summary| token(method, path, id, summary).by(TOKEN);
    vec![
        transfer("transferTo", "Transfers money; the destination and the amount choose the network."),
        transfer("internalTransfer", "Transfers money within a bank."),
        transfer("payaTransfer", "Transfers money by paya."),
        transfer("satnaTransfer", "Transfers money by satna."),
        inquiry("transferInquiry", "What became of a transfer."),
        inquiry("proxyInquiry", "What became of a transfer."),
        service("get", "deposits/{deposit}/payas", "payas", "Paya transfers whose cycles have settled.")
            .query(&[ANY_TRACK_ID, FROM, TO, optional("offset", Integer), optional("length", Integer)])
            .replies(of_type("FinnotechPayas")),
        service("get", "deposits/{deposit}/balance", "depositBalance", "What is on a deposit.")
            .query(&[ANY_TRACK_ID])
            .replies(of_type("FinnotechBalance")),
        service("get", "deposits/{deposit}/statement", "depositStatement", "What has moved on a deposit.")
            .query(&[
                ANY_TRACK_ID,
                FROM,
                TO,
                optional("fromTime", Text),
                optional("toTime", Text),
                optional("lastRecordNumber", Text),
            ])
            .replies(of_type("FinnotechStatement")),
        service("post", "deposits/{deposit}/chargeCard", "chargeCard", "Charges a card.")
            .query(&[TRACK_ID])
            .json("FinnotechChargeRequest", &[required("amount", Integer), CARD])
            .replies(either(["FinnotechCharged", "FinnotechNotCharged"])),
        service("post", "inquiryChargeCard", "inquiryChargeCard", "What became of a charge.")
            .query(&[TRACK_ID])
            .json("FinnotechChargeInquiry", &[optional("trackId", Text), optional("tracker", Integer)])
            .replies({
                let (status, text) = (named("FinnotechChargeStatus"), json!({"type": "string"}));
                object(
                    [
                        ("inquiry", status.clone()),
                        ("result", status),
                        ("status", text.clone()),
                        ("trackId", text.clone()),
                        ("responseCode", text),
                    ],
                    &["responseCode"],
                )
            }),
        of_card("getValidCard", "getValidCard", &[CARD], "FinnotechCardRequest", "The number that a card has now.")
            .replies(of_type("FinnotechValidCard")),
        of_card("card/balance", "cardBalance", &[CARD], "FinnotechCardRequest", "What is on a card.")
            .replies(of_type("FinnotechCardBalance")),
        of_card(
            "card/statement",
            "cardStatement",
            &[CARD, FROM, TO],
            "FinnotechCardStatementRequest",
            "What has moved on a card.",
        )
        .replies(of_type("FinnotechCardStatement")),
        service("get", "ibanInquiry", "ibanInquiry", "Whose an IBAN is.")
            .query(&[ANY_TRACK_ID, required("iban", Text)])
            .replies(of_type("FinnotechIbanInquiry")),
        service("get", "users/{nid}/deposits", "userDeposits", "The deposits of a user.")
            .query(&[ANY_TRACK_ID])
            .replies(reply(json!({"type": "array", "items": named("FinnotechDepositRow")}))),
        of_client("get", "clients/{client}/tokens", "tokens", "The client's tokens that are alive.")
            .query(&[ANY_TRACK_ID, optional("nid", Text), optional("bank", Text)])
            .replies(either(["FinnotechTokensOfBank", "FinnotechTokens"])),
        of_client("get", "clients/{client}/wages", "wages", "The calls of the client.")
            .query(&[
                ANY_TRACK_ID,
                FROM,
                TO,
                optional("status", Text),
                optional("limit", Integer),
                optional("offset", Integer),
            ])
            .replies(of_type("FinnotechWages")),
        of_client("delete", "clients/{client}/token", "revokeBankToken", "Ends a token.")
            .query(&[ANY_TRACK_ID])
            .json("FinnotechRevokeRequest", &[required("token", Text)])
            .replies(reply(json!({}))),
        token("post", "oauth2/token", "issueBankToken", "A token for the client, a code or a refresh token.")
            .json(
                "FinnotechTokenRequest",
                &[
                    required("grant_type", Text),
                    optional("nid", Text),
                    optional("scopes", Text),
                    optional("code", Text),
                    optional("redirect_uri", Text),
                    optional("bank", Text),
                    optional("refresh_token", Text),
                    optional("token_type", Text),
                    optional("auth_type", Text),
                ],
            )
            .replies(either(["FinnotechCodeToken", "FinnotechClientCredentialToken"])),
        token(
            "get",
            "oauth2/authorize",
            "authorize",
            "Asks a user for consent: by a page (302), or by SMS (`auth_type`).",
        )
        .by(&["finnotechClient", ""])
        .query(&AUTHORIZE)
        .redirects()
        .replies(of_type("FinnotechSmsSent")),
        token("post", "oauth2/authorize", "authorizeByForm", "The same by a form.")
            .by(&["finnotechClient", ""])
            .form("FinnotechAuthorizeForm", &AUTHORIZE)
            .redirects()
            .replies(of_type("FinnotechSmsSent")),
        token("post", "oauth2/verify/sms", "verifySms", "The code of an SMS becomes a code for a token.")
            .json(
                "FinnotechVerifyRequest",
                &[required("mobile", Text), required("otp", Text), required("nid", Text), required("trackId", Text)],
            )
            .replies(of_type("FinnotechVerified")),
    ]
}

pub(super) fn components() -> Vec<(String, Value)> {
    let text = json!({"type": "string"});
    let error = || ("error", named("FinnotechErrorBody"));
    let refusal = object(
        [("trackId", text.clone()), ("status", text.clone()), ("responseCode", text.clone()), error()],
        &["trackId", "responseCode"],
    );
    // second-edition.md 2.6: produced by a fault of the sandbox.
    let inside = object([("response", json!({"type": "null"})), ("status", text.clone()), error()], &[]);
    let nested =
        object([("trackId", text.clone()), ("responseCode", text), ("result", inside)], &["trackId", "responseCode"]);
    let types = [
        component::<ErrorBody<'static>>(),
        component::<Transfer<'static>>(),
        component::<Inquiry<'static>>(),
        component::<Payas>(),
        component::<Balance<'static>>(),
        component::<Statement>(),
        component::<Charged<'static>>(),
        component::<NotCharged<'static>>(),
        component::<ChargeStatus<'static>>(),
        component::<ValidCard<'static>>(),
        component::<CardBalance>(),
        component::<CardStatement>(),
        component::<IbanInquiry<'static>>(),
        component::<DepositRow>(),
        component::<Tokens>(),
        component::<TokensOfBank>(),
        component::<Wages>(),
        component::<ClientCredentialToken<'static>>(),
        component::<CodeToken<'static>>(),
        component::<SmsSent<'static>>(),
        component::<Verified<'static>>(),
    ];
    let mut all = types.concat();
    let forms = ["FinnotechFailure", "FinnotechNestedFailure"];
    all.push(("FinnotechRefusal".to_owned(), json!({"anyOf": forms.map(named)})));
    all.extend(forms.map(str::to_owned).into_iter().zip([refusal, nested]));
    all
}

pub(super) fn schemes() -> Vec<(&'static str, Value)> {
    vec![
        ("finnotechClient", json!({"type": "http", "scheme": "basic"})),
        ("finnotechToken", json!({"type": "http", "scheme": "bearer"})),
    ]
}
