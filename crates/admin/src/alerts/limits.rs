//! The limits from which on conditions raise an alert.

use payments::AlertKind;

/// The limits; each is a setting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AlertLimits {
    /// Minutes after which a payment without a known outcome is too old.
    pub undecided_minutes: i64,
    /// Dead jobs from which on there are too many.
    pub dead_jobs: i64,
    /// Minutes by which a job may be overdue.
    pub overdue_minutes: i64,
    /// Percent of the last callbacks that may fail.
    pub failed_callbacks_percent: i64,
    /// MiB that must be left for the store.
    pub disk_mib: i64,
    /// Seconds by which the machine's clock may be set.
    pub clock_seconds: i64,
    /// Minutes after its hour in which a cycle must be closed, and settled.
    pub cycle_minutes: i64,
}

impl Default for AlertLimits {
    fn default() -> Self {
        Self {
            undecided_minutes: 30,
            dead_jobs: 1,
            overdue_minutes: 10,
            failed_callbacks_percent: 50,
            disk_mib: 1_024,
            clock_seconds: 10,
            cycle_minutes: 15,
        }
    }
}

impl AlertLimits {
    /// The limit of a kind and its unit.
    pub(super) fn of(&self, kind: AlertKind) -> (i64, &'static str) {
        match kind {
            AlertKind::UndecidedPayments => (self.undecided_minutes, "minutes"),
            AlertKind::StuckJobs => (self.dead_jobs, "jobs"),
            AlertKind::FailedCallbacks => (self.failed_callbacks_percent, "percent"),
            AlertKind::Disk => (self.disk_mib, "MiB"),
            AlertKind::Clock => (self.clock_seconds, "seconds"),
            AlertKind::Verification => (0, "links"),
            AlertKind::OpenCycle => (self.cycle_minutes, "minutes"),
        }
    }
}
