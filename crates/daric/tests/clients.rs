//! Public clients of the platforms, unchanged but for their base URL.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is not as it should be")]

mod harness;

use harness::tools::python;
use harness::world::World;

/// finnotech.md 1.6: the pair 403 `invalid token` is what this client refreshes on.
#[tokio::test(flavor = "multi_thread")]
async fn pyfinnotech_gets_tokens_refreshes_them_and_asks_for_ibans() {
    let world = World::start("pyfinnotech").await;
    let base = format!("http://{}", world.server.address);
    let printed = tokio::task::spawn_blocking(move || python("pyfinnotech_story.py", &[&base])).await.unwrap();
    println!("{printed}");
    assert_eq!(printed.lines().filter(|line| line.starts_with("ok: ")).count(), 7);
}
