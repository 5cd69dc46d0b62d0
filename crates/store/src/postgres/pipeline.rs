//! Pipelining: sending statements without waiting for the responses to earlier ones.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// A statement in flight.
pub(super) type Sent<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Polls all futures in order until all are done. The first poll of each sends its statement, so the server gets them in this order without a pause.
pub(super) async fn all<T>(sent: Vec<Sent<'_, T>>) -> Vec<T> {
    let mut waiting: Vec<(Option<T>, Sent<'_, T>)> = sent.into_iter().map(|future| (None, future)).collect();
    poll_fn(|context| {
        let mut done = true;
        for (answer, future) in &mut waiting {
            if answer.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(value) => *answer = Some(value),
                    Poll::Pending => done = false,
                }
            }
        }
        if done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    waiting.into_iter().filter_map(|(answer, _)| answer).collect()
}
