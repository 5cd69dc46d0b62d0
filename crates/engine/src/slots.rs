//! Limits on messages in flight: for each channel, for each business, and for each host.
//!
//! A slow host occupies few slots: calls to it are limited to a small number, and all slow hosts share a limit of their own. A host that has not
//! answered yet has a limit between the two, and shares another limit with hosts like it. A business has the same limits, whatever hosts it names.
//! A host whose last calls all failed slowly gets no calls for a while. A call that fails quickly does not count as slow.
//! Calls to addresses that others than the business have given ([`Provenance`]) have lanes of their own: a payer cannot delay a call that the
//! business requested.
//! Limits: the constants below.

use std::convert::Infallible;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use payments::{PartyId, Provenance};
use quick_cache::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// SMS in flight: as many connections as providers usually allow.
const SMS: usize = 64;
/// Calls in flight, in all.
const CALLS: Limits = Limits { quick: 64, new: 32, slow: 32 };
/// Calls in flight to one host, and of one business.
const OF_ONE: Limits = Limits { quick: 16, new: 4, slow: 2 };
/// A host that answers later than this is slow.
const SLOW: Duration = Duration::from_secs(2);
/// After how many slow failures in a row a host gets no calls, and for how long.
const LEFT_ALONE: (u32, Duration) = (4, Duration::from_secs(10));
/// How many hosts and businesses are remembered; the least recently called ones are forgotten.
const REMEMBERED: usize = 4_096;
/// How many messages can wait for a slot; further ones are claimed again later.
const WAITING: usize = 4_096;

/// The maximum number in flight, by how quickly the host answered.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// The last answer was quick.
    quick: usize,
    /// There was no answer yet.
    new: usize,
    /// The last answer was slow, or there was none.
    slow: usize,
}

/// How quickly a host answers, which chooses the limits of its calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum HostSpeed {
    Quick,
    New,
    Slow,
}

/// The slots for each speed.
#[derive(Debug)]
struct SlotsBySpeed {
    quick: Arc<Semaphore>,
    new: Arc<Semaphore>,
    slow: Arc<Semaphore>,
}

impl SlotsBySpeed {
    fn of(limits: Limits) -> Self {
        Self { quick: of(limits.quick), new: of(limits.new), slow: of(limits.slow) }
    }

    fn at(&self, speed: HostSpeed) -> &Arc<Semaphore> {
        match speed {
            HostSpeed::Quick => &self.quick,
            HostSpeed::New => &self.new,
            HostSpeed::Slow => &self.slow,
        }
    }
}

/// The slots for messages in flight; see the module.
#[derive(Debug)]
pub(crate) struct Slots {
    sms: Arc<Semaphore>,
    calls: SlotsBySpeed,
    waiting: Arc<Semaphore>,
    businesses: Cache<(PartyId, Provenance), Arc<Lane>>,
    hosts: Cache<(String, Provenance), Arc<Lane>>,
}

/// The calls of one business, or to one host.
#[derive(Debug)]
struct Lane {
    slots: SlotsBySpeed,
    health: Mutex<Health>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Health {
    /// `None`: it has not answered yet.
    is_slow: Option<bool>,
    /// How many calls in a row failed slowly.
    missed: u32,
    left_alone_until: Option<Instant>,
}

/// A slot for a message in flight; dropping it releases the slot.
#[derive(Debug)]
pub(crate) struct Slot {
    _taken: Vec<OwnedSemaphorePermit>,
    call: Option<([Arc<Lane>; 2], Instant)>,
}

/// Why a message gets no slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NoSlot {
    /// Too many messages wait.
    Full,
    /// The host gets no calls for a while, after slow failures.
    LeftAlone,
}

impl Default for Slots {
    fn default() -> Self {
        let (businesses, hosts) = (Cache::new(REMEMBERED), Cache::new(REMEMBERED));
        Self { sms: of(SMS), calls: SlotsBySpeed::of(CALLS), waiting: of(WAITING), businesses, hosts }
    }
}

fn of(slots: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(slots))
}

impl Slots {
    /// Waits for a slot for an SMS.
    pub(crate) async fn sms(&self) -> Result<Slot, NoSlot> {
        let _waiting = self.waiting()?;
        Ok(Slot { _taken: vec![take(&self.sms).await], call: None })
    }

    /// Waits for a slot for a call of a business to a host; `from` tells who gave the address.
    pub(crate) async fn call(&self, business: PartyId, host: &str, from: Provenance) -> Result<Slot, NoSlot> {
        let _waiting = self.waiting()?;
        let lanes = [lane(&self.businesses, &(business, from)), lane(&self.hosts, &(host.to_owned(), from))];
        loop {
            let speed = speed(&lanes)?;
            // The lanes' own slots first: a call that waits for its lane occupies no slot of others.
            let [business, host] = lanes.each_ref().map(|lane| lane.slots.at(speed));
            let taken = vec![take(business).await, take(host).await, take(self.calls.at(speed)).await];
            // The speed may have changed meanwhile, or the host may get no calls now.
            if self::speed(&lanes)? == speed {
                return Ok(Slot { _taken: taken, call: Some((lanes, Instant::now())) });
            }
        }
    }

