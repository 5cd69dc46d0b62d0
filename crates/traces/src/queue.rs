//! The queue of spans.
//!
//! The SDK's queue drops spans when it is full, and counts them for itself only. This one is as long, counts before the SDK's is reached, and so never
//! fills it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchSpanProcessor, Span, SpanData, SpanProcessor};

use crate::losses::{Losses, Reason};

/// How many spans wait at most, a few hundred bytes each: a second of a busy server.
pub const QUEUE: usize = 8_192;
/// How many spans are sent together at most.
pub const BATCH: usize = 512;

/// How many spans wait. Clones share the number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waiting(Arc<AtomicUsize>);

impl Waiting {
    /// Takes a place; `false`: there is none.
    fn enter(&self) -> bool {
        let is_free = self.0.fetch_add(1, Ordering::Relaxed) < QUEUE;
        if !is_free {
            self.leave(1);
        }
        is_free
    }

    /// Spans have left the queue.
    pub(crate) fn leave(&self, spans: usize) {
        self.0.fetch_sub(spans, Ordering::Relaxed);
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Queue {
    batches: BatchSpanProcessor,
    waiting: Waiting,
    losses: Arc<Losses>,
}

impl Queue {
    /// The collector behind `batches` reports to `waiting` which spans it has taken.
    pub(crate) fn new(batches: BatchSpanProcessor, waiting: Waiting, losses: Arc<Losses>) -> Self {
        Self { batches, waiting, losses }
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.batches.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.waiting.enter() {
            self.batches.on_end(span);
        } else {
            self.losses.count(Reason::Queue, 1);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.batches.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.batches.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.batches.set_resource(resource);
    }
}
