//! Public clients of the platforms, unchanged but for their base URL.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is not as it should be")]

mod harness;

use harness::tools::python;
use harness::world::World;

/// What the story of pod-billing looks at.
const CHECKS: usize = 33;

/// finnotech.md 1.6: the pair 403 `invalid token` is what this client refreshes on.
#[tokio::test(flavor = "multi_thread")]
async fn pyfinnotech_gets_tokens_refreshes_them_and_asks_for_ibans() {
    let world = World::start("pyfinnotech").await;
    let base = format!("http://{}", world.server.address);
    let printed = tokio::task::spawn_blocking(move || python("pyfinnotech_story.py", &[&base])).await.unwrap();
    println!("{printed}");
    assert_eq!(printed.lines().filter(|line| line.starts_with("ok: ")).count(), 7);
}

/// pod.md 3: the services of the document and the life cycle that they presuppose, by the platform's own client.
#[tokio::test(flavor = "multi_thread")]
async fn pod_billing_issues_pays_verifies_closes_cancels_and_reduces() {
    let world = World::start("pod-billing").await;
    let base = format!("http://{}", world.server.address);
    let printed = tokio::task::spawn_blocking(move || python("pod_billing_story.py", &[&base])).await.unwrap();
    println!("{printed}");
    assert_eq!(printed.lines().filter(|line| line.starts_with("ok: ")).count(), CHECKS);
}
