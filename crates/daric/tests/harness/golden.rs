//! Runs golden cases: each in a reset world, after the cases that it names.

use std::collections::BTreeMap;

use super::examples::{Example, Values, examples};
use super::world::World;

/// How often a case is run again because random values have changed its result.
const CHANCES: usize = 5;

/// Runs all `count` cases of a file, and reports all failures together.
pub async fn run_all(world: &mut World, file: &str, count: usize, is_chance: fn(&Values) -> bool) {
    let all = examples(file);
    assert_eq!(all.len(), count);
    let mut failures = Vec::new();
    for case in all.values() {
        if let Err(failure) = run_case(world, &all, case, is_chance).await {
            failures.push(failure);
        }
    }
    let spelling = world.spelling;
    assert!(failures.is_empty(), "{spelling:?}: {} of {count} cases failed:\n{}", failures.len(), failures.join("\n"));
}

async fn run_case(
    world: &mut World,
    all: &BTreeMap<String, Example>,
    case: &Example,
    is_chance: fn(&Values) -> bool,
) -> Result<(), String> {
    for _ in 0..CHANCES {
        if !is_chance(&run_chain(world, all, case, is_chance).await?) {
            return Ok(());
        }
    }
    Err(format!("{}: chance always makes another case of it", case.name))
}

/// Runs a case after those that it names; returns the captured values. `is_chance` says whether random values among them change the result of the
/// case, which is then not compared.
async fn run_chain(
    world: &mut World,
    all: &BTreeMap<String, Example>,
    case: &Example,
    is_chance: fn(&Values) -> bool,
) -> Result<Values, String> {
    let chain: Vec<&Example> = case.after.iter().map(|name| &all[name]).chain([case]).collect();
    let mut now = &chain[0].clock;
    world.reset_at(now).await?;
    let mut values = Values::new();
    for step in &chain {
        if *now != step.clock {
            now = &step.clock;
            world.set_clock(now).await?;
        }
        let reply = world.send_case(&step.call(&values)).await?;
        let found = step.differences(&reply, &values);
        let failed = |found: &str| format!("{} (in {}):\n    {found}\n    reply: {reply}", case.name, step.name);
        if !found.is_empty() && !is_chance(&values) {
            return Err(failed(&found.join("\n    ")));
        }
        values.extend(step.captured(&reply).map_err(|error| failed(&error))?);
        if let Some(sms) = &step.sms {
            let text = world.newest_sms(&sms.to).await?;
            values.extend(sms.read(&text, &values).map_err(|error| failed(&error))?);
        }
    }
    Ok(values)
}
