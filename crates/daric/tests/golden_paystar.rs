//! The golden cases of the PayStar dialect (`paystar.md` 9).
//!
//! Each case starts from a reset world. Its precondition says in words what its chain of cases does; nothing else has to be prepared.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is not as it should be")]

mod harness;

use std::collections::BTreeMap;

use harness::examples::{Example, PAYSTAR, Values, examples};
use harness::golden::run_chain;
use harness::server::Launch;
use harness::spelling::{Kind, SPELLINGS};
use harness::world::World;

/// How often a case is run again whose two passwords are the same by chance (1 in 100,000).
const CHANCES: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn the_golden_cases_answer_as_printed() {
    // The documents' own requests have the types and the fields that strict mode asks for.
    for strict in ["--strict=false", "--strict=content_type,unknown_fields"] {
        let mut world = World::launch("golden-paystar", Launch { args: &[strict], env: &[] }).await;
        run(&mut world).await;
    }
}

/// second-edition.md 1.1, 1.4–1.7: every field of every request.
#[tokio::test(flavor = "multi_thread")]
async fn the_golden_cases_answer_the_same_however_their_numbers_are_written() {
    let mut world = World::start("golden-paystar-spelt").await;
    for spelling in SPELLINGS {
        world.spelling = spelling;
        run(&mut world).await;
    }
    world.asserts_respelt(&[Kind::Amount, Kind::Card, Kind::Mobile, Kind::Code]);
}

async fn run(world: &mut World) {
    let all = examples(PAYSTAR);
    assert_eq!(all.len(), 45);
    let mut failures = Vec::new();
    for case in all.values() {
        if let Err(failure) = run_case(world, &all, case).await {
            failures.push(failure);
        }
    }
    assert!(
        failures.is_empty(),
        "{:?}: {} of {} cases failed:\n{}",
        world.spelling,
        failures.len(),
        all.len(),
        failures.join("\n")
    );
}

async fn run_case(world: &mut World, all: &BTreeMap<String, Example>, case: &Example) -> Result<(), String> {
    for _ in 0..CHANCES {
        if !same_passwords(&run_chain(world, all, case, same_passwords).await?) {
            return Ok(());
        }
    }
    Err(format!("{}: the passwords are always the same", case.name))
}

/// Two passwords that are the same by chance make another case of it.
fn same_passwords(values: &Values) -> bool {
    values.contains_key("OLD") && values.get("OLD") == values.get("OTP")
}
