//! The log-in service (OAuth 2.0), as programs use it (pod.md 2.2, second-edition.md 4.3).

use serde_json::{Value, json};

use super::operation::Kind::Text;
use super::operation::{Operation, object, optional, required};

const TAG: &str = "oauth";
/// Clients authenticate by Basic, or by fields of the form.
const CLIENT: &[&str] = &["oauthClient", ""];

pub(super) fn operations() -> Vec<Operation> {
    let (text, integer) = (json!({"type": "string"}), json!({"type": "integer", "format": "int64"}));
    let texts = json!({"type": "array", "items": text});
    let service =
        |path: &str, id: &str, summary| Operation::new("post", format!("/oauth2/{path}"), id, TAG, summary).by(CLIENT);
    let (id, secret) = (optional("client_id", Text), optional("client_secret", Text));
    let metadata = object(
        [
            ("issuer", text.clone()),
            ("authorization_endpoint", text.clone()),
            ("token_endpoint", text.clone()),
            ("revocation_endpoint", text.clone()),
            ("introspection_endpoint", text.clone()),
            ("scopes_supported", texts.clone()),
            ("response_types_supported", texts.clone()),
            ("response_modes_supported", texts.clone()),
            ("grant_types_supported", texts.clone()),
            ("code_challenge_methods_supported", texts.clone()),
            ("token_endpoint_auth_methods_supported", texts.clone()),
            ("revocation_endpoint_auth_methods_supported", texts.clone()),
            ("introspection_endpoint_auth_methods_supported", texts.clone()),
            ("ui_locales_supported", texts),
        ],
        &[],
    );
    vec![
        service("token", "issueUserToken", "Exchanges a code or a refresh token for a user's tokens.")
            .form(
                "OauthTokenForm",
                &[
                    required("grant_type", Text),
                    optional("code", Text),
                    optional("redirect_uri", Text),
                    optional("code_verifier", Text),
                    optional("refresh_token", Text),
                    optional("scope", Text),
                    id,
                    secret,
                ],
            )
            .replies(object(
                [
                    ("access_token", text.clone()),
                    ("expires_in", integer.clone()),
                    ("refresh_token", text.clone()),
                    ("scope", text.clone()),
                    ("token_type", text.clone()),
                ],
                &[],
            )),
        service("token/info", "readUserToken", "What a token of the client is good for (RFC 7662).")
            .form("OauthTokenInfoForm", &[required("token", Text), optional("token_type_hint", Text), id, secret])
            .replies(object(
                [
                    ("active", json!({"type": "boolean"})),
                    ("client_id", text.clone()),
                    ("exp", integer),
                    ("scope", text.clone()),
                    ("sub", text),
                ],
                &["client_id", "exp", "scope", "sub"],
            )),
        service("token/revoke", "revokeUserToken", "Gives a token back (RFC 7009).")
            .form("OauthRevokeForm", &[required("token", Text), optional("token_type_hint", Text), id, secret])
            .replies(json!({"type": "object"})),
        Operation::new(
            "get",
            "/.well-known/oauth-authorization-server",
            "readMetadata",
            TAG,
            "What the service offers (RFC 8414).",
        )
        .replies(metadata),
    ]
}

pub(super) fn components() -> Vec<(String, Value)> {
    let text = json!({"type": "string"});
    vec![("OauthFailure".to_owned(), object([("error", text.clone()), ("error_description", text)], &[]))]
}

pub(super) fn schemes() -> Vec<(&'static str, Value)> {
    vec![("oauthClient", json!({"type": "http", "scheme": "basic"}))]
}
