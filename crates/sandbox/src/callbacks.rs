//! Calls to businesses as a sandbox makes them: lost, doubled, late or out of order where a rule says so.
//!
//! Shape: around the sender of the installation. A late call is due again after its time, by the service's clock; that is no try.
//! Limits: a call that waits for the next one waits [`HELD`], and then is made.

use std::sync::Arc;
use std::time::Duration;

use payments::{Callback, CallbackSender, Called, Calling, NotSent};
use tokio::sync::Notify;

use super::Faults;
use super::rule::{CALLBACK, CallbackFault, Facts};

/// How long a call waits for the next one: less than an attempt may take.
const HELD: Duration = Duration::from_secs(5);

/// See the module.
#[derive(Debug)]
pub struct SandboxCallbacks {
    sender: Arc<dyn CallbackSender>,
    faults: Arc<Faults>,
    /// Told after each call.
    called: Notify,
}

impl SandboxCallbacks {
    /// Calls by this sender, with the faults of these rules.
    pub fn new(sender: Arc<dyn CallbackSender>, faults: Arc<Faults>) -> Self {
        Self { sender, faults, called: Notify::new() }
    }

    async fn struck(&self, callback: Callback, fault: CallbackFault) -> Called {
        match fault {
            CallbackFault::Lost => Called::unanswered(NotSent::Later("lost by a fault of the sandbox".to_owned())),
            CallbackFault::Twice => {
                let first = self.sender.call(callback.clone()).await;
                let second = self.sender.call(callback).await;
                if second.result.is_ok() { second } else { first }
            }
            CallbackFault::Late(by_ms) => Called::unanswered(NotSent::Postponed(by_ms)),
            CallbackFault::AfterTheNext => {
                // Without another call it is only late.
                drop(tokio::time::timeout(HELD, self.called.notified()).await);
                self.sender.call(callback).await
            }
        }
    }
}

impl CallbackSender for SandboxCallbacks {
    fn call(&self, callback: Callback) -> Calling<'_> {
        let fault = self.faults.struck_callback(callback.id, || facts(&callback));
        Box::pin(async move {
            let called = match fault {
                None => self.sender.call(callback).await,
                Some(fault) => self.struck(callback, fault).await,
            };
            self.called.notify_waiters();
            called
        })
    }
}

/// Facts about a call: its business, and the invoice that it tells about.
fn facts(callback: &Callback) -> Facts {
    let query = callback.address.split_once('?').map_or("", |(_, query)| query);
    let invoice = query.split('&').find_map(|pair| pair.strip_prefix("invoiceId="));
    Facts {
        operation: CALLBACK.to_owned(),
        client: callback.business.to_string(),
        track_id: invoice.unwrap_or_default().to_owned(),
        ..Facts::default()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use parking_lot::Mutex;
    use payments::{MessageId, Text};

    use super::super::parse::{FaultForm, Parsed, parse};
    use super::*;

    /// Notes the calls that it makes.
    #[derive(Debug, Default)]
    struct Noted(Mutex<Vec<i64>>);

    impl CallbackSender for Noted {
        fn call(&self, callback: Callback) -> Calling<'_> {
            self.0.lock().push(callback.id.0);
            Box::pin(std::future::ready(Called { result: Ok(()), status: Some(200), answer: None }))
        }
    }

    fn callback(id: i64) -> Callback {
        let address = Text::from(format!("http://127.0.0.1/paid?invoiceId={id}&paid=true"));
        Callback { id: MessageId(id), address, business: Text::from("shop"), secrets: Vec::new() }
    }

    fn arm(faults: &Faults, fault: &str, after: Option<&str>, track_id: &str) {
        let (fault, after) = (fault.to_owned(), after.map(str::to_owned));
        let form = FaultForm { fault, after, track_id: Some(track_id.to_owned()), ..FaultForm::default() };
        let Ok(Parsed::Rule(rule)) = parse(&form) else { panic!("{form:?}") };
        faults.add(*rule).unwrap();
    }

    #[tokio::test]
    async fn a_rule_loses_doubles_delays_or_swaps_the_calls_of_its_invoice() {
        let (noted, faults) = (Arc::new(Noted::default()), Arc::new(Faults::default()));
        let sender = SandboxCallbacks::new(Arc::clone(&noted) as Arc<dyn CallbackSender>, Arc::clone(&faults));
        for (fault, after) in [
            ("callback_lost", None),
            ("callback_duplicate", None),
            ("callback_delay", Some("PT1H")),
            ("callback_out_of_order", None),
        ] {
            arm(&faults, fault, after, "7");
        }
        // A call is late before anything else.
        assert_eq!(sender.call(callback(7)).await.result, Err(NotSent::Postponed(3_600_000)));
        assert!(matches!(sender.call(callback(7)).await.result, Err(NotSent::Later(_))), "lost");
        assert_eq!(
            (sender.call(callback(7)).await.result, noted.0.lock().drain(..).collect::<Vec<_>>()),
            (Ok(()), vec![7, 7])
        );
        let (first, second) = tokio::join!(sender.call(callback(7)), sender.call(callback(8)));
        assert_eq!(
            (first.result, second.result, noted.0.lock().drain(..).collect::<Vec<_>>()),
            (Ok(()), Ok(()), vec![8, 7])
        );
        assert!(faults.list().is_empty());
    }

    #[tokio::test]
    async fn a_call_that_was_late_is_made_when_it_is_due_again() {
        let (noted, faults) = (Arc::new(Noted::default()), Arc::new(Faults::default()));
        let sender = SandboxCallbacks::new(Arc::clone(&noted) as Arc<dyn CallbackSender>, Arc::clone(&faults));
        let form = FaultForm {
            fault: "callback_delay".to_owned(),
            after: Some("PT1M".to_owned()),
            always: true,
            ..FaultForm::default()
        };
        let Ok(Parsed::Rule(rule)) = parse(&form) else { panic!("{form:?}") };
        faults.add(*rule).unwrap();
        for id in [1, 2] {
            assert_eq!(sender.call(callback(id)).await.result, Err(NotSent::Postponed(60_000)));
            assert_eq!(sender.call(callback(id)).await.result, Ok(()));
        }
        assert_eq!(*noted.0.lock(), [1, 2]);
    }
}
