//! `[alerts]`: the limits from which on conditions raise an alert, and the webhook that tells of them.

use std::fmt::{Debug, Formatter};

use admin::alerts::AlertLimits;
use edge::Mode;
use rails::HttpAlerts;
use serde::Deserialize;
use url::Url;

use super::error::{SettingsError, chosen, wrong};

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AlertsFile {
    webhook: Option<String>,
    webhook_secret: Option<String>,
    undecided_minutes: Option<u32>,
    dead_jobs: Option<u32>,
    overdue_minutes: Option<u32>,
    failed_callbacks_percent: Option<u32>,
    disk_mib: Option<u32>,
    clock_seconds: Option<u32>,
    cycle_minutes: Option<u32>,
}

/// The webhook that tells of alerts.
pub struct AlertWebhook {
    /// Its address.
    pub url: Url,
    /// The secret that signs its calls.
    pub secret: String,
}

impl Debug for AlertWebhook {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("AlertWebhook")
    }
}

impl AlertsFile {
    /// Checks the settings.
    pub(super) fn read(self, mode: Mode) -> Result<(AlertLimits, Option<AlertWebhook>), SettingsError> {
        let usual = AlertLimits::default();
        let least_one = |key: &str, given: Option<u32>, usual: i64| match given {
            Some(0) => Err(wrong(format!("[alerts] {key}: 1 or more"))),
            given => Ok(given.map_or(usual, i64::from)),
        };
        let percent = self.failed_callbacks_percent.map_or(usual.failed_callbacks_percent, i64::from);
        if percent > 100 {
            return Err(wrong("[alerts] failed_callbacks_percent: from 0 to 100"));
        }
        let limits = AlertLimits {
            undecided_minutes: least_one("undecided_minutes", self.undecided_minutes, usual.undecided_minutes)?,
            dead_jobs: least_one("dead_jobs", self.dead_jobs, usual.dead_jobs)?,
            overdue_minutes: least_one("overdue_minutes", self.overdue_minutes, usual.overdue_minutes)?,
            failed_callbacks_percent: percent,
            disk_mib: self.disk_mib.map_or(usual.disk_mib, i64::from),
            clock_seconds: least_one("clock_seconds", self.clock_seconds, usual.clock_seconds)?,
            cycle_minutes: least_one("cycle_minutes", self.cycle_minutes, usual.cycle_minutes)?,
        };
        let webhook = match (self.webhook, self.webhook_secret) {
            (None, None) => None,
            (None, Some(_)) => return Err(wrong("[alerts] webhook_secret needs webhook")),
            (Some(_), None) => return Err(wrong("[alerts] webhook needs webhook_secret, which signs its calls")),
            (Some(url), Some(secret)) => {
                let url = HttpAlerts::check(&url).map_err(|error| wrong(format!("[alerts] webhook: {error}")))?;
                chosen("[alerts] webhook_secret", &secret, mode)?;
                Some(AlertWebhook { url, secret })
            }
        };
        Ok((limits, webhook))
    }
}
