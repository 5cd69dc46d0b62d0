//! What is measured: name, unit and help of each metric.
//!
//! Names follow the conventions of Prometheus: counters end in `_total`, a unit is the last word before that. Labels have few values, none of which a
//! caller chooses.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

const COUNTERS: [(&str, &str); 17] = [
    ("daric_alarms_total", "Alarms that an operator has to look at, by kind."),
    (
        "daric_batches_tried_again_total",
        "Batches that were decided again because another process's commit was in the way.",
    ),
    ("daric_callbacks_total", "Webhooks to businesses, by outcome: sent, failed, left_alone."),
    ("daric_calls_total", "Telephone calls, by how they ended."),
    ("daric_connections_refused_total", "Connections that were closed at once because a limit was reached."),
    ("daric_decision_panics_total", "Panics in decisions; each failed its command alone."),
    ("daric_jobs_failed_total", "Jobs that could not be done, by kind: failed (tried again), dead (listed)."),
    ("daric_jobs_run_total", "Jobs that were run."),
    ("daric_large_replies_refused_total", "Pages of lists that were refused for their size or for lack of room."),
    ("daric_log_restarts_forced_total", "Times that reads waited for the write-ahead log to start over."),
    ("daric_network_calls_total", "Calls to payment networks, by call (submit, inquire) and outcome."),
    ("daric_panics_total", "Panics of any thread."),
    ("daric_requests_total", "Requests by route and status."),
    ("daric_rights_read_total", "Rights of tokens and parties that were read from the store."),
    ("daric_sms_total", "SMS that were tried, by outcome: sent, failed."),
    (
        "daric_spans_lost_total",
        "Spans of requests that no collector got, by reason: queue (it was full), collector (it did not take them).",
    ),
    ("daric_unexpected_outcomes_total", "Outcomes that a command cannot have: a defect of this program."),
];

const GAUGES: [(&str, Unit, &str); 9] = [
    (
        "daric_accepted_loss_timestamp_seconds",
        Unit::Seconds,
        "Unix time at which a start last accepted a loss that is not dealt with; 0: none.",
    ),
    ("daric_alerts_open", Unit::Count, "Whether an alert is open, by kind: 1 or 0."),
    (
        "daric_certificate_expires_timestamp_seconds",
        Unit::Seconds,
        "Unix time from which the certificate that is served is not valid; only with `tls_cert`; 0: it cannot be read.",
    ),
    (
        "daric_clock_step_seconds",
        Unit::Seconds,
        "How far the machine's clock was set, and is not followed; 0: it was not.",
    ),
    ("daric_connections", Unit::Count, "Open connections of callers who were not refused."),
    (
        "daric_flush_failed_timestamp_seconds",
        Unit::Seconds,
        "Unix time at which a flush failed that ended the process before this one; 0 if none failed.",
    ),
    ("daric_queue_commands", Unit::Count, "Commands that wait for the writer."),
    (
        "daric_requests_running",
        Unit::Count,
        "Requests, and steps of telephone calls, that were read and have not ended.",
    ),
    ("daric_store_free_bytes", Unit::Bytes, "Bytes left for the store on its file system."),
];

const HISTOGRAMS: [(&str, Unit, &str); 3] = [
    ("daric_batch_commands", Unit::Count, "Commands in one commit."),
    ("daric_commit_seconds", Unit::Seconds, "Time to load, decide and commit a batch."),
    ("daric_request_seconds", Unit::Seconds, "Time to answer, by route."),
];

/// Describes all metrics, so that they are there before the first request.
pub fn describe_metrics() {
    for (name, help) in COUNTERS {
        describe_counter!(name, help);
    }
    for (name, unit, help) in GAUGES {
        describe_gauge!(name, unit, help);
    }
    for (name, unit, help) in HISTOGRAMS {
        describe_histogram!(name, unit, help);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// The names that `/metrics` has.
    fn served() -> BTreeSet<String> {
        let counters = COUNTERS.iter().map(|(name, _)| *name);
        let plain = counters.chain(GAUGES.iter().map(|(name, ..)| *name)).map(str::to_owned);
        let parts = |(name, ..): &(&str, Unit, &str)| ["bucket", "count", "sum"].map(|part| format!("{name}_{part}"));
        plain.chain(HISTOGRAMS.iter().flat_map(parts)).collect()
    }

    #[test]
    fn the_alert_rules_and_the_dashboard_name_metrics_that_are_served() {
        let served = served();
        for file in ["prometheus/daric.rules.yml", "grafana/daric.json"] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging").join(file);
            let text = std::fs::read_to_string(path).unwrap();
            let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let named: BTreeSet<&str> = words.filter(|word| word.starts_with("daric_")).collect();
            assert!(named.len() > 15, "{file}: {named:?}");
            let unknown: Vec<&&str> = named.iter().filter(|name| !served.contains(**name)).collect();
            assert!(unknown.is_empty(), "{file}: {unknown:?}");
        }
    }

    #[test]
    fn names_end_as_prometheus_has_them() {
        for (name, help) in COUNTERS {
            assert!(name.ends_with("_total") && help.ends_with('.'), "{name}");
        }
        for (name, unit, help) in GAUGES.into_iter().chain(HISTOGRAMS) {
            let ends = match unit {
                Unit::Seconds => name.ends_with("_seconds"),
                Unit::Bytes => name.ends_with("_bytes"),
                _ => !name.ends_with("_total"),
            };
            assert!(ends && help.ends_with('.'), "{name}");
        }
    }

    /// The page of the book that lists all metrics; `DARIC_WRITE_REFERENCE=1` writes it instead.
    #[test]
    fn the_page_of_metrics_lists_each_with_its_help() {
        const BEGIN: &str = "<!-- from crates/edge/src/metric_help.rs -->\n";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/metrics.md");
        let found = std::fs::read_to_string(path).unwrap();
        let (head, _) = found.split_once(BEGIN).unwrap();
        let row = |name: &str, kind: &str, help: &str| format!("| `{name}` | {kind} | {help} |\n");
        let counters = COUNTERS.map(|(name, help)| row(name, "counter", help));
        let gauges = GAUGES.map(|(name, _, help)| row(name, "gauge", help));
        let histograms = HISTOGRAMS.map(|(name, _, help)| row(name, "histogram", help));
        let rows = [counters.concat(), gauges.concat(), histograms.concat()].concat();
        let wanted = format!("{head}{BEGIN}\n| metric | type | |\n|---|---|---|\n{rows}");
        if std::env::var_os("DARIC_WRITE_REFERENCE").is_some() {
            std::fs::write(path, &wanted).unwrap();
            return;
        }
        assert!(
            found == wanted,
            "docs/reference/metrics.md is not what the metrics are; DARIC_WRITE_REFERENCE=1 writes it"
        );
    }
}
