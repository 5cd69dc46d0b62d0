//! Reads that wait until there is something to answer.

use std::time::Duration;

use axum::response::Response;
use edge::long_poll::WaitTiming;
use engine::ChangeSignal;
use serde::Deserialize;
use utoipa::ToSchema;

use super::reply::{Problem, broken};
use crate::App;

/// The pause between two looks of a call that waits for rows of the store: commits of other processes are not announced in this one.
pub const RECHECK: Duration = Duration::from_secs(1);
/// Most seconds that a call waits: proxies close connections that are silent for longer.
const MOST: u64 = 60;

/// How long the call waits for something that fits, in whole seconds of the machine's time: 1 to 60.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[schema(value_type = u64, minimum = 1, maximum = 60)]
pub struct Wait(u64);

impl Wait {
    fn length(self) -> Result<Duration, Problem> {
        let fits = (1..=MOST).contains(&self.0);
        let wanted = || Problem::invalid("wait", format!("whole seconds: 1 to {MOST}"));
        fits.then(|| Duration::from_secs(self.0)).ok_or_else(wanted)
    }
}

/// What a look finds at once; or, if the call waits, what is there first. Empty: nothing came in time.
///
/// # Errors
/// The time is not 1 to 60 seconds, as many calls as may wait already, or a look fails.
pub async fn found<T, F: Future<Output = Result<Vec<T>, Response>>>(
    app: &App,
    wait: Option<Wait>,
    (signal, recheck): (&ChangeSignal, Option<Duration>),
    mut look: impl FnMut() -> F,
) -> Result<Vec<T>, Response> {
    let Some(wait) = wait else { return look().await };
    let wait = wait.length().map_err(|problem| problem.response())?;
    // What is there already needs no place.
    let at_once = look().await?;
    if !at_once.is_empty() {
        return Ok(at_once);
    }
    let place = app.long_polls.place().ok_or_else(|| broken(&engine::Error::Busy))?;
    let some = || {
        let looking = look();
        async move { looking.await.map(|found| Some(found).filter(|found| !found.is_empty())) }
    };
    let found = place.until_found(signal, WaitTiming { wait, recheck }, some).await?;
    Ok(found.unwrap_or_default())
}
