//! A body that breaks off, for a fault of the sandbox.

use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame};

/// The first half of a body. After it the connection is closed: the rest of the announced length never comes.
#[derive(Debug)]
pub struct HalfBody {
    half: Option<Bytes>,
    is_written: bool,
}

/// The end of a body that is not whole.
#[derive(Debug, thiserror::Error)]
#[error("the body breaks off, for a fault of the sandbox")]
pub struct BrokenOff;

impl HalfBody {
    /// A body that breaks off after these bytes.
    pub fn of(half: Bytes) -> Self {
        Self { half: Some(half), is_written: false }
    }
}

impl Body for HalfBody {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        // The connection is flushed when its body has to be waited for, and is closed at once on an error.
        if !self.is_written {
            self.is_written = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(BrokenOff)))
    }
}