    fn waiting(&self) -> Result<OwnedSemaphorePermit, NoSlot> {
        Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| NoSlot::Full)
    }
}

fn lane<K: Eq + Hash + Clone>(lanes: &Cache<K, Arc<Lane>>, key: &K) -> Arc<Lane> {
    let new = || Ok::<_, Infallible>(Arc::new(Lane { slots: SlotsBySpeed::of(OF_ONE), health: Mutex::default() }));
    let Ok(lane) = lanes.get_or_insert_with(key, new);
    lane
}

fn speed(lanes: &[Arc<Lane>; 2]) -> Result<HostSpeed, NoSlot> {
    let [business, host] = lanes.each_ref().map(|lane| *lane.health.lock());
    // A business is not paused because of one of its hosts.
    match host.left_alone_until {
        Some(until) if Instant::now() < until => Err(NoSlot::LeftAlone),
        _ if business.is_slow == Some(true) || host.is_slow == Some(true) => Ok(HostSpeed::Slow),
        _ if host.is_slow.is_none() => Ok(HostSpeed::New),
        _ => Ok(HostSpeed::Quick),
    }
}

impl Slot {
    /// Releases the slot and records whether the call was a success.
    pub(crate) fn release(self, is_success: bool) {
        let Some((lanes, since)) = &self.call else { return };
        let is_slow = since.elapsed() > SLOW;
        for lane in lanes {
            let mut health = lane.health.lock();
            let missed = if is_slow && !is_success { health.missed + 1 } else { 0 };
            let left_alone_until = (missed >= LEFT_ALONE.0).then(|| Instant::now() + LEFT_ALONE.1);
            *health = Health { is_slow: Some(is_slow), missed, left_alone_until };
        }
    }
}

