//! The golden cases of the PayStar dialect (`paystar.md` 9).
//!
//! Each case starts from a reset world. Its precondition says in words what its chain of cases does; nothing else has to be prepared.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is not as it should be")]

mod harness;

use std::collections::BTreeMap;

use harness::examples::{Example, PAYSTAR, examples};
use harness::world::World;

/// How often a case is run again whose two passwords are the same by chance (1 in 100,000).
const CHANCES: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn the_golden_cases_answer_as_printed() {
    let mut world = World::start("golden-paystar").await;
    let all = examples(PAYSTAR);
    assert_eq!(all.len(), 45);
    let mut failures = Vec::new();
    for case in all.values() {
        if let Err(failure) = run_case(&mut world, &all, case).await {
            failures.push(failure);
        }
    }
    assert!(failures.is_empty(), "{} of {} cases failed:\n{}", failures.len(), all.len(), failures.join("\n"));
}

async fn run_case(world: &mut World, all: &BTreeMap<String, Example>, case: &Example) -> Result<(), String> {
    for _ in 0..CHANCES {
        let values = run_chain(world, all, case).await?;
        if values.get("OLD").is_none_or(|old| values.get("OTP") != Some(old)) {
            return Ok(());
        }
    }
    Err(format!("{}: the passwords are always the same", case.name))
}

/// Runs a case after those before it; what was captured on the way.
async fn run_chain(
    world: &mut World,
    all: &BTreeMap<String, Example>,
    case: &Example,
) -> Result<BTreeMap<String, String>, String> {
    let chain: Vec<&Example> = case.after.iter().map(|name| &all[name]).chain([case]).collect();
    let mut now = &chain[0].clock;
    world.reset_at(now).await?;
    let mut values = BTreeMap::new();
    for step in &chain {
        if *now != step.clock {
            now = &step.clock;
            world.set_clock(now).await?;
        }
        let reply = world.send(&step.call(&values)).await?;
        let found = step.differences(&reply);
        // Two passwords that are the same by chance make another case of it.
        let by_chance = values.contains_key("OLD") && values.get("OLD") == values.get("OTP");
        if !found.is_empty() && !by_chance {
            return Err(format!("{} (in {}):\n    {}\n    reply: {reply}", case.name, step.name, found.join("\n    ")));
        }
        values.extend(step.captured(&reply)?);
        if let Some(sms) = &step.sms {
            let text = world.newest_sms(&sms.to).await?;
            let (name, part) = sms.capture(&text)?;
            values.insert(name, part);
        }
    }
    Ok(values)
}
