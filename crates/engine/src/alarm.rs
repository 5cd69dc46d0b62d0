//! What operators are told of: alarms, and that the writer is gone.

use payments::Alarm;
use tokio::sync::watch;
use tracing::error;

/// Tells that the writer is gone, however it went.
pub(crate) struct FailOnDrop(pub watch::Sender<bool>);

impl Drop for FailOnDrop {
    fn drop(&mut self) {
        let _ = self.0.send(true);
    }
}

/// Tells an operator, by log and metric.
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
