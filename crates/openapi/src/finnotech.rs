//! Finnotech's services (finnotech.md 2, 3).

mod fields;

use serde_json::{Value, json};
use wire::finnotech::cards::{CardBalance, CardStatement, ChargeStatus, Charged, NotCharged, ValidCard};
use wire::finnotech::envelope::ErrorBody;
use wire::finnotech::replies::{
    Balance, ClientCredentialToken, CodeToken, DepositRow, IbanInquiry, Inquiry, Payas, SmsSent, Statement, Tokens,
    TokensOfBank, Transfer, Verified, Wages,
};

use fields::{
    ANY_TRACK_ID, AUTHORIZE, BON_CARD, CHARGE, CHARGE_INQUIRY, DAYS, ENDED_TOKEN, IBAN, INQUIRED, KNOWN_CARD, ORDER,
    PAYAS, STATEMENT, TOKEN_REQUEST, TOKENS, TRACK_ID, TRANSFER, VERIFY, WAGES,
};

use super::operation::{Field, Operation, about, component, named, object, one_of, text};

const TAG: &str = "finnotech";
const CLIENT: &[&str] = &["finnotechClient"];
const TOKEN: &[&str] = &["finnotechToken"];

/// The fields of every reply.
fn envelope() -> [(&'static str, Value); 4] {
    [
        (
            "trackId",
            text(
                "The trackId of the call; where it has none, and in the reply of `revokeBankToken`, one that the server has made. Replies below `/dev/v2/oauth2/` have none.",
            ),
        ),
        (
            "status",
            text(
                "`DONE`: the call is done; what became of a charge or of an inquired transfer is in `result`. `PENDING`, `UNKNOWN`: a transfer is not decided yet, inquire. `FAILED`: the call is refused, see `error`.",
            ),
        ),
        (
            "responseCode",
            text(
                "`FN-BRFH-20000000000` of a successful call below `/dev/v2/oauth2/`, `FN-BRFH-40001210001` of a trackId that was used before.",
            ),
        ),
        (
            "error",
            about(
                named("FinnotechErrorBody"),
                "Why the call is refused. A transfer that is `PENDING` or `UNKNOWN` has it beside `result`: the state in words.",
            ),
        ),
    ]
}

/// The schema of a reply with this result.
fn reply(result: Value) -> Value {
    let [track_id, status, response_code, error] = envelope();
    object(
        [track_id, ("result", result), status, response_code, error],
        &["trackId", "result", "responseCode", "error"],
    )
}

fn of_type(name: &str) -> Value {
    reply(named(name))
}

/// The schema of a reply with one of these results; the words before each say which replies have it.
fn either(words: &str, results: [(&str, &str); 2]) -> Value {
    reply(about(one_of(results.map(|(which, name)| (which, named(name)))), words))
}

pub(super) fn operations() -> Vec<Operation> {
    let service = |method, path: &str, id: &str, summary| {
        Operation::new(method, format!("/oak/v2/clients/{{client}}/{path}"), id, TAG, summary).by(TOKEN)
    };
    let transfer = |path: &str, summary| {
        service("post", path, path, summary)
            .query(&[ORDER])
            .json("FinnotechTransferRequest", &TRANSFER)
            .replies(of_type("FinnotechTransfer"))
    };
    let inquiry = |path: &str, summary| {
        service("get", path, path, summary).query(&[ANY_TRACK_ID, INQUIRED]).replies(of_type("FinnotechInquiry"))
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
            .query(&[ANY_TRACK_ID])
            .query(&PAYAS)
            .replies(of_type("FinnotechPayas")),
        service("get", "deposits/{deposit}/balance", "depositBalance", "What is on a deposit.")
            .query(&[ANY_TRACK_ID])
            .replies(of_type("FinnotechBalance")),
        service("get", "deposits/{deposit}/statement", "depositStatement", "What has moved on a deposit.")
            .query(&[ANY_TRACK_ID])
            .query(&DAYS)
            .query(&STATEMENT)
            .replies(of_type("FinnotechStatement")),
        service("post", "deposits/{deposit}/chargeCard", "chargeCard", "Charges a card.")
            .query(&[ORDER])
            .json("FinnotechChargeRequest", &CHARGE)
            .replies(either(
                "What became of the charge.",
                [
                    ("of a charge that is done", "FinnotechCharged"),
                    ("of a charge that is refused or not known", "FinnotechNotCharged"),
                ],
            )),
        service("post", "inquiryChargeCard", "inquiryChargeCard", "What became of a charge.")
            .query(&[TRACK_ID])
            .json("FinnotechChargeInquiry", &CHARGE_INQUIRY)
            .replies({
                let [track_id, status, response_code, _] = envelope();
                let charge = |words| about(named("FinnotechChargeStatus"), words);
                object(
                    [
                        ("inquiry", charge("What became of the charge.")),
                        ("result", charge("The same as `inquiry`.")),
                        status,
                        track_id,
                        response_code,
                    ],
                    &["responseCode"],
                )
            }),
        of_card("getValidCard", "getValidCard", &[BON_CARD], "FinnotechCardRequest", "The number that a card has now.")
            .replies(of_type("FinnotechValidCard")),
        of_card("card/balance", "cardBalance", &[KNOWN_CARD], "FinnotechCardBalanceRequest", "What is on a card.")
            .replies(of_type("FinnotechCardBalance")),
        of_card(
            "card/statement",
            "cardStatement",
            &[KNOWN_CARD, DAYS[0], DAYS[1]],
            "FinnotechCardStatementRequest",
            "What has moved on a card.",
        )
        .replies(of_type("FinnotechCardStatement")),
        service("get", "ibanInquiry", "ibanInquiry", "Whose an IBAN is.")
            .query(&[ANY_TRACK_ID, IBAN])
            .replies(of_type("FinnotechIbanInquiry")),
        service("get", "users/{nid}/deposits", "userDeposits", "The deposits of a user.")
            .query(&[ANY_TRACK_ID])
            .replies(reply(about(
                json!({"type": "array", "items": named("FinnotechDepositRow")}),
                "The deposits that the client is approved for, or has a token of; others are left out.",
            ))),
        of_client("get", "clients/{client}/tokens", "tokens", "The client's tokens that are alive.")
            .query(&[ANY_TRACK_ID])
            .query(&TOKENS)
            .replies(either(
                "The tokens.",
                [("with `bank`", "FinnotechTokensOfBank"), ("without `bank`", "FinnotechTokens")],
            )),
        of_client("get", "clients/{client}/wages", "wages", "The calls of the client.")
            .query(&WAGES)
            .replies(of_type("FinnotechWages")),
        of_client("delete", "clients/{client}/token", "revokeBankToken", "Ends a token.")
            .query(&[ANY_TRACK_ID])
            .json("FinnotechRevokeRequest", &[ENDED_TOKEN])
            .replies(reply(about(json!({}), "This reply has none."))),
        token("post", "oauth2/token", "issueBankToken", "A token for the client, a code or a refresh token.")
            .json("FinnotechTokenRequest", &TOKEN_REQUEST)
            .replies(either(
                "The tokens.",
                [
                    ("of a user's consent", "FinnotechCodeToken"),
                    ("of the client's own token", "FinnotechClientCredentialToken"),
                ],
            )),
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
            .json("FinnotechVerifyRequest", &VERIFY)
            .replies(of_type("FinnotechVerified")),
    ]
}

pub(super) fn components() -> Vec<(String, Value)> {
    let [track_id, status, response_code, error] = envelope();
    // second-edition.md 2.6: produced by a fault of the sandbox.
    let response = json!({"type": "null", "description": "Always null."});
    let inside = object([("response", response), status.clone(), error.clone()], &[]);
    let nested = object(
        [track_id.clone(), response_code.clone(), ("result", about(inside, "The refusal."))],
        &["trackId", "responseCode"],
    );
    let refusal = object([track_id, status, response_code, error], &["trackId", "responseCode"]);
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
    let forms = [
        ("of every refusal", named("FinnotechFailure")),
        ("of one that the fault `nested_error` has struck", named("FinnotechNestedFailure")),
    ];
    all.push(("FinnotechRefusal".to_owned(), one_of(forms)));
    all.push(("FinnotechFailure".to_owned(), refusal));
    all.push(("FinnotechNestedFailure".to_owned(), nested));
    all
}

pub(super) fn schemes() -> Vec<(&'static str, Value)> {
    vec![
        ("finnotechClient", json!({"type": "http", "scheme": "basic"})),
        ("finnotechToken", json!({"type": "http", "scheme": "bearer"})),
    ]
}
