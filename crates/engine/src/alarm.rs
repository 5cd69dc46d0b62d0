//! Alarms for operators, and the notification that a thread of the engine has ended.

use payments::Alarm;
use tokio::sync::watch;
use tracing::error;

/// Reports, when it is dropped, that its thread has ended for any reason.
pub(crate) struct FailOnDrop(pub watch::Sender<bool>);

impl Drop for FailOnDrop {
    fn drop(&mut self) {
        let _ = self.0.send(true);
    }
}

/// Raises alarms, each as a log line and a metric.
pub(crate) fn raise(alarms: &[Alarm]) {
    for alarm in alarms {
        let (kind, subject, why) = match alarm {
            Alarm::OrderStuck(order, why) => ("order stuck", order.0, why),
            Alarm::ContradictingReport(order, text) => ("contradicting report", order.0, text),
            Alarm::ContradictingAuthorization(attempt, text) => ("contradicting authorization", attempt.0, text),
        };
        metrics::counter!("daric_alarms_total", "kind" => kind).increment(1);
        error!(kind, subject, error = &**why, "an order or a card payment needs an operator");
    }
}
