//! Limits on stalled connections: on the time for a head, and on the time a client takes to read a reply.
//!
//! The stage of a connection is shared with the service, since only the service knows when a head is complete. Bodies and idling are limited
//! elsewhere.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use super::limits::Limits;
use super::slots::{ConnectionSlot, HeadSlot};
use super::socket::Socket;

/// The stage of a connection.
#[derive(Debug)]
pub struct Stage {
    /// The slot of an incomplete head.
    head: Mutex<Option<HeadSlot>>,
    /// A request is being handled: what is read now is its body.
    in_request: AtomicBool,
    /// Number of complete heads so far.
    heads: AtomicU64,
    /// The connection is reset when it is closed, for a fault of the sandbox.
    resets: AtomicBool,
    slot: ConnectionSlot,
}

impl Stage {
    /// The stage of a connection that has sent nothing yet.
    pub fn new(slot: ConnectionSlot) -> Self {
        let (in_request, resets) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { head: Mutex::new(None), in_request, heads: AtomicU64::new(0), resets, slot }
    }

    /// Notes that a head is complete.
    pub fn request_began(&self) {
        self.in_request.store(true, Ordering::Release);
        self.heads.fetch_add(1, Ordering::AcqRel);
        *self.head.lock() = None;
    }

    /// Notes that a request has its reply: what is read next is a head.
    pub fn request_ended(&self) {
        self.in_request.store(false, Ordering::Release);
    }

    /// Has the connection reset when it is closed.
    pub fn reset_when_closed(&self) {
        self.resets.store(true, Ordering::Release);
    }

    fn is_in_request(&self) -> bool {
        self.in_request.load(Ordering::Acquire)
    }

    /// Takes a slot for the current head, unless it has one.
    fn take_head(&self) -> io::Result<()> {
        let mut head = self.head.lock();
        if head.is_none() {
            let slot = self.slot.head();
            *head = Some(slot.ok_or_else(|| io::Error::other("too many heads are not whole"))?);
        }
        Ok(())
    }
}

/// A head of which a part has arrived.
#[derive(Debug)]
struct Head {
    number: u64,
    began: Instant,
    /// The deadline by which it must be complete, set when the rest is waited for.
    whole: Option<Pin<Box<Sleep>>>,
}

/// See the module.
#[derive(Debug)]
pub struct Watched<S: Socket> {
    stream: S,
    stage: Arc<Stage>,
    head_within: Duration,
    write_within: Duration,
    head: Option<Head>,
    /// The deadline by which a stalled reply must be read.
    write: Option<Pin<Box<Sleep>>>,
}

impl<S: Socket> Watched<S> {
    /// Watches a stream.
    pub fn new(stream: S, stage: Arc<Stage>, limits: Limits) -> Self {
        Self { stream, stage, head_within: limits.head, write_within: limits.write, head: None, write: None }
    }

    /// The result of a write that cannot proceed: pending, or a time-out.
    fn stuck<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        let within = self.write_within;
        let write = self.write.get_or_insert_with(|| Box::pin(sleep(within)));
        let late = || io::Error::new(io::ErrorKind::TimedOut, "the caller does not read its reply");
        write.as_mut().poll(context).map(|()| Err(late()))
    }
}

impl<S: Socket> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buf);
        if self.stage.is_in_request() {
            return read;
        }
        let this = &mut *self;
        let heads = this.stage.heads.load(Ordering::Acquire);
        if this.head.as_ref().is_some_and(|head| head.number != heads) {
            this.head = None;
        }
        match read {
            Poll::Ready(Ok(())) if buf.filled().len() > before => {
                this.head.get_or_insert_with(|| Head { number: heads, began: Instant::now(), whole: None });
                Poll::Ready(Ok(()))
            }
            Poll::Pending => {
                let Some(Head { began, whole, .. }) = &mut this.head else { return Poll::Pending };
                this.stage.take_head()?;
                let whole = whole.get_or_insert_with(|| Box::pin(sleep_until(*began + this.head_within)));
                let late = || io::Error::new(io::ErrorKind::TimedOut, "no whole head in time");
                whole.as_mut().poll(context).map(|()| Err(late()))
            }
            read => read,
        }
    }
}

impl<S: Socket> Drop for Watched<S> {
    fn drop(&mut self) {
        if self.stage.resets.load(Ordering::Acquire) {
            self.stream.reset_when_closed();
        }
    }
}

impl<S: Socket> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, buf) {
            Poll::Pending => self.stuck(context),
            written => written,
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write_vectored(context, bufs) {
            Poll::Pending => self.stuck(context),
            written => written,
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_flush(context) {
            Poll::Pending => self.stuck(context),
            // A flush means the whole reply was written; a reply that is read byte by byte does not reset the deadline.
            flushed => {
                self.write = None;
                flushed
            }
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_shutdown(context) {
            Poll::Pending => self.stuck(context),
            closed => closed,
        }
    }
}
