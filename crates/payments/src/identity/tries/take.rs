//! Counting a try of a password, before the password is compared.

use super::row::LOG_IN_LOCKED_MS;
use crate::view::{Denial, Keys, View};
use crate::{At, Ceiling, Command, Digest, Locked, Tries};

/// Wrong passwords in a row that lock a name.
pub const MAX_PASSWORD_TRIES: i64 = 10;

/// The clock by which tries are counted and locks end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TryClock {
    /// The service's clock, as of log-ins of the platforms.
    Service,
    /// The machine's: a sandbox's clock neither frees nor locks an operator.
    Machine,
}

/// Counts a try of a password, before the password is compared. If a lock refuses the try, nothing is counted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TakeTry {
    /// Keyed hash of the name; with ceilings, of the name and the address.
    pub key: Digest,
    /// Further limits that count the try.
    pub ceilings: Vec<Ceiling>,
    /// The clock of all these limits.
    pub clock: TryClock,
}

impl TakeTry {
    /// A try that counts against a name only, by the service's clock.
    pub fn of(key: Digest) -> Self {
        Self { key, ceilings: Vec::new(), clock: TryClock::Service }
    }

    /// All limits that count the try. Each gets the try back if the password was right and a second factor is still needed.
    pub fn limits(&self) -> Vec<Ceiling> {
        self.ceilings.iter().copied().chain([Ceiling::of_all(self.key, MAX_PASSWORD_TRIES)]).collect()
    }
}

impl Command for TakeTry {
    type Done = ();
    type Refusal = Locked;
    const NAME: &'static str = "TakeTry";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.log_in_tries.push(self.key);
        keys.log_in_tries.extend(self.ceilings.iter().map(|ceiling| ceiling.key));
        keys.known_addresses.extend(self.ceilings.iter().filter_map(|ceiling| ceiling.spares));
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<(), Denial<Locked>> {
        let now = &match self.clock {
            TryClock::Service => *at.now,
            TryClock::Machine => at.machine(),
        };
        let tries = Tries::of(view, &self.key, now)?;
        let counted = |ceiling: &Ceiling| {
            let tries = Tries::of(view, &ceiling.key, now)?;
            Ok(tries.and_one_kept(ceiling.most, LOG_IN_LOCKED_MS, now))
        };
        let ceilings = self.ceilings.iter().filter(|ceiling| ceiling.counts(view, now));
        let counted = ceilings.map(counted).collect::<Result<Vec<_>, Locked>>()?;
        view.log_in_tries.put(self.key, tries.and_one(MAX_PASSWORD_TRIES, now));
        for tries in counted {
            view.log_in_tries.put(tries.key, tries);
        }
        Ok(())
    }
}
