//! Everything that `daric doctor` has found.

use serde_json::{Value, json};

use super::finding::{Finding, Level};
use super::given::Setting;

/// Everything that was found.
pub struct Report {
    /// In the order in which it was looked.
    pub findings: Vec<Finding>,
    /// All settings.
    pub settings: Vec<Setting>,
}

impl Report {
    /// As JSON.
    pub fn json(&self) -> Value {
        let worst = self.findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Ok);
        json!({
            "worst": worst.name(),
            "findings": self.findings.iter().map(Finding::json).collect::<Vec<_>>(),
            "settings": self.settings.iter().map(Setting::json).collect::<Vec<_>>(),
        })
    }

    /// A line for each finding.
    pub fn text(&self) -> String {
        self.findings.iter().map(|finding| finding.to_string() + "\n").collect()
    }

    /// Whether something fails.
    pub fn has_failed(&self) -> bool {
        self.findings.iter().any(|finding| finding.level == Level::Fail)
    }
}
