//! Pages for people: payers' links and what they lead to, consent, and log-in.
//!
//! Shape: what a browser asks for, and the fields of the forms on each page. Absent: paths that only send a browser back to a form's page (a GET of a
//! form's target), other spellings of a link's path, and the operators' console.

use serde_json::{Value, json};

use super::operation::Kind::{Integer, Text};
use super::operation::{Field, Operation, optional, required};

/// The tag of pages.
pub(super) const TAG: &str = "pages";
const CSRF: Field = required("csrf", Text, "The token of the form, from the page that has it.");
const REQUEST: Field = required("request", Text, "The number of the request for consent, from the page's address.");
const NEXT: Field = optional("next", Text, "The path of this site that comes after it.");

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

/// A form of a payment: its response leads to the page that shows what became of it.
fn step(path: &str, id: &str, summary: &str, (name, fields): (&str, &[Field])) -> Operation {
    moves(page("post", path, id, summary).form(name, fields))
}

/// Adds the redirects to another page: of this site, or of the site to which the caller returns.
fn moves(mut operation: Operation) -> Operation {
    operation.answers(302, "the way on", json!({}));
    operation.answers(303, "the way on, with GET", json!({}));
    operation
}

fn links() -> Vec<Operation> {
    let query = [
        optional("uniqueNumber", Text, "Of `payInvoiceByUniqueNumber`: `uniqueNumber` of the invoice."),
        optional("h", Text, "Of `PayInvoiceDispatcher`: the key that `getInvoicePaymentLink` has made."),
        optional("invoiceId", Integer, "Of `payInvoice`: the number of the invoice, `id` in its reply."),
        optional(
            "gateway",
            Text,
            "`PEP`: the card page. `LOC`: pays at once, in a sandbox. Left out: the payer chooses how to pay.",
        ),
        optional(
            "redirectUri",
            Text,
            "The address of the business to which the payer returns. Left out: that of `getInvoicePaymentLink`, or `redirectURL` of the invoice.",
        ),
        optional("callUri", Text, "The address of the business that the server calls when the payer has paid."),
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
    let card = [
        CSRF,
        optional(
            "card",
            Text,
            "The four fields of the card, sealed by the page for the password; then they are not read.",
        ),
        optional("pan", Text, "The card's number, 16 digits."),
        optional("cvv2", Text, "The card's security code, 3 or 4 digits."),
        optional("exp_year", Text, "The Jalali year in which the card ends, in two or four digits."),
        optional("exp_month", Text, "The month in which the card ends, 1 to 12."),
    ];
    let again = optional("again", Integer, "Any value: another one-time password is sent, although one is valid.");
    let asked: Vec<Field> = card.iter().copied().chain([again]).collect();
    let otp = optional("otp", Text, "The one-time password that the card's holder got by SMS.");
    let paid: Vec<Field> = card.iter().copied().chain([otp]).collect();
    let amount = optional(
        "amount",
        Integer,
        "The amount that the page has shown, in rials: if the rest to pay differs, nothing is paid.",
    );
    let voucher = required("code", Text, "The code of a voucher of the business.");
    let credit = required("hash", Text, "The name of a credit of the payer.");
    let attempt = optional("attempt", Integer, "The number of the card payment, from the page's address.");
    vec![
        moves(shown(base, "choosePayment", "How the invoice can be paid.")),
        step(&at("/wallet"), "payFromWallet", "Pays from the payer's wallet.", ("PayWalletForm", &[CSRF, amount])),
        step(&at("/voucher"), "useVoucher", "Uses a voucher.", ("PayVoucherForm", &[CSRF, voucher])),
        step(&at("/voucher/remove"), "removeVoucher", "Removes the voucher.", ("PayRemoveVoucherForm", &[CSRF])),
        step(&at("/credit"), "useCredit", "Uses a credit.", ("PayCreditForm", &[CSRF, credit])),
        step(&at("/credit/remove"), "removeCredit", "Removes the credits.", ("PayRemoveCreditForm", &[CSRF])),
        step(&at("/cancel"), "leavePayment", "Returns to the shop without a payment.", ("PayCancelForm", &[CSRF])),
        moves(shown(&at("/again"), "beginPaymentAgain", "Begins again after a session that has ended unpaid.")),
        moves(shown(&at("/card"), "showCardForm", "The form for a card.")),
        step(&at("/card"), "openCard", "Opens the card page.", ("PayOpenCardForm", &[CSRF, amount])),
        moves(shown(&at("/card/otp"), "showCardOtpForm", "The form for the one-time password that was sent.")),
        step(
            &at("/card/otp"),
            "sendCardOtp",
            "Sends the card's holder a one-time password. While one is valid, another one is sent only with `again`.",
            ("PayCardOtpForm", &asked),
        ),
        step(&at("/card/pay"), "payByCard", "Pays with a card and its one-time password.", ("PayCardForm", &paid)),
        step(
            &at("/card/leave"),
            "leaveCard",
            "Lets other browsers pay the invoice; the session stays open.",
            ("PayLeaveCardForm", &[CSRF]),
        ),
        moves(shown(&at("/card/wait"), "awaitCard", "The card's network has not answered yet.").query(&[attempt])),
        moves(shown(&at("/result"), "showPayment", "What became of the payment, and the way back to the shop.")),
    ]
}

fn consent() -> Vec<Operation> {
    let path = "/dev/v2/oauth2/consent";
    let fields = [
        REQUEST,
        CSRF,
        optional("nid", Text, "The user's national id, to log in."),
        optional("password", Text, "The user's password at the bank, to log in."),
        required("decision", Text, "`allow` or `deny`."),
        Field {
            is_list: true,
            ..optional(
                "deposits",
                Text,
                "The account numbers that the user lets the client use. Left out: the only one.",
            )
        },
    ];
    vec![
        shown(path, "showConsent", "A user is asked what a client of Finnotech may do.").query(&[REQUEST]),
        form(path, "decideConsent", "The user's decision: `allow` or `deny`.", ("FinnotechConsentForm", &fields)),
    ]
}

fn log_in() -> Vec<Operation> {
    let authorize = [
        required("client_id", Text, "The name of the business."),
        required("response_type", Text, "`code`."),
        required("redirect_uri", Text, "A registered address of the business, to which the user's browser returns."),
        optional(
            "scope",
            Text,
            "The scopes asked for, separated by blanks; unknown ones are left out. Default `profile wallet:read invoice:pay`.",
        ),
        optional("state", Text, "Any text of at most 8 KiB, which returns with `code`."),
        optional(
            "code_challenge",
            Text,
            "SHA-256 of the `code_verifier` in base64url, 43 characters. Required of a business without a secret.",
        ),
        optional("code_challenge_method", Text, "`S256`, with `code_challenge`."),
        optional(
            "prompt",
            Text,
            "`none`: no page; the business gets `login_required` or `consent_required` instead. `login`: the user logs in again. `consent`: the user is asked again.",
        ),
        optional("response_mode", Text, "Accepted and ignored: `code` returns in the query."),
    ];
    let decision = [
        CSRF,
        required("decision", Text, "`allow` or `deny`."),
        optional(
            "standing_limit",
            Integer,
            "Of the scope `invoice:standing`: rials that the business may take per period.",
        ),
        optional("standing_days", Integer, "Of the scope `invoice:standing`: days of a period: 1, 7 or 30."),
    ];
    let credentials = [
        CSRF,
        NEXT,
        optional("username", Text, "The name of the user or business, with `password`."),
        optional("password", Text, "The password."),
        optional("mobile", Text, "The mobile number, with `otp`; then name and password are not read."),
        optional("otp", Text, "The code of the SMS, 6 digits."),
    ];
    let code = [CSRF, NEXT, required("mobile", Text, "The mobile number to which the code is sent.")];
    let client = required("client", Integer, "The number of the business whose consent is withdrawn.");
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
            ("OauthWithdrawForm", &[CSRF, client]),
        ),
        shown("/oauth2/login", "showLogIn", "The log-in form.").query(&[NEXT]),
        form(
            "/oauth2/login",
            "logIn",
            "Logs in by password, or by the code of an SMS.",
            ("OauthLogInForm", &credentials),
        ),
        form("/oauth2/login/otp", "sendLogInCode", "Sends such a code.", ("OauthLogInCodeForm", &code)),
        form("/oauth2/logout", "logOut", "Logs out.", ("OauthLogOutForm", &[CSRF, NEXT])),
    ]
}

pub(super) fn operations() -> Vec<Operation> {
    [links(), payment(), consent(), log_in()].concat()
}
