//! Raising and resolving an alert.

use crate::view::{Denial, Keys, View};
use crate::{Alert, AlertKind, At, Command, Text};

/// What a look has found of a condition that lasts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What was measured, in the unit of the limit.
    pub value: i64,
    /// What was found, for the operator. Only Daric's own words and numbers: it is told by webhook.
    pub detail: Text,
}

/// Why an alert is neither raised nor resolved: it is already as the look has found it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AlertRefusal;

/// Raises an alert whose condition lasts, or resolves one whose condition has ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoteAlert {
    /// The kind.
    pub kind: AlertKind,
    /// What was found; `None`: the condition does not last.
    pub finding: Option<Finding>,
    /// When the change is told, in milliseconds of Unix time by the machine's time; `None`: no webhook is configured.
    pub tell_at_ms: Option<i64>,
}

impl Command for NoteAlert {
    type Done = Alert;
    type Refusal = AlertRefusal;
    const NAME: &'static str = "NoteAlert";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.alerts.push(self.kind);
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<Alert, Denial<AlertRefusal>> {
        let open = view.alerts.get(&self.kind).filter(|alert| alert.is_open());
        let (kind, tell_at_ms, tries, now_ms) = (self.kind, self.tell_at_ms, 0, at.machine_ms);
        let alert = match (open, &self.finding) {
            (None, Some(Finding { value, detail })) => {
                let (value, detail) = (*value, Text::clone(detail));
                Alert { kind, raised_at_ms: now_ms, resolved_at_ms: None, value, detail, tell_at_ms, tries }
            }
            (Some(open), None) => Alert { resolved_at_ms: Some(now_ms), tell_at_ms, tries, ..Alert::clone(open) },
            (None, None) | (Some(_), Some(_)) => return Err(AlertRefusal.into()),
        };
        view.alerts.put(kind, alert.clone());
        Ok(alert)
    }
}
