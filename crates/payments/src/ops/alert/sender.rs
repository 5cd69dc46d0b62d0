//! The port that tells operators of alerts.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use crate::NotSent;

/// A change of an alert, to be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlertMessage {
    /// The number of the change: the same for every try.
    pub id: String,
    /// The body, JSON.
    pub body: String,
}

/// A try to tell an alert, in progress.
pub type TellingAlert<'a> = Pin<Box<dyn Future<Output = Result<(), NotSent>> + Send + 'a>>;

/// The port that tells operators of alerts. A change may be told twice.
pub trait AlertSender: Send + Sync + Debug {
    /// Tells a change once.
    fn tell(&self, message: AlertMessage) -> TellingAlert<'_>;
}
