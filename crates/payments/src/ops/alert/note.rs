//! Raising, confirming and resolving an alert.
//!
//! Several processes look for conditions, and some conditions show in the memory of one process only. A process that does not see such a condition
//! does not know that it has ended: its alert keeps when it was last confirmed, and [`SeenBy`] says what ends it.

use crate::view::{Denial, Keys, View};
use crate::{Alert, AlertKind, At, Command, Text};

/// After how long without a confirmation the alert of one machine ends, in milliseconds: ten looks.
const UNCONFIRMED_MS: i64 = 300_000;
/// The interval between two confirmations of the alert of one machine, in milliseconds.
const CONFIRM_MS: i64 = 60_000;

/// What a look has found of a condition that lasts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What was measured, in the unit of the limit.
    pub value: i64,
    /// What was found, for the operator. Only Daric's own words and numbers: it is told by webhook.
    pub detail: Text,
}

/// What a process knows of a condition. Instants are by the machine's time, in milliseconds of Unix time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Observation {
    /// The condition lasts.
    Found {
        /// What was found.
        finding: Finding,
        /// When the process saw it last.
        seen_at_ms: i64,
    },
    /// The condition was looked for, and not found.
    NotFound {
        /// From this instant on, the process has looked at everything in which the condition would show.
        since_ms: i64,
    },
}

/// What an observation has changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AlertChange {
    /// The condition was found, and there was no open alert.
    Raised,
    /// The condition of an open alert was seen again.
    Confirmed,
    /// The condition of an open alert has ended.
    Resolved,
}

/// Which processes can see a condition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum SeenBy {
    /// Every process that can look for it, with each look.
    EveryProcess,
    /// Only those of one machine. The alert ends when it has not been confirmed for [`UNCONFIRMED_MS`].
    OneMachine,
    /// Those that have compared the rows in which it shows, some rows at a time. The alert ends when a process has compared all rows after the last
    /// confirmation.
    Pass,
}

fn seen_by(kind: AlertKind) -> SeenBy {
    match kind {
        AlertKind::UndecidedPayments | AlertKind::StuckJobs | AlertKind::FailedCallbacks | AlertKind::OpenCycle => {
            SeenBy::EveryProcess
        }
        // A store in a directory has one process, and the disk of a database is not looked at.
        AlertKind::Disk => SeenBy::EveryProcess,
        AlertKind::Clock => SeenBy::OneMachine,
        AlertKind::Verification => SeenBy::Pass,
    }
}

/// Why an alert does not change: it is already as the look has found it, or the process does not know enough to resolve it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AlertRefusal;

/// Raises an alert whose condition was found, confirms it, or resolves one whose condition has ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoteAlert {
    /// The kind.
    pub kind: AlertKind,
    /// What was observed.
    pub observed: Observation,
    /// When the alert is told if it is raised or resolved, in milliseconds of Unix time by the machine's time; `None`: no webhook is configured.
    pub tell_at_ms: Option<i64>,
}

impl NoteAlert {
    /// What the observation changes, and the alert afterwards; `None`: nothing. `last` is the last alert of the kind.
    pub fn change(&self, last: Option<&Alert>, now_ms: i64) -> Option<(AlertChange, Alert)> {
        let (kind, tell_at_ms, tries) = (self.kind, self.tell_at_ms, 0);
        let open = last.filter(|alert| alert.is_open());
        match (open, &self.observed) {
            (None, Observation::Found { finding, seen_at_ms }) => {
                // An instant in the future was written while a clock was wrong, and proves nothing.
                let ended_ms = last.and_then(|alert| alert.resolved_at_ms).filter(|ended_ms| *ended_ms <= now_ms);
                if ended_ms.is_some_and(|ended_ms| *seen_at_ms < ended_ms) {
                    // Another process has looked since, and has not found it.
                    return None;
                }
                let alert = Alert {
                    kind,
                    raised_at_ms: now_ms,
                    confirmed_at_ms: *seen_at_ms,
                    resolved_at_ms: None,
                    value: finding.value,
                    detail: Text::clone(&finding.detail),
                    tell_at_ms,
                    tries,
                };
                Some((AlertChange::Raised, alert))
            }
            (Some(open), Observation::Found { seen_at_ms, .. }) => is_confirmed(open, *seen_at_ms, now_ms)
                .then(|| (AlertChange::Confirmed, Alert { confirmed_at_ms: *seen_at_ms, ..open.clone() })),
            (Some(open), Observation::NotFound { since_ms }) => is_over(open, *since_ms, now_ms).then(|| {
                (AlertChange::Resolved, Alert { resolved_at_ms: Some(now_ms), tell_at_ms, tries, ..open.clone() })
            }),
            (None, Observation::NotFound { .. }) => None,
        }
    }
}

/// Whether the confirmation of an open alert is written.
fn is_confirmed(open: &Alert, seen_at_ms: i64, now_ms: i64) -> bool {
    match seen_by(open.kind) {
        SeenBy::EveryProcess => false,
        SeenBy::OneMachine => seen_at_ms >= last_confirmed_ms(open, now_ms).saturating_add(CONFIRM_MS),
        SeenBy::Pass => seen_at_ms > last_confirmed_ms(open, now_ms),
    }
}

/// Whether the condition of an open alert has ended, if a process that has looked at everything since an instant has not found it.
fn is_over(open: &Alert, since_ms: i64, now_ms: i64) -> bool {
    match seen_by(open.kind) {
        SeenBy::EveryProcess => true,
        SeenBy::OneMachine => now_ms >= last_confirmed_ms(open, now_ms).saturating_add(UNCONFIRMED_MS),
        SeenBy::Pass => since_ms > last_confirmed_ms(open, now_ms),
    }
}

/// When an open alert was confirmed last. An instant in the future was written while a clock was wrong, and counts as never.
fn last_confirmed_ms(open: &Alert, now_ms: i64) -> i64 {
    if open.confirmed_at_ms > now_ms.saturating_add(UNCONFIRMED_MS) { i64::MIN } else { open.confirmed_at_ms }
}

impl Command for NoteAlert {
    type Done = (AlertChange, Alert);
    type Refusal = AlertRefusal;
    const NAME: &'static str = "NoteAlert";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.alerts.push(self.kind);
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<(AlertChange, Alert), Denial<AlertRefusal>> {
        let last = view.alerts.get(&self.kind).map(|alert| &**alert);
        let (change, alert) = self.change(last, at.machine_ms).ok_or(AlertRefusal)?;
        view.alerts.put(self.kind, alert.clone());
        Ok((change, alert))
    }
}
