//! Public clients of the platforms, with only their base URL changed.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use harness::client::Call;
use harness::server::Launch;
use harness::tools::{node, python};
use harness::world::World;
use serde_json::json;

/// The settings that a client is tested with: no strict mode, and all rules of strict mode except those that the client is known to break
/// (second-edition.md 6).
fn modes(broken: &[edge::strict::Rule]) -> [String; 2] {
    let kept = edge::strict::Rule::ALL.iter().filter(|rule| !broken.contains(rule)).map(|rule| rule.name());
    ["--strict=false".to_owned(), format!("--strict={}", kept.collect::<Vec<_>>().join(","))]
}

async fn world(test: &str, mode: &str) -> World {
    World::launch(test, Launch { args: &[mode], env: &[] }).await
}

/// The number of checks that the story of pod-billing makes.
const CHECKS: usize = 33;

/// finnotech.md 1.6: this client refreshes its token on 403 `invalid token`.
#[apply(each_store)]
async fn pyfinnotech_gets_tokens_refreshes_them_and_asks_for_ibans(#[case] _on: OnStore) {
    for mode in modes(&[]) {
        let world = world("pyfinnotech", &mode).await;
        let base = format!("http://{}", world.server.address);
        let printed = tokio::task::spawn_blocking(move || python("pyfinnotech_story.py", &[&base])).await.unwrap();
        println!("{printed}");
        assert_eq!(printed.lines().filter(|line| line.starts_with("ok: ")).count(), 7, "{mode}");
    }
}

/// pod.md 3: the services of the document and the life cycle that they presuppose, called by the platform's own client.
#[apply(each_store)]
async fn pod_billing_issues_pays_verifies_closes_cancels_and_reduces(#[case] _on: OnStore) {
    // The client sends an API key only if its user passes one with each call, and one-time tokens only with payments from wallets and with invoices.
    for mode in modes(&[edge::strict::Rule::ApiKey, edge::strict::Rule::OneTimeToken]) {
        let world = world("pod-billing", &mode).await;
        let base = format!("http://{}", world.server.address);
        let printed = tokio::task::spawn_blocking(move || python("pod_billing_story.py", &[&base])).await.unwrap();
        println!("{printed}");
        assert_eq!(printed.lines().filter(|line| line.starts_with("ok: ")).count(), CHECKS, "{mode}");
    }
}

/// A secret that is hard for Basic: clients encode it as a form does, or not at all.
const SECRET: &str = "a+b%2Bc:d e&f=100%";

/// A server where `supplier` is a client of the log-in service with a secret, and its address.
async fn log_in_service(test: &str, mode: &str) -> (World, String) {
    let mut world = world(test, mode).await;
    let secret = json!({"clientSecret": SECRET});
    world.operator(Call::new("PUT", "/admin/v1/parties/202").json(&secret)).await.unwrap();
    let base = format!("http://{}", world.server.address);
    (world, base)
}

/// second-edition.md 1.13, 4.3: code with PKCE, refresh, user-info, introspection and revocation.
#[apply(each_store)]
async fn authlib_requests_oauthlib_and_pod_sso_log_users_in(#[case] _on: OnStore) {
    for mode in modes(&[]) {
        let (_world, base) = log_in_service("oauth-python", &mode).await;
        let story = move || python("oauth_story.py", &[&base, "supplier", SECRET]);
        let printed = tokio::task::spawn_blocking(story).await.unwrap();
        println!("{printed}");
        assert_eq!(printed.lines().filter(|line| line.starts_with("ok: ")).count(), 7, "{mode}");
    }
}

/// second-edition.md 1.13, 4.3.
#[apply(each_store)]
async fn openid_client_and_simple_oauth2_log_users_in(#[case] _on: OnStore) {
    for mode in modes(&[]) {
        let (_world, base) = log_in_service("oauth-node", &mode).await;
        let story = move || node("oauth_story.mjs", &[&base, "supplier", SECRET]);
        let printed = tokio::task::spawn_blocking(story).await.unwrap();
        println!("{printed}");
        assert_eq!(printed.lines().filter(|line| line.starts_with("ok: ")).count(), 6, "{mode}");
    }
}
