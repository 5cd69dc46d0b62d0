//! The log-in service (OAuth 2.0), as programs use it (pod.md 2.2, second-edition.md 4.3).

use serde_json::{Value, json};

use super::operation::Kind::Text;
use super::operation::{Field, Operation, about, flag, integer, object, optional, required, text};

const TAG: &str = "oauth";
/// Clients authenticate by Basic, or by fields of the form.
const CLIENT: &[&str] = &["oauthClient", ""];
const ID: Field = optional("client_id", Text, "The name of the business. Required without Basic.");
const SECRET: Field = optional("client_secret", Text, "The business's secret, if it has one and Basic is not used.");
const HINT: Field = optional("token_type_hint", Text, "Accepted and ignored: every kind of token is looked for.");
const EXCHANGE: [Field; 8] = [
    required("grant_type", Text, "`authorization_code` or `refresh_token`."),
    optional(
        "code",
        Text,
        "Of `authorization_code`, required: the code with which the user's browser has returned. It is valid for 60 seconds, and used once.",
    ),
    optional(
        "redirect_uri",
        Text,
        "Of `authorization_code`, required: `redirect_uri` of the request at `/oauth2/authorize`, byte for byte.",
    ),
    optional(
        "code_verifier",
        Text,
        "Of `authorization_code`: the text of which `code_challenge` was made (PKCE, `S256`), 1 to 128 characters. Required if the request had a challenge or the business has no secret.",
    ),
    optional(
        "refresh_token",
        Text,
        "Of `refresh_token`, required: the refresh token of the last reply. The new reply has another one.",
    ),
    optional(
        "scope",
        Text,
        "Of `refresh_token`: some of the scopes that the user has allowed, separated by blanks. Left out: all of them.",
    ),
    ID,
    SECRET,
];

/// What the service offers.
fn metadata() -> Value {
    let texts = |words| about(json!({"type": "array", "items": {"type": "string"}}), words);
    object(
        [
            ("issuer", text("The address of this server (`public_base`).")),
            ("authorization_endpoint", text("Where a user's browser is sent to log in and to consent.")),
            ("token_endpoint", text("Where a code or a refresh token is exchanged for tokens.")),
            ("revocation_endpoint", text("Where a token is ended.")),
            ("introspection_endpoint", text("Where a business reads what one of its tokens is good for.")),
            (
                "scopes_supported",
                texts("The scopes that can be asked for, and names of POD's that stand for `profile`."),
            ),
            ("response_types_supported", texts("`code`.")),
            ("response_modes_supported", texts("`query`.")),
            ("grant_types_supported", texts("`authorization_code` and `refresh_token`.")),
            ("code_challenge_methods_supported", texts("`S256`.")),
            ("token_endpoint_auth_methods_supported", texts("How a business authenticates; `none`: it has no secret.")),
            ("revocation_endpoint_auth_methods_supported", texts("The same.")),
            ("introspection_endpoint_auth_methods_supported", texts("The same.")),
            ("ui_locales_supported", texts("The languages of the pages.")),
        ],
        &[],
    )
}

pub(super) fn operations() -> Vec<Operation> {
    let service =
        |path: &str, id: &str, summary| Operation::new("post", format!("/oauth2/{path}"), id, TAG, summary).by(CLIENT);
    vec![
        service("token", "issueUserToken", "Exchanges a code or a refresh token for a user's tokens.")
            .form("OauthTokenForm", &EXCHANGE)
            .replies(object(
                [
                    ("access_token", text("The user's token, for `_token_` of POD's services.")),
                    ("expires_in", integer("The life of the access token in seconds.")),
                    ("refresh_token", text("For `grant_type` `refresh_token`. It is used once.")),
                    ("scope", text("The scopes of the access token, separated by blanks.")),
                    ("token_type", text("`Bearer`.")),
                ],
                &[],
            )),
        service("token/info", "readUserToken", "What a token of the client is good for (RFC 7662).")
            .form(
                "OauthTokenInfoForm",
                &[required("token", Text, "The access token or refresh token to read."), HINT, ID, SECRET],
            )
            .replies(object(
                [
                    (
                        "active",
                        flag("The token is valid, and is one of this business. If not, the reply has no other field."),
                    ),
                    ("client_id", text("The name of the business.")),
                    ("exp", integer("When it ends. Seconds of Unix time.")),
                    ("scope", text("Its scopes, separated by blanks.")),
                    ("sub", text("The number of the user: `ssoId` of POD's replies.")),
                ],
                &["client_id", "exp", "scope", "sub"],
            )),
        service("token/revoke", "revokeUserToken", "Gives a token back (RFC 7009).")
            .form(
                "OauthRevokeForm",
                &[
                    required(
                        "token",
                        Text,
                        "The token to end: an access token alone, a refresh token with all tokens of the same log-in.",
                    ),
                    HINT,
                    ID,
                    SECRET,
                ],
            )
            .replies(json!({"type": "object"})),
        Operation::new(
            "get",
            "/.well-known/oauth-authorization-server",
            "readMetadata",
            TAG,
            "What the service offers (RFC 8414).",
        )
        .replies(metadata()),
    ]
}

pub(super) fn components() -> Vec<(String, Value)> {
    let members = [
        ("error", text("The refusal, as RFC 6749 names it: `invalid_grant`.")),
        ("error_description", text("The refusal in words.")),
    ];
    vec![("OauthFailure".to_owned(), object(members, &[]))]
}

pub(super) fn schemes() -> Vec<(&'static str, Value)> {
    vec![("oauthClient", json!({"type": "http", "scheme": "basic"}))]
}
