//! The first use of a named token by an address on a day, for the audit: changes name their token, reads would not be seen at all.
//!
//! Limit: [`KEPT`] uses of a day are remembered; with more of them, no further first use is written on that day.
//! Absent: other processes. Each writes the first use that it sees, and so does a process that was restarted.

use std::collections::HashSet;
use std::net::IpAddr;

use parking_lot::Mutex;
use payments::Text;

/// How many uses of a day are remembered.
const KEPT: usize = 10_000;
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// The uses of the present day; see the module.
#[derive(Debug, Default)]
pub struct TokenUses(Mutex<(i64, HashSet<(Text, IpAddr)>)>);

impl TokenUses {
    /// Whether this is the first use on the day of an instant, by the machine's time in Unix milliseconds.
    pub fn is_first(&self, by: &Text, address: IpAddr, now_ms: i64) -> bool {
        let today = now_ms.div_euclid(DAY_MS);
        let (day, seen) = &mut *self.0.lock();
        if *day != today {
            (*day, *seen) = (today, HashSet::new());
        }
        seen.len() < KEPT && seen.insert((Text::clone(by), address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_is_the_first_one_of_its_day_and_address() {
        let (uses, by) = (TokenUses::default(), Text::from("api:ci"));
        let from = |last| IpAddr::from([192, 0, 2, last]);
        for (last, day, first) in [(1, 0, true), (1, 0, false), (2, 0, true), (1, 1, true), (1, 1, false)] {
            assert_eq!(uses.is_first(&by, from(last), day * DAY_MS + 5), first, "{last} {day}");
        }
    }
}
