//! Counts connections and incomplete heads, in all and per address.
//!
//! An address is counted only while it has a connection, so that the counts are bounded by the number of connections. An IPv6 address counts as its
//! network of 64 bits, which one caller controls.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use edge::peer::network;
use parking_lot::Mutex;

use super::limits::Limits;

/// Which limits a connection counts against.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Of {
    /// Those of one caller's address, and the totals.
    Address(IpAddr),
    /// The totals only: the peer carries many callers, as a proxy does.
    Many,
}

/// See the module.
#[derive(Debug)]
pub struct Slots {
    limits: Limits,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: Counts,
    by_address: HashMap<IpAddr, Counts>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    connections: usize,
    heads: usize,
}

/// The slot of a connection, released on drop.
#[derive(Debug)]
pub struct ConnectionSlot {
    slots: Arc<Slots>,
    address: Option<IpAddr>,
}

/// The slot of an incomplete head, released on drop.
#[derive(Debug)]
pub struct HeadSlot {
    slots: Arc<Slots>,
    address: Option<IpAddr>,
}

impl Slots {
    /// With all slots free.
    pub fn new(limits: Limits) -> Self {
        Self { limits, taken: Mutex::default() }
    }

    /// Takes a slot for a connection; `None`: a limit is reached.
    pub fn connection(slots: &Arc<Self>, of: Of) -> Option<ConnectionSlot> {
        let address = match of {
            Of::Address(address) => Some(network(address)),
            Of::Many => None,
        };
        let (mut taken, limits) = (slots.taken.lock(), &slots.limits);
        let own = address.and_then(|address| taken.by_address.get(&address)).map_or(0, |counts| counts.connections);
        if taken.all.connections >= limits.connections || own >= limits.connections_per_address {
            return None;
        }
        taken.all.connections += 1;
        metrics::gauge!("daric_connections").increment(1);
        if let Some(address) = address {
            taken.by_address.entry(address).or_default().connections += 1;
        }
        Some(ConnectionSlot { slots: Arc::clone(slots), address })
    }
}

impl ConnectionSlot {
    /// Takes a slot for a head of this connection; `None`: a limit is reached.
    pub fn head(&self) -> Option<HeadSlot> {
        let (mut taken, limits) = (self.slots.taken.lock(), &self.slots.limits);
        let own = self.address.and_then(|address| taken.by_address.get(&address)).map_or(0, |counts| counts.heads);
        if taken.all.heads >= limits.heads || own >= limits.heads_per_address {
            return None;
        }
        taken.all.heads += 1;
        if let Some(address) = self.address {
            taken.by_address.entry(address).or_default().heads += 1;
        }
        Some(HeadSlot { slots: Arc::clone(&self.slots), address: self.address })
    }
}

impl Taken {
    /// Reverts counts, and removes an address without any.
    fn release(&mut self, address: Option<IpAddr>, change: impl Fn(&mut Counts)) {
        change(&mut self.all);
        let Some(address) = address else { return };
        if let Some(counts) = self.by_address.get_mut(&address) {
            change(counts);
            if counts.connections == 0 && counts.heads == 0 {
                self.by_address.remove(&address);
            }
        }
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        metrics::gauge!("daric_connections").decrement(1);
        let mut taken = self.slots.taken.lock();
        taken.release(self.address, |counts| counts.connections = counts.connections.saturating_sub(1));
    }
}

impl Drop for HeadSlot {
    fn drop(&mut self) {
        let mut taken = self.slots.taken.lock();
        taken.release(self.address, |counts| counts.heads = counts.heads.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_has_its_share_leaves_the_others_theirs_and_is_forgotten_when_it_has_gone() {
        let limits = Limits { connections: 6, connections_per_address: 2, heads_per_address: 1, ..Limits::default() };
        let slots = Arc::new(Slots::new(limits));
        let address = |text: &str| Of::Address(text.parse().unwrap());
        let take = |of| Slots::connection(&slots, of);
        let one = [take(address("192.0.2.1")), take(address("192.0.2.1")), take(address("::ffff:192.0.2.1"))];
        assert_eq!(one.each_ref().map(Option::is_some), [true, true, false]);
        let other = ["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1"].map(|text| take(address(text)));
        assert_eq!(other.each_ref().map(Option::is_some), [true, true, false, true]);
        let many = [take(Of::Many), take(Of::Many)];
        assert_eq!(many.each_ref().map(Option::is_some), [true, false], "the totals hold for all");
        let heads = [one[0].as_ref(), one[1].as_ref(), other[0].as_ref()].map(|slot| slot.unwrap().head());
        assert_eq!(heads.each_ref().map(Option::is_some), [true, false, true]);
        drop((one, other, many, heads));
        let taken = slots.taken.lock();
        assert!(taken.by_address.is_empty() && taken.all.connections == 0 && taken.all.heads == 0);
    }
}
