//! The job that decides an order when its network is known to answer.

use crate::ops::job::schedule;
use crate::view::View;
use crate::{JobKind, Later, Now, OrderId};

/// Has an order decided when its network is known to answer.
pub(crate) fn decide_later(order: OrderId, later: Option<Later>, view: &mut View, now: &Now) {
    if let Some(Later { after_ms: Some(after_ms), verdict }) = later {
        schedule(view, now.at_ms.saturating_add(after_ms), JobKind::Decide(order, verdict));
    }
}
