//! How many messages are on their way at once: of each channel, of each business, and to each host.
//!
//! A slow host takes places from itself only: calls to it are few at a time, and share a part of all places with those to other slow hosts.
//! A business is held to the same, whatever hosts it names.
//! One that was called several times in a row, slowly and in vain, is left alone for a while. What fails soon takes nothing from others.
//! Limits: the constants below.

use std::convert::Infallible;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use payments::PartyId;
use quick_cache::Equivalent;
use quick_cache::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// SMS on their way at once: as many lines as providers usually give.
const SMS: usize = 64;
/// Calls on their way at once to hosts that answer soon, and to those that do not.
const CALLS: (usize, usize) = (64, 32);
/// Calls on their way to one host, and of one business, where answers come soon and where they do not.
const OF_ONE: (usize, usize) = (16, 2);
/// An answer that took longer is a slow host's.
const SLOW: Duration = Duration::from_secs(2);
/// Calls in a row that failed after as long, after which a host is left alone, and for how long.
const LEFT_ALONE: (u32, Duration) = (4, Duration::from_secs(10));
/// Hosts and businesses that are remembered. Of the one that was not called for longest nothing is known then.
const REMEMBERED: usize = 4_096;
/// Messages that wait for a place: what is beyond is claimed again later.
const WAITING: usize = 4_096;

/// See the module.
#[derive(Debug)]
pub(crate) struct Places {
    sms: Arc<Semaphore>,
    quick: Arc<Semaphore>,
    slow: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    businesses: Cache<PartyId, Arc<Lane>>,
    hosts: Cache<String, Arc<Lane>>,
}

/// Calls of one business, or to one host.
#[derive(Debug)]
struct Lane {
    quick: Arc<Semaphore>,
    slow: Arc<Semaphore>,
    health: Mutex<Health>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Health {
    is_slow: bool,
    /// Calls in a row that failed slowly.
    missed: u32,
    left_alone_until: Option<Instant>,
}

/// A place among the messages on their way, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _taken: Vec<OwnedSemaphorePermit>,
    call: Option<([Arc<Lane>; 2], Instant)>,
}

/// Why there is no place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NoPlace {
    /// Too many wait.
    Full,
    /// The host has kept callers waiting in vain lately.
    LeftAlone,
}

impl Default for Places {
    fn default() -> Self {
        let (businesses, hosts) = (Cache::new(REMEMBERED), Cache::new(REMEMBERED));
        Self { sms: of(SMS), quick: of(CALLS.0), slow: of(CALLS.1), waiting: of(WAITING), businesses, hosts }
    }
}

fn of(places: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(places))
}

impl Places {
    /// A place for an SMS.
    pub(crate) async fn sms(&self) -> Result<Place, NoPlace> {
        let _waiting = self.waiting()?;
        Ok(Place { _taken: vec![take(&self.sms).await], call: None })
    }

    /// A place for a call of a business to a host.
    pub(crate) async fn call(&self, business: PartyId, host: &str) -> Result<Place, NoPlace> {
        let _waiting = self.waiting()?;
        let lanes = [lane(&self.businesses, &business), lane(&self.hosts, host)];
        loop {
            let is_slow = is_slow(&lanes)?;
            let all = if is_slow { &self.slow } else { &self.quick };
            // The lanes' own first: what waits for one takes no place from others.
            let [business, host] = lanes.each_ref().map(|lane| if is_slow { &lane.slow } else { &lane.quick });
            let taken = vec![take(business).await, take(host).await, take(all).await];
            // It may have become slow meanwhile, or be left alone.
            if self::is_slow(&lanes)? == is_slow {
                return Ok(Place { _taken: taken, call: Some((lanes, Instant::now())) });
            }
        }
    }

    fn waiting(&self) -> Result<OwnedSemaphorePermit, NoPlace> {
        Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| NoPlace::Full)
    }
}

fn lane<K, Q>(lanes: &Cache<K, Arc<Lane>>, key: &Q) -> Arc<Lane>
where
    K: Eq + Hash,
    Q: Hash + Equivalent<K> + ToOwned<Owned = K> + ?Sized,
{
    let new = || {
        let (quick, slow) = (of(OF_ONE.0), of(OF_ONE.1));
        Ok::<_, Infallible>(Arc::new(Lane { quick, slow, health: Mutex::default() }))
    };
    let Ok(lane) = lanes.get_or_insert_with(key, new);
    lane
}

fn is_slow(lanes: &[Arc<Lane>; 2]) -> Result<bool, NoPlace> {
    let [business, host] = lanes.each_ref().map(|lane| *lane.health.lock());
    // A business is not left alone for one of its hosts.
    match host.left_alone_until {
        Some(until) if Instant::now() < until => Err(NoPlace::LeftAlone),
        _ => Ok(business.is_slow || host.is_slow),
    }
}

impl Place {
    /// Gives the place back, and says whether the call was a success.
    pub(crate) fn give_back(self, is_success: bool) {
        let Some((lanes, since)) = &self.call else { return };
        let is_slow = since.elapsed() > SLOW;
        for lane in lanes {
            let mut health = lane.health.lock();
            let missed = if is_slow && !is_success { health.missed + 1 } else { 0 };
            let left_alone_until = (missed >= LEFT_ALONE.0).then(|| Instant::now() + LEFT_ALONE.1);
            *health = Health { is_slow, missed, left_alone_until };
        }
    }
}

