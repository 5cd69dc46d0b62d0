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
        let (kind, order, what) = match alarm {
            Alarm::OrderStuck(order, why) => ("order stuck", order, why),
            Alarm::ContradictingReport(order, said) => ("contradicting report", order, said),
        };
        metrics::counter!("daric_alarms_total", "kind" => kind).increment(1);
        error!(kind, order = order.0, what = &**what, "an operator has to see to an order");
    }
}
