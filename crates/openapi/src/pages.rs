//! Pages for people: payers' links and what they lead to, consent, and log-in.
//!
//! Shape: what a browser asks for, and the fields of the forms on each page. Absent: paths that only send a browser back to a form's page (a GET of a
//! form's target), other spellings of a link's path, and the operators' console.

use serde_json::{Value, json};

use super::operation::Kind::{Integer, Text};
use super::operation::{Field, Operation, optional, required};

/// The tag of pages.
pub(super) const TAG: &str = "pages";
const CSRF: Field = required("csrf", Text);
const REQUEST: Field = required("request", Text);

/// The content of a page.
pub(super) fn html() -> Value {
    json!({"text/html": {"schema": {"type": "string"}}})
}

fn page(method: &'static str, path: &str, id: &str, summary: &str) -> Operation {
    Operation::new(method, path, id, TAG, summary)
}

fn shown(path: &str, id: &str, summary: &str) -> Operation {
    let mut operation = page("get", path, id, summary);
    operation.answers(200, "the page", html());
    operation
}

/// A form of a page: its response is another page, or leads to one.
fn form(path: &str, id: &str, summary: &str, (name, fields): (&str, &[Field])) -> Operation {
    let mut operation = page("post", path, id, summary).form(name, fields);
    operation.answers(200, "a page", html());
    moves(operation)
}

/// Adds the redirects to another page: of this site, or of the site to which the caller returns.
fn moves(mut operation: Operation) -> Operation {
    operation.answers(302, "the way on", json!({}));
    operation.answers(303, "the way on, with GET", json!({}));
    operation
}

fn links() -> Vec<Operation> {
    let query = [
        optional("uniqueNumber", Text),
        optional("h", Text),
        optional("invoiceId", Integer),
        optional("gateway", Text),
        optional("redirectUri", Text),
        optional("callUri", Text),
    ];
    let link = shown(
        "/v1/pbc/{link}",
        "followLink",
        "A link that a shop gives its payer: `payInvoiceByUniqueNumber` (with `uniqueNumber`), `PayInvoiceDispatcher` (with `h`) or `payInvoice` (with `invoiceId`, after log-in). Sandbox: `gateway=LOC` pays at once.",
    );
    vec![
        moves(link.query(&query)),
        moves(shown("/s/{key}", "followShortLink", "The short form of a payment link, as an SMS has it.")),
    ]
}

fn payment() -> Vec<Operation> {
    let base = "/v1/pbc/pay/{gs}";
    let at = |step: &str| format!("{base}{step}");
    let card = [optional("pan", Text), optional("cvv2", Text), optional("exp_year", Text), optional("exp_month", Text)];
    let card: Vec<Field> = [CSRF, optional("card", Text)].into_iter().chain(card).collect();
    let paid: Vec<Field> = card.iter().copied().chain([optional("otp", Text)]).collect();
    let amount = optional("amount", Integer);
    vec![
        moves(shown(base, "choosePayment", "How the invoice can be paid.")),
        form(&at("/wallet"), "payFromWallet", "Pays from the payer's wallet.", ("PayWalletForm", &[CSRF, amount])),
        form(&at("/voucher"), "useVoucher", "Uses a voucher.", ("PayVoucherForm", &[CSRF, required("code", Text)])),
        form(&at("/credit"), "useCredit", "Uses a credit.", ("PayCreditForm", &[CSRF, required("hash", Text)])),
        form(&at("/cancel"), "leavePayment", "Returns to the shop without a payment.", ("PayCancelForm", &[CSRF])),
        moves(shown(&at("/card"), "showCardForm", "The form for a card.")),
        form(&at("/card"), "openCard", "Opens the card page.", ("PayOpenCardForm", &[CSRF, amount])),
        form(
            &at("/card/otp"),
            "sendCardOtp",
            "Sends the card's holder a one-time password.",
            ("PayCardOtpForm", &card),
        ),
        form(&at("/card/pay"), "payByCard", "Pays with a card and its one-time password.", ("PayCardForm", &paid)),
        moves(
            shown(&at("/card/wait"), "awaitCard", "The card's network has not answered yet.")
                .query(&[optional("attempt", Integer)]),
        ),
        moves(shown(&at("/result"), "showPayment", "What became of the payment, and the way back to the shop.")),
    ]
}

fn consent() -> Vec<Operation> {
    let path = "/dev/v2/oauth2/consent";
    let fields = [
        REQUEST,
        CSRF,
        optional("nid", Text),
        optional("password", Text),
        required("decision", Text),
        Field { is_list: true, ..optional("deposits", Text) },
    ];
    vec![
        shown(path, "showConsent", "A user is asked what a client of Finnotech may do.").query(&[REQUEST]),
        form(path, "decideConsent", "The user's decision: `allow` or `deny`.", ("FinnotechConsentForm", &fields)),
    ]
}

fn log_in() -> Vec<Operation> {
    let authorize = [
        required("client_id", Text),
        required("response_type", Text),
        required("redirect_uri", Text),
        optional("scope", Text),
        optional("state", Text),
        optional("code_challenge", Text),
        optional("code_challenge_method", Text),
        optional("prompt", Text),
        optional("response_mode", Text),
    ];
    let decision =
        [CSRF, required("decision", Text), optional("standing_limit", Integer), optional("standing_days", Integer)];
    let next = optional("next", Text);
    let credentials = [
        CSRF,
        next,
        optional("username", Text),
        optional("password", Text),
        optional("mobile", Text),
        optional("otp", Text),
    ];
    let code = [CSRF, next, required("mobile", Text)];
    vec![
        moves(
            shown("/oauth2/authorize", "askUser", "A user logs in and decides what a business may do.")
                .query(&authorize),
        ),
        form(
            "/oauth2/authorize",
            "decideScopes",
            "The user's decision: `allow` or `deny`.",
            ("OauthConsentForm", &decision),
        )
        .query(&authorize),
        moves(shown("/oauth2/consents", "showConsents", "What a user has allowed.")),
        form(
            "/oauth2/consents",
            "withdrawConsent",
            "Withdraws it from one business.",
            ("OauthWithdrawForm", &[CSRF, required("client", Integer)]),
        ),
        shown("/oauth2/login", "showLogIn", "The log-in form.").query(&[next]),
        form(
            "/oauth2/login",
            "logIn",
            "Logs in by password, or by the code of an SMS.",
            ("OauthLogInForm", &credentials),
        ),
        form("/oauth2/login/otp", "sendLogInCode", "Sends such a code.", ("OauthLogInCodeForm", &code)),
        form("/oauth2/logout", "logOut", "Logs out.", ("OauthLogOutForm", &[CSRF, next])),
    ]
}

pub(super) fn operations() -> Vec<Operation> {
    [links(), payment(), consent(), log_in()].concat()
}