async fn take(places: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    // It is never closed.
    match Arc::clone(places).acquire_owned().await {
        Ok(permit) => permit,
        Err(_) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::future::{Future, poll_fn};
    use std::pin::pin;
    use std::task::Poll;

    use super::*;

    /// The business that a host belongs to.
    fn of_host(host: &str) -> PartyId {
        PartyId(host.bytes().fold(0, |sum, byte| (sum * 31 + i64::from(byte)) % 1_000_003))
    }

    async fn call(places: &Places, host: &str) -> Result<Place, NoPlace> {
        places.call(of_host(host), host).await
    }

    /// What a future gives at once.
    async fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
        // Without a share of the task's time, at whose end everything is pending.
        let mut future = pin!(tokio::task::unconstrained(future));
        poll_fn(|context| {
            Poll::Ready(match future.as_mut().poll(context) {
                Poll::Ready(value) => Some(value),
                Poll::Pending => None,
            })
        })
        .await
    }

    /// Calls a host, which takes its time and says no.
    async fn miss(places: &Places, host: &str) {
        let place = call(places, host).await.unwrap();
        tokio::time::advance(SLOW * 2).await;
        place.give_back(false);
    }

    async fn taken(places: &Places, host: &str) -> Vec<Place> {
        let mut taken = Vec::new();
        while let Some(Ok(place)) = at_once(call(places, host)).await {
            taken.push(place);
        }
        taken
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_has_a_part_of_the_places_and_a_slow_one_a_small_part() {
        let places = Places::default();
        let of_one = taken(&places, "one").await;
        assert_eq!(of_one.len(), OF_ONE.0);
        let of_another = taken(&places, "another").await;
        assert_eq!(of_another.len(), OF_ONE.0);
        tokio::time::advance(SLOW + Duration::from_millis(1)).await;
        for place in of_one {
            place.give_back(true);
        }
        assert_eq!(taken(&places, "one").await.len(), OF_ONE.1);
        let quick = taken(&places, "one").await;
        assert_eq!(quick.len(), OF_ONE.1);
        for place in quick {
            place.give_back(true);
        }
        assert_eq!(taken(&places, "one").await.len(), OF_ONE.0, "it answers soon again");
    }

    #[tokio::test(start_paused = true)]
    async fn a_business_has_no_more_places_for_the_more_hosts_it_names() {
        let places = Places::default();
        let (mut held, business) = (Vec::new(), PartyId(7));
        while let Some(Ok(place)) = at_once(places.call(business, &format!("host {}", held.len()))).await {
            held.push(place);
        }
        assert_eq!(held.len(), OF_ONE.0);
        tokio::time::advance(SLOW * 2).await;
        held.pop().unwrap().give_back(false);
        drop(held);
        let few: Vec<_> = vec![places.call(business, "a").await.unwrap(), places.call(business, "b").await.unwrap()];
        assert!(at_once(places.call(business, "new")).await.is_none(), "{few:?}");
        assert!(places.call(PartyId(8), "new").await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn hosts_that_do_not_answer_leave_places_for_those_that_do() {
        let places = Places::default();
        let mut held = Vec::new();
        for number in 0..2 * CALLS.1 {
            let host = format!("silent {number}");
            miss(&places, &host).await;
            held.extend(taken(&places, &host).await);
        }
        assert_eq!(held.len(), CALLS.1);
        assert_eq!(taken(&places, "shop").await.len(), OF_ONE.0);
        assert!(at_once(places.sms()).await.is_some_and(|place| place.is_ok()), "SMS have places of their own");
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_keeps_callers_waiting_in_vain_is_left_alone_for_a_while() {
        let places = Places::default();
        for _ in 0..LEFT_ALONE.0 {
            miss(&places, "gone").await;
        }
        assert_eq!(call(&places, "gone").await.unwrap_err(), NoPlace::LeftAlone);
        assert!(call(&places, "shop").await.is_ok());
        tokio::time::advance(LEFT_ALONE.1).await;
        miss(&places, "gone").await;
        assert_eq!(call(&places, "gone").await.unwrap_err(), NoPlace::LeftAlone, "once more in vain");
        tokio::time::advance(LEFT_ALONE.1).await;
        call(&places, "gone").await.unwrap().give_back(true);
        assert_eq!(taken(&places, "gone").await.len(), OF_ONE.0, "it answers again");
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_refuses_at_once_is_asked_every_time() {
        let places = Places::default();
        for _ in 0..10 * LEFT_ALONE.0 {
            call(&places, "refuses").await.unwrap().give_back(false);
        }
        assert_eq!(taken(&places, "refuses").await.len(), OF_ONE.0);
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_for_a_host_that_is_then_left_alone_waits_no_longer() {
        let places = Places::default();
        let held = taken(&places, "gone").await;
        let mut waiting = pin!(call(&places, "gone"));
        assert!(at_once(waiting.as_mut()).await.is_none());
        tokio::time::advance(SLOW * 2).await;
        for place in held {
            place.give_back(false);
        }
        assert_eq!(waiting.await.unwrap_err(), NoPlace::LeftAlone);
    }

    #[tokio::test(start_paused = true)]
    async fn beyond_a_number_no_message_waits() {
        let places = Places::default();
        let _held = taken(&places, "shop").await;
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(call(&places, "shop"))).collect();
        for call in &mut waiting {
            assert!(at_once(call.as_mut()).await.is_none());
        }
        assert_eq!(call(&places, "other").await.unwrap_err(), NoPlace::Full);
        drop(waiting);
        assert!(call(&places, "other").await.is_ok());
    }
}
