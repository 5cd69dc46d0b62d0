//! The golden cases of the PayStar dialect (`paystar.md` 9).
//!
//! Each case starts from a reset world. The cases that it names run before it and establish its precondition; nothing else is prepared.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use harness::examples::{PAYSTAR, Values};
use harness::golden::run_all;
use harness::paystar::WRONG;
use harness::server::Launch;
use harness::spelling::{Kind, SPELLINGS};
use harness::world::World;

const CASES: usize = 45;

#[apply(each_store)]
async fn the_golden_cases_answer_as_printed(#[case] _on: OnStore) {
    // The requests of the documents have the types and the fields that strict mode requires.
    for strict in ["--strict=false", "--strict=content_type,unknown_fields"] {
        let mut world = World::launch("golden-paystar", Launch { args: &[strict], env: &[] }).await;
        run_all(&mut world, PAYSTAR, CASES, same_passwords).await;
    }
}

/// second-edition.md 1.1, 1.4–1.7: every field of every request.
#[apply(each_store)]
async fn the_golden_cases_answer_the_same_however_their_numbers_are_written(#[case] _on: OnStore) {
    let mut world = World::start("golden-paystar-spelt").await;
    for spelling in SPELLINGS {
        world.spelling = spelling;
        run_all(&mut world, PAYSTAR, CASES, same_passwords).await;
    }
    world.asserts_respelt(&[Kind::Amount, Kind::Card, Kind::Mobile, Kind::Code]);
}

/// Whether two passwords are equal by chance (1 in 100,000), or one is the password that cases send as a wrong one. The case then has another result.
fn same_passwords(values: &Values) -> bool {
    let otp = values.get("OTP");
    otp.is_some_and(|otp| *otp == *WRONG) || values.contains_key("OLD") && values.get("OLD") == otp
}
