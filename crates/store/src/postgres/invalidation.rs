//! The table `invalidation`: the changes in each step of the epoch.

use tokio_postgres::Row;

use super::connection::ConnectionError;
use crate::Error;
use crate::invalidation::Invalidation;

/// How many steps are kept: those of a busy installation while a process is away for seconds.
const STEPS: i64 = 1_024;
/// Selects the changes in the steps after one, up to another.
pub(super) const BETWEEN: &str =
    "SELECT epoch, kind, subject FROM invalidation WHERE epoch > $1 AND epoch <= $2 ORDER BY epoch, place";

/// The statement that moves the epoch by one step and records its changes. It has no parameters, so it can be sent together with the commit.
pub(super) fn moving(what: &[Invalidation]) -> String {
    let rows: Vec<String> = what.iter().enumerate().map(|(place, what)| values(place, what)).collect();
    format!(
        "WITH moved AS (UPDATE epoch SET value = value + 1 WHERE id = 1 RETURNING value),
        forgotten AS (DELETE FROM invalidation WHERE epoch <= (SELECT value FROM moved) - {STEPS})
        INSERT INTO invalidation (epoch, place, kind, subject)
        SELECT moved.value, step.place, step.kind, step.subject
        FROM moved, (VALUES {}) AS step (place, kind, subject)",
        rows.join(", ")
    )
}

fn values(place: usize, what: &Invalidation) -> String {
    let (kind, subject) = what.row();
    let subject: String = subject.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("({place}::bigint, {kind}::bigint, '\\x{subject}'::bytea)")
}

/// Whether all steps after one, up to another, may still be kept.
pub(super) fn is_kept(after: i64, up_to: i64) -> bool {
    after >= 0 && up_to.saturating_sub(after) < STEPS
}

/// The changes in the steps after one, up to another; [`Invalidation::All`] if a step is missing.
pub(super) fn read(rows: &[Row], after: i64, up_to: i64) -> Result<Vec<Invalidation>, Error> {
    let (mut found, mut last, mut steps) = (Vec::with_capacity(rows.len()), after, 0);
    for row in rows {
        let epoch: i64 = row.try_get(0).map_err(ConnectionError::of)?;
        steps += i64::from(epoch != last);
        last = epoch;
        let (kind, subject): (i64, &[u8]) =
            (row.try_get(1).map_err(ConnectionError::of)?, row.try_get(2).map_err(ConnectionError::of)?);
        found.push(Invalidation::of_row(kind, subject));
    }
    Ok(if steps == up_to - after { found } else { vec![Invalidation::All] })
}
