//! Payments in flight: received but not answered. An inquiry waits for them (paystar.md 3).
//!
//! The writer answers an inquiry after all payments that were queued before it. A payment that was received on another connection may not be in the
//! queue yet, so each payment is registered here as soon as its body is read, before anything else is done with it. An inquiry waits until all
//! input received so far on other connections has been read ([`edge::connections`]), then until the payments registered by then for its order are
//! answered, and then enters the queue. It has no fixed delay; [`TIMEOUT`] bounds the wait.
//! Limit: one process. An inquiry at another process does not wait for payments here; its caller has to inquire later, or again.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use text::fold;
use tokio::sync::Notify;
use wire::paystar::fields::Purpose;

/// Time-out of an inquiry's wait: longer than a payment waits for the store.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What a payment pays, as its fields say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Paying {
    /// An order: its folded id.
    Order(String),
    /// The order of a request for a password. It is not known here, so it may be any order of the terminal.
    Request,
}

impl Paying {
    /// What a payment with this purpose pays.
    pub fn of(purpose: &Purpose) -> Self {
        match purpose {
            Purpose::Telephone { order_id, .. } => Self::order(order_id),
            Purpose::Web { .. } => Self::Request,
        }
    }

    /// The order with this id, as it was sent.
    pub fn order(sent: &str) -> Self {
        Self::Order(fold(sent).into_owned())
    }
}

#[derive(Clone, Debug)]
struct Registered {
    number: u64,
    paying: Paying,
}

/// The payments in flight of this process, by terminal; see the module.
#[derive(Debug, Default)]
pub struct InFlightPayments {
    waiting: Mutex<Waiting>,
    left: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    by_terminal: HashMap<String, Vec<Registered>>,
}

/// The registration of a payment in flight, removed on drop.
#[derive(Debug)]
pub struct InFlightPayment {
    in_flight_payments: Arc<InFlightPayments>,
    terminal: String,
    number: u64,
}

impl InFlightPayments {
    /// Registers a payment of a terminal.
    pub fn enter(self: &Arc<Self>, terminal: &str, paying: Paying) -> InFlightPayment {
        let mut waiting = self.waiting.lock();
        waiting.next += 1;
        let number = waiting.next;
        waiting.by_terminal.entry(terminal.to_owned()).or_default().push(Registered { number, paying });
        InFlightPayment { in_flight_payments: Arc::clone(self), terminal: terminal.to_owned(), number }
    }

    /// Waits for `looked_at`, and then until the payments of the order that are registered by then are answered. `false`: time-out.
    ///
    /// # Errors
    /// The error of `looked_at`.
    pub async fn settled(
        &self,
        looked_at: impl Future<Output = io::Result<()>>,
        terminal: &str,
        order: &str,
    ) -> io::Result<bool> {
        let all_left = async {
            looked_at.await?;
            let until = self.waiting.lock().next;
            loop {
                let left = self.left.notified();
                if !self.has_any(terminal, order, until) {
                    return Ok(());
                }
                left.await;
            }
        };
        tokio::time::timeout(TIMEOUT, all_left).await.map_or(Ok(false), |settled| settled.map(|()| true))
    }

    fn has_any(&self, terminal: &str, order: &str, until: u64) -> bool {
        let waiting = self.waiting.lock();
        let mut registered = waiting.by_terminal.get(terminal).into_iter().flatten();
        registered.any(|registered| {
            registered.number <= until
                && match &registered.paying {
                    Paying::Order(paid) => paid == order,
                    Paying::Request => true,
                }
        })
    }
}

impl Drop for InFlightPayment {
    fn drop(&mut self) {
        let mut waiting = self.in_flight_payments.waiting.lock();
        if let Some(registered) = waiting.by_terminal.get_mut(&self.terminal) {
            registered.retain(|registered| registered.number != self.number);
            if registered.is_empty() {
                waiting.by_terminal.remove(&self.terminal);
            }
        }
        drop(waiting);
        self.in_flight_payments.left.notify_waiters();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use std::future::ready;

    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn an_inquiry_waits_for_the_payments_of_its_order_that_came_before_and_for_no_other() {
        let in_flight_payments = Arc::new(InFlightPayments::default());
        let order = |order: &str| Paying::Order(order.to_owned());
        let _other_order = in_flight_payments.enter("t", order("b"));
        let _other_terminal = in_flight_payments.enter("u", order("a"));
        assert!(in_flight_payments.settled(ready(Ok(())), "t", "a").await.unwrap());
        for paying in [order("a"), Paying::Request] {
            // The payment is received before the inquiry, and is read while the inquiry waits for `looked_at`.
            let looked = Notify::new();
            let looked_at = async {
                looked.notified().await;
                Ok(())
            };
            let mut inquiry = Box::pin(in_flight_payments.settled(looked_at, "t", "a"));
            assert!(inquiry.as_mut().now_or_never().is_none());
            let payment = in_flight_payments.enter("t", paying);
            looked.notify_one();
            assert!(inquiry.as_mut().now_or_never().is_none(), "it did not wait");
            let _later = in_flight_payments.enter("t", order("a"));
            drop(payment);
            assert!(inquiry.await.unwrap());
        }
        assert_eq!(in_flight_payments.waiting.lock().by_terminal.len(), 2, "nothing is left behind");
    }
}
