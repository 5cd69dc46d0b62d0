//! The row of a callback's attempts (table `callback_attempt`).
//!
//! Shape: one row per callback, with its last [`MAX_KEPT_ATTEMPTS`] attempts. It is written in the commit that records the result of an attempt, and is
//! removed when its message is.
//! Absent: the answer's body in production, where the sender of callbacks does not pass it on.

use schema::{Json, table};

use crate::{MessageId, Text};

/// How many attempts of a callback are kept: those of a delivery and of a repeated one.
pub const MAX_KEPT_ATTEMPTS: usize = 10;

/// One attempt to make a callback.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallbackAttempt {
    /// When it began, by the service's clock, in milliseconds of Unix time.
    pub at_ms: i64,
    /// The status of the answer; `None`: there was none.
    pub status: Option<u16>,
    /// Why it failed, for the operator; `None`: it succeeded.
    pub error: Option<Text>,
    /// How long it took, in milliseconds of the machine's time.
    pub duration_ms: i64,
    /// The beginning of the answer's body; `None` in production, and where the body is empty.
    pub answer: Option<Text>,
}

/// The attempts of a callback.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallbackAttempts {
    /// The message.
    pub message: MessageId,
    /// When the message was written, in milliseconds of Unix time.
    pub written_at_ms: i64,
    /// The attempts, oldest first.
    pub attempts: Vec<CallbackAttempt>,
    /// When the next attempt is due, in milliseconds of Unix time; `None`: at once, or there is none.
    pub next_try_at_ms: Option<i64>,
}

impl CallbackAttempts {
    /// With one more attempt, and without the oldest one if there are too many.
    pub(super) fn and(mut self, attempt: CallbackAttempt) -> Self {
        self.attempts.push(attempt);
        let excess = self.attempts.len().saturating_sub(MAX_KEPT_ATTEMPTS);
        self.attempts.drain(..excess);
        self
    }
}

table! {
    CallbackAttempts = "callback_attempt",
    key |k: MessageId| { message: *k },
    of |r| r.message,
    row |r| {
        message: r.message, written_at_ms: r.written_at_ms, attempts: Json::list(r.attempts.iter().map(cell)),
        next_try_at_ms: r.next_try_at_ms,
    },
    for_life { written_at_ms },
    make CallbackAttempts { message, written_at_ms, attempts: attempts_of(attempts), next_try_at_ms }
}

/// Time, status, error, duration and answer of an attempt.
type AttemptCell = (i64, Option<u16>, Option<String>, i64, Option<String>);

fn cell(attempt: &CallbackAttempt) -> AttemptCell {
    let text = |text: &Option<Text>| text.as_ref().map(ToString::to_string);
    (attempt.at_ms, attempt.status, text(&attempt.error), attempt.duration_ms, text(&attempt.answer))
}

fn attempts_of(Json(cells): Json<Vec<AttemptCell>>) -> Vec<CallbackAttempt> {
    let attempt = |(at_ms, status, error, duration_ms, answer): AttemptCell| CallbackAttempt {
        at_ms,
        status,
        error: error.map(Text::from),
        duration_ms,
        answer: answer.map(Text::from),
    };
    cells.into_iter().map(attempt).collect()
}
