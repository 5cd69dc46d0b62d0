//! The row of an alert (table `alert`).

use schema::{codes, table};

use crate::Text;

/// The kind of an alert.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AlertKind {
    /// Payments whose outcome is open for longer than the limit.
    UndecidedPayments,
    /// Jobs that are dead, or overdue by more than the limit.
    StuckJobs,
    /// A larger part of the last callbacks has failed than the limit.
    FailedCallbacks,
    /// Less space is left for the store than the limit.
    Disk,
    /// The machine's clock was set, and is not followed.
    Clock,
    /// Rows of the audit or of the ledger are not as their hash chain says.
    Verification,
    /// A cycle was not closed or not settled in time.
    OpenCycle,
}

codes!(AlertKind = "alert" {
    1 => AlertKind::UndecidedPayments, 2 => AlertKind::StuckJobs, 3 => AlertKind::FailedCallbacks, 4 => AlertKind::Disk,
    5 => AlertKind::Clock, 6 => AlertKind::Verification, 7 => AlertKind::OpenCycle,
});

impl AlertKind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::UndecidedPayments,
        Self::StuckJobs,
        Self::FailedCallbacks,
        Self::Disk,
        Self::Clock,
        Self::Verification,
        Self::OpenCycle,
    ];

    /// Its name in replies, webhooks, metrics and the audit.
    pub fn name(self) -> &'static str {
        match self {
            Self::UndecidedPayments => "undecided_payments",
            Self::StuckJobs => "stuck_jobs",
            Self::FailedCallbacks => "failed_callbacks",
            Self::Disk => "disk",
            Self::Clock => "clock",
            Self::Verification => "verification",
            Self::OpenCycle => "open_cycle",
        }
    }
}

/// The last alert of a kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alert {
    /// The kind.
    pub kind: AlertKind,
    /// When it was raised, by the machine's time, in milliseconds of Unix time.
    pub raised_at_ms: i64,
    /// When a process saw its condition last, in the same unit, as far as it was written: alerts that every process can see are not confirmed.
    pub confirmed_at_ms: i64,
    /// When its condition had ended, in the same unit; `None`: it is open.
    pub resolved_at_ms: Option<i64>,
    /// What was measured when it was raised, in the unit of its limit.
    pub value: i64,
    /// What was found when it was raised, for the operator.
    pub detail: Text,
    /// When its last change is told next, in milliseconds of Unix time; `None`: it was told, it is not told any more, or no webhook is configured.
    pub tell_at_ms: Option<i64>,
    /// How often it was tried to tell the last change.
    pub tries: i64,
}

impl Alert {
    /// Whether its condition lasts.
    pub fn is_open(&self) -> bool {
        self.resolved_at_ms.is_none()
    }
}

table! {
    Alert = "alert",
    key |k: AlertKind| { kind: *k },
    of |r| r.kind,
    row |r| {
        kind: r.kind, raised_at_ms: r.raised_at_ms, confirmed_at_ms: r.confirmed_at_ms, resolved_at_ms: r.resolved_at_ms,
        value: r.value, detail: r.detail, tell_at_ms: r.tell_at_ms, tries: r.tries,
    },
    make Alert { kind, raised_at_ms, confirmed_at_ms, resolved_at_ms, value, detail, tell_at_ms, tries }
}