async fn take(slots: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    // The semaphore is never closed.
    match Arc::clone(slots).acquire_owned().await {
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

    async fn call(slots: &Slots, host: &str) -> Result<Slot, NoSlot> {
        slots.call(of_host(host), host, Provenance::Business).await
    }

    /// Calls a host that answers at once.
    async fn answer(slots: &Slots, host: &str) {
        call(slots, host).await.unwrap().release(true);
    }

    /// The value of a future that is ready at once.
    async fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
        // Without Tokio's cooperative budget: when it is used up, every future is pending.
        let mut future = pin!(tokio::task::unconstrained(future));
        poll_fn(|context| {
            Poll::Ready(match future.as_mut().poll(context) {
                Poll::Ready(value) => Some(value),
                Poll::Pending => None,
            })
        })
        .await
    }

    /// Calls a host that fails slowly.
    async fn miss(slots: &Slots, host: &str) {
        let slot = call(slots, host).await.unwrap();
        tokio::time::advance(SLOW * 2).await;
        slot.release(false);
    }

    async fn taken(slots: &Slots, host: &str) -> Vec<Slot> {
        let mut taken = Vec::new();
        while let Some(Ok(slot)) = at_once(call(slots, host)).await {
            taken.push(slot);
        }
        taken
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_has_a_part_of_the_slots_and_a_slow_one_a_small_part() {
        let slots = Slots::default();
        assert_eq!(taken(&slots, "one").await.len(), OF_ONE.new, "it has not answered yet");
        answer(&slots, "one").await;
        answer(&slots, "another").await;
        let of_one = taken(&slots, "one").await;
        assert_eq!(of_one.len(), OF_ONE.quick);
        let of_another = taken(&slots, "another").await;
        assert_eq!(of_another.len(), OF_ONE.quick);
        tokio::time::advance(SLOW + Duration::from_millis(1)).await;
        for slot in of_one {
            slot.release(true);
        }
        assert_eq!(taken(&slots, "one").await.len(), OF_ONE.slow);
        let quick = taken(&slots, "one").await;
        assert_eq!(quick.len(), OF_ONE.slow);
        for slot in quick {
            slot.release(true);
        }
        assert_eq!(taken(&slots, "one").await.len(), OF_ONE.quick, "it answers soon again");
    }

    #[tokio::test(start_paused = true)]
    async fn a_business_has_no_more_slots_for_the_more_hosts_it_names() {
        let slots = Slots::default();
        let (mut held, business) = (Vec::new(), PartyId(7));
        let by_business = |host: String| {
            let slots = &slots;
            async move { slots.call(business, &host, Provenance::Business).await }
        };
        while let Some(Ok(slot)) = at_once(by_business(format!("host {}", held.len()))).await {
            held.push(slot);
        }
        assert_eq!(held.len(), OF_ONE.new);
        tokio::time::advance(SLOW * 2).await;
        held.pop().unwrap().release(false);
        drop(held);
        let few: Vec<_> = vec![by_business("a".to_owned()).await.unwrap(), by_business("b".to_owned()).await.unwrap()];
        assert!(at_once(by_business("new".to_owned())).await.is_none(), "{few:?}");
        assert!(slots.call(PartyId(8), "new", Provenance::Business).await.is_ok());
    }

    /// The hosts that payers name are silent, or the shop's own host at a path that does not answer.
    #[tokio::test(start_paused = true)]
    async fn addresses_that_others_have_written_delay_no_call_that_the_business_asked_for() {
        let (slots, business) = (Slots::default(), PartyId(7));
        let mut held = Vec::new();
        for host in ["silent", "shop", "more", "and more", "yet more"] {
            while let Some(Ok(slot)) = at_once(slots.call(business, host, Provenance::Other)).await {
                held.push(slot);
            }
        }
        assert_eq!(held.len(), OF_ONE.new);
        tokio::time::advance(SLOW * 2).await;
        for slot in held {
            slot.release(false);
        }
        slots.call(business, "shop", Provenance::Business).await.unwrap().release(true);
        let mut own = Vec::new();
        while let Some(Ok(slot)) = at_once(slots.call(business, "shop", Provenance::Business)).await {
            own.push(slot);
        }
        assert_eq!(own.len(), OF_ONE.quick);
    }

    #[tokio::test(start_paused = true)]
    async fn a_first_wave_to_hosts_that_are_not_known_yet_delays_none_that_is() {
        let slots = Slots::default();
        answer(&slots, "shop").await;
        let mut held = Vec::new();
        for number in 0..2 * CALLS.new {
            held.extend(taken(&slots, &format!("new {number}")).await);
        }
        assert_eq!(held.len(), CALLS.new);
        assert_eq!(taken(&slots, "shop").await.len(), OF_ONE.quick);
    }

    #[tokio::test(start_paused = true)]
    async fn hosts_that_do_not_answer_leave_slots_for_those_that_do() {
        let slots = Slots::default();
        let mut held = Vec::new();
        for number in 0..2 * CALLS.slow {
            let host = format!("silent {number}");
            miss(&slots, &host).await;
            held.extend(taken(&slots, &host).await);
        }
        assert_eq!(held.len(), CALLS.slow);
        answer(&slots, "shop").await;
        assert_eq!(taken(&slots, "shop").await.len(), OF_ONE.quick);
        assert!(at_once(slots.sms()).await.is_some_and(|slot| slot.is_ok()), "SMS have slots of their own");
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_keeps_callers_waiting_in_vain_is_left_alone_for_a_while() {
        let slots = Slots::default();
        for _ in 0..LEFT_ALONE.0 {
            miss(&slots, "gone").await;
        }
        assert_eq!(call(&slots, "gone").await.unwrap_err(), NoSlot::LeftAlone);
        assert!(call(&slots, "shop").await.is_ok());
        tokio::time::advance(LEFT_ALONE.1).await;
        miss(&slots, "gone").await;
        assert_eq!(call(&slots, "gone").await.unwrap_err(), NoSlot::LeftAlone, "once more in vain");
        tokio::time::advance(LEFT_ALONE.1).await;
        call(&slots, "gone").await.unwrap().release(true);
        assert_eq!(taken(&slots, "gone").await.len(), OF_ONE.quick, "it answers again");
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_refuses_at_once_is_asked_every_time() {
        let slots = Slots::default();
        for _ in 0..10 * LEFT_ALONE.0 {
            call(&slots, "refuses").await.unwrap().release(false);
        }
        assert_eq!(taken(&slots, "refuses").await.len(), OF_ONE.quick);
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_for_a_host_that_is_then_left_alone_waits_no_longer() {
        let slots = Slots::default();
        let held = taken(&slots, "gone").await;
        let mut waiting = pin!(call(&slots, "gone"));
        assert!(at_once(waiting.as_mut()).await.is_none());
        tokio::time::advance(SLOW * 2).await;
        for slot in held {
            slot.release(false);
        }
        assert_eq!(waiting.await.unwrap_err(), NoSlot::LeftAlone);
    }

    #[tokio::test(start_paused = true)]
    async fn beyond_a_number_no_message_waits() {
        let slots = Slots::default();
        let _held = taken(&slots, "shop").await;
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(call(&slots, "shop"))).collect();
        for call in &mut waiting {
            assert!(at_once(call.as_mut()).await.is_none());
        }
        assert_eq!(call(&slots, "other").await.unwrap_err(), NoSlot::Full);
        drop(waiting);
        assert!(call(&slots, "other").await.is_ok());
    }
}
