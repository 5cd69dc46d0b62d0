//! Senders of SMS.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use payments::{NotSent, SmsMessage, SmsSender};

/// Messages that are kept at most.
const KEPT: usize = 1_000;

/// A sandbox's: nothing is sent, and the newest are kept in memory to be read.
#[derive(Debug, Default)]
pub struct Inbox(Mutex<VecDeque<SmsMessage>>);

impl SmsSender for Inbox {
    fn send(&self, message: SmsMessage) -> Result<(), NotSent> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front(message);
        kept.truncate(KEPT);
        Ok(())
    }

    fn inbox(&self) -> Vec<SmsMessage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Where no sender is configured.
#[derive(Clone, Copy, Debug)]
pub struct NoSms;

impl SmsSender for NoSms {
    fn send(&self, _message: SmsMessage) -> Result<(), NotSent> {
        Err(NotSent("no sender is configured"))
    }

    fn inbox(&self) -> Vec<SmsMessage> {
        Vec::new()
    }

    fn clear(&self) {}
}
