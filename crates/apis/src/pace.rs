//! How fast anybody may begin something that costs a row, without having shown who they are.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use payments::ClientId;

/// Requests for consent of one client in a window.
const MOST: u32 = 600;
const WINDOW: Duration = Duration::from_secs(60);
/// Clients that are remembered; beyond that, all begin anew.
const CLIENTS: usize = 10_000;

/// Counts by client.
#[derive(Debug, Default)]
pub struct Pace {
    counts: Mutex<HashMap<ClientId, (Instant, u32)>>,
}

impl Pace {
    /// Whether a client may begin one more.
    pub fn takes(&self, client: &ClientId) -> bool {
        self.takes_at(client, Instant::now())
    }

    fn takes_at(&self, client: &ClientId, now: Instant) -> bool {
        let mut counts = self.counts.lock();
        if counts.len() >= CLIENTS {
            counts.clear();
        }
        let (since, count) = counts.entry(client.clone()).or_insert((now, 0));
        if now.saturating_duration_since(*since) >= WINDOW {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        *count <= MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_is_too_fast_waits_for_the_next_window_and_no_other_client_does() {
        let (pace, start) = (Pace::default(), Instant::now());
        let (one, other) = (ClientId::from("one"), ClientId::from("other"));
        assert!((0..MOST).all(|_| pace.takes_at(&one, start)));
        assert!(!pace.takes_at(&one, start + WINDOW / 2) && pace.takes_at(&other, start));
        assert!(pace.takes_at(&one, start + WINDOW));
    }
}
