//! Why an engine cannot be expected to run commands.
//!
//! Shape: one [`NotReady`] for each [`Check`] that fails.

use std::fmt::Display;

/// What is checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Check {
    /// The writer takes tasks and answers them.
    Writer,
    /// The store can be read.
    Store,
    /// The store's file system has room.
    Disk,
    /// The machine's clock is followed.
    Clock,
}

impl Check {
    /// Its name in replies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Writer => "writer",
            Self::Store => "store",
            Self::Disk => "disk",
            Self::Clock => "clock",
        }
    }
}

/// A check that failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotReady {
    /// The check.
    pub check: Check,
    /// The cause, for operators.
    pub message: String,
}

impl NotReady {
    pub(crate) fn new(check: Check, cause: impl Display) -> Self {
        Self { check, message: cause.to_string() }
    }
}
