//! The golden cases of the POD dialect (`pod.md` 10).
//!
//! Each case starts from a reset world. Its precondition says in words what its chain of cases does; nothing else has to be prepared.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is not as it should be")]

mod harness;

use harness::examples::{POD, examples};
use harness::golden::run_chain;
use harness::server::Launch;
use harness::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn the_golden_cases_answer_as_printed() {
    // The documents' own requests have the types and the fields that strict mode asks for.
    for strict in ["--strict=false", "--strict=content_type,unknown_fields"] {
        let mut world = World::launch("golden-pod", Launch { args: &[strict], env: &[] }).await;
        let all = examples(POD);
        assert_eq!(all.len(), 131);
        let mut failures = Vec::new();
        for case in all.values() {
            if let Err(failure) = run_chain(&mut world, &all, case, |_| false).await {
                failures.push(failure);
            }
        }
        assert!(failures.is_empty(), "{} of {} cases failed:\n{}", failures.len(), all.len(), failures.join("\n"));
    }
}
