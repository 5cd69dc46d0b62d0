//! The golden cases of the POD dialect (`pod.md` 10).
//!
//! Each case starts from a reset world. The cases that it names run before it and establish its precondition; nothing else is prepared.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use harness::examples::POD;
use harness::golden::run_all;
use harness::server::Launch;
use harness::spelling::{Kind, SPELLINGS};
use harness::world::World;

const CASES: usize = 131;

#[apply(each_store)]
async fn the_golden_cases_answer_as_printed(#[case] _on: OnStore) {
    // The requests of the documents have the types and the fields that strict mode requires.
    for strict in ["--strict=false", "--strict=content_type,unknown_fields"] {
        let mut world = World::launch("golden-pod", Launch { args: &[strict], env: &[] }).await;
        run_all(&mut world, POD, CASES, |_| false).await;
    }
}

/// second-edition.md 1.1, 1.4–1.7: every field of every request.
#[apply(each_store)]
async fn the_golden_cases_answer_the_same_however_their_numbers_and_texts_are_written(#[case] _on: OnStore) {
    let mut world = World::start("golden-pod-spelt").await;
    for spelling in SPELLINGS {
        world.spelling = spelling;
        run_all(&mut world, POD, CASES, |_| false).await;
    }
    world.asserts_respelt(&[Kind::Amount, Kind::Mobile, Kind::Code, Kind::Id, Kind::Date, Kind::Text]);
}
