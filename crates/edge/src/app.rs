//! The handle that handlers hold on the state that they share.

use std::ops::Deref;
use std::sync::Arc;

use crate::Reset;

/// The state of a dialect, of the operators' API, or of the edge itself. Clones share one.
#[derive(Debug)]
pub struct App<S>(Arc<S>);

impl<S> App<S> {
    /// Wraps this state.
    pub fn new(shared: S) -> Self {
        Self(Arc::new(shared))
    }
}

impl<S> Clone for App<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> Deref for App<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

impl<S: Reset> Reset for App<S> {
    fn reset(&self) {
        self.0.reset();
    }
}
