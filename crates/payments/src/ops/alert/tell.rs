//! Telling an alert's last change: a claim before each try, and a record of the one that succeeded.

use crate::view::{Denial, Keys, View};
use crate::{Alert, AlertKind, At, Command};

/// Pause after each try, in milliseconds; about a day in total. After the last one the change is not told any more.
const PAUSES_MS: [i64; 6] = [60_000, 300_000, 1_800_000, 7_200_000, 21_600_000, 54_000_000];

/// There is nothing to tell: it was told, another process tries it, or the alert has changed since.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotToTell;

/// Claims the telling of a change that is due. The claim is the pause before the next try.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClaimAlert {
    /// The kind.
    pub kind: AlertKind,
}

impl Command for ClaimAlert {
    type Done = Alert;
    type Refusal = NotToTell;
    const NAME: &'static str = "ClaimAlert";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.alerts.push(self.kind);
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<Alert, Denial<NotToTell>> {
        let is_due = |alert: &Alert| alert.tell_at_ms.is_some_and(|due_ms| due_ms <= at.machine_ms);
        let known = view.alerts.get(&self.kind).filter(|alert| is_due(alert)).ok_or(NotToTell)?;
        let pause_ms = usize::try_from(known.tries).ok().and_then(|tried| PAUSES_MS.get(tried));
        let tell_at_ms = pause_ms.map(|pause_ms| at.machine_ms.saturating_add(*pause_ms));
        let claimed = Alert { tell_at_ms, tries: known.tries.saturating_add(1), ..Alert::clone(known) };
        view.alerts.put(self.kind, claimed.clone());
        Ok(claimed)
    }
}

/// Records that a change was told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AlertTold {
    /// The kind.
    pub kind: AlertKind,
    /// When the alert was raised that was told, in milliseconds of Unix time.
    pub raised_at_ms: i64,
    /// When it was resolved; `None`: it was told as open.
    pub resolved_at_ms: Option<i64>,
}

impl Command for AlertTold {
    type Done = ();
    type Refusal = NotToTell;
    const NAME: &'static str = "AlertTold";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.alerts.push(self.kind);
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<NotToTell>> {
        let is_same =
            |alert: &Alert| (alert.raised_at_ms, alert.resolved_at_ms) == (self.raised_at_ms, self.resolved_at_ms);
        let known = view.alerts.get(&self.kind).filter(|alert| is_same(alert)).ok_or(NotToTell)?;
        let told = Alert { tell_at_ms: None, ..Alert::clone(known) };
        view.alerts.put(self.kind, told);
        Ok(())
    }
}
