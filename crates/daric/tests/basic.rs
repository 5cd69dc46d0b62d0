//! HTTP Basic credentials at every endpoint that accepts them.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use harness::client::{Call, Reply};
use harness::world::World;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// Secrets with characters that a form encodes, and with text that looks encoded.
const SECRETS: [&str; 5] = [
    "plain-secret-1234",
    "a+b%2Bc:d e&f=g-of-1",
    "100%+more:percent",
    "رمز+کسب‌وکار%+فروشگاه",
    "%41%42+%43:secret-of-1",
];

/// The spellings that clients use for a name or a secret: form-encoded, percent-encoded, and raw.
fn spellings(text: &str) -> [String; 3] {
    let percent = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    [percent.replace("%20", "+"), percent, text.to_owned()]
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

async fn send(world: &mut World, call: Call, authorization: &str) -> Reply {
    world.send(&call.header("authorization", authorization)).await.unwrap()
}

/// Wrong secrets: empty, encoded twice, with a blank, and with a zero byte.
fn wrong(secret: &str) -> [String; 5] {
    let doubled = utf8_percent_encode(&spellings(secret)[1], NON_ALPHANUMERIC).to_string();
    [String::new(), doubled, format!("{secret} "), format!("{secret}%00"), format!("{secret}\u{0}")]
}

/// second-edition.md 1.13.
#[apply(each_store)]
async fn pods_log_in_service_reads_secrets_as_a_form_encodes_them_and_as_they_are(#[case] _on: OnStore) {
    let mut world = World::start("basic-pod").await;
    let metadata = world.send(&Call::get("/.well-known/oauth-authorization-server")).await.unwrap().json().unwrap();
    let base = metadata["issuer"].as_str().unwrap().to_owned();
    let ends: Vec<String> = metadata
        .as_object()
        .unwrap()
        .keys()
        .filter_map(|name| name.strip_suffix("_auth_methods_supported"))
        .map(|name| metadata[name].as_str().unwrap().strip_prefix(&base).unwrap().to_owned())
        .collect();
    assert_eq!(ends.len(), 3);
    let form = "grant_type=refresh_token&refresh_token=none&token=none";
    for secret in SECRETS {
        let body = json!({"clientSecret": secret});
        world.operator(Call::new("PUT", "/admin/v1/parties/201").json(&body)).await.unwrap();
        for path in &ends {
            let known = if path == "/oauth2/token" { json!("invalid_grant") } else { Value::Null };
            for spelling in spellings(secret) {
                let reply = send(&mut world, Call::post(path).body(form), &basic("shop", &spelling)).await;
                assert_eq!(reply.json().unwrap()["error"], known, "{path} {spelling}: {reply}");
            }
            for guess in wrong(secret) {
                let reply = send(&mut world, Call::post(path).body(form), &basic("shop", &guess)).await;
                assert_eq!(
                    (reply.status, &reply.json().unwrap()["error"]),
                    (401, &json!("invalid_client")),
                    "{guess:?}"
                );
                assert!(reply.header("www-authenticate").is_some_and(|scheme| scheme.starts_with("Basic")));
            }
            // Credentials that cannot be read do not count as absent.
            let named = format!("{form}&client_id=supplier");
            for broken in ["Basic", "Basic ***", &format!("Basic {}", STANDARD.encode("shop"))] {
                let reply = send(&mut world, Call::post(path).body(named.as_str()), broken).await;
                assert_eq!(
                    (reply.status, &reply.json().unwrap()["error"]),
                    (401, &json!("invalid_client")),
                    "{broken}"
                );
            }
        }
    }
    // The client's name is accepted in the same spellings.
    let party = json!({"name": "کتاب فروشی+1", "kind": "business", "clientSecret": SECRETS[1]});
    world.operator(Call::post("/admin/v1/parties").json(&party)).await.unwrap();
    for (id, secret) in spellings("کتاب فروشی+1").iter().zip(spellings(SECRETS[1])) {
        let reply = send(&mut world, Call::post("/oauth2/token").body(form), &basic(id, &secret)).await;
        assert_eq!(reply.json().unwrap()["error"], "invalid_grant", "{id}: {reply}");
    }
}

/// second-edition.md 1.13.
#[apply(each_store)]
async fn finnotechs_endpoints_read_secrets_as_a_form_encodes_them_and_as_they_are(#[case] _on: OnStore) {
    let mut world = World::start("basic-finnotech").await;
    let refused = "invalid client credentials";
    let calls = || {
        [
            Call::post("/dev/v2/oauth2/token").json(&json!({"grant_type": "client_credentials"})),
            Call::post("/dev/v2/oauth2/verify/sms").json(&json!({})),
            Call::get("/dev/v2/oauth2/authorize?auth_type=SMS"),
        ]
    };
    for secret in SECRETS {
        let client = json!({"secret": secret, "nids": ["0499370899"], "redirectOrigin": "http://127.0.0.1"});
        world.operator(Call::new("PUT", "/admin/v1/clients/drops").json(&client)).await.unwrap();
        for spelling in spellings(secret) {
            for call in calls() {
                let reply = send(&mut world, call, &basic("drops", &spelling)).await;
                assert_ne!(reply.message(), refused, "{spelling}: {reply}");
            }
            let [token, ..] = calls();
            assert_eq!(send(&mut world, token, &basic("drops", &spelling)).await.status, 200);
        }
        for guess in wrong(secret).iter().map(|guess| basic("drops", guess)).chain(["Basic ***".to_owned()]) {
            for call in calls() {
                let reply = send(&mut world, call, &guess).await;
                assert_eq!(reply.message(), refused, "{guess}: {reply}");
            }
        }
    }
}
