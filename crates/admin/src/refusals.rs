//! The limit of audit lines about refusals: a flood of wrong passwords must not fill the audit.
//!
//! Shape: [`Refusals::count`] says whether a refusal gets a line of its own. Up to [`SINGLY`] refusals of one kind by one caller in a minute do, as long
//! as the minute has room for lines; all others are counted. [`Refusals::take`] ends the minute and gives the counts, each of which becomes one line.
//! Limits: [`LINES`] lines and [`KINDS`] counts a minute, separately for callers that are not authenticated and for those that are.
//! Absent: time. A task ends the minutes.

use std::collections::HashMap;

use parking_lot::Mutex;
use payments::Text;

/// Refusals of one kind by one caller that get a line of their own in a minute.
const SINGLY: u32 = 5;
/// Lines about single refusals in a minute.
const LINES: u32 = 60;
/// Kinds of refusals that are counted in a minute; all others are counted together.
const KINDS: usize = 20;

/// Whether the caller that was refused has proved who it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proof {
    /// By a session or a token.
    Authenticated,
    /// Not at all.
    None,
}

/// A kind of refusal: who was refused what.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RefusalKind {
    /// The author of the line.
    pub by: Text,
    /// The action of the line.
    pub action: &'static str,
    /// The subject of the line.
    pub subject: Text,
}

/// The refusals of the present minute; see the module.
#[derive(Debug, Default)]
pub struct Refusals {
    authenticated: Mutex<Minute>,
    others: Mutex<Minute>,
}

#[derive(Debug, Default)]
struct Minute {
    lines: u32,
    kinds: HashMap<RefusalKind, Counted>,
    /// Refusals of kinds that are not counted singly.
    rest: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    lines: u32,
    more: u64,
}

/// What a minute has counted beside its lines.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Uncounted {
    /// How many more of each kind there were.
    pub kinds: Vec<(RefusalKind, u64)>,
    /// How many of other kinds there were.
    pub rest: u64,
}

/// What becomes of a refusal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Written {
    /// It gets a line.
    Singly,
    /// It is counted.
    InSum,
}

impl Refusals {
    /// Counts a refusal.
    pub fn count(&self, proof: Proof, kind: RefusalKind) -> Written {
        let minute = match proof {
            Proof::Authenticated => &self.authenticated,
            Proof::None => &self.others,
        };
        minute.lock().count(kind)
    }

    /// Ends the minute.
    pub fn take(&self) -> Uncounted {
        let mut uncounted = Uncounted::default();
        for minute in [&self.authenticated, &self.others] {
            let Minute { kinds, rest, lines: _ } = std::mem::take(&mut *minute.lock());
            let more = kinds.into_iter().filter(|(_, counted)| counted.more > 0);
            uncounted.kinds.extend(more.map(|(kind, counted)| (kind, counted.more)));
            uncounted.rest += rest;
        }
        uncounted
    }
}

impl Minute {
    fn count(&mut self, kind: RefusalKind) -> Written {
        let has_room = self.lines < LINES;
        let counts = self.kinds.values().filter(|counted| counted.more > 0).count();
        let counted = self.kinds.entry(kind.clone()).or_default();
        if has_room && counted.lines < SINGLY {
            counted.lines += 1;
            self.lines += 1;
            return Written::Singly;
        }
        if counted.more > 0 || counts < KINDS {
            counted.more += 1;
            return Written::InSum;
        }
        if counted.lines == 0 {
            // The map does not grow with callers that are not counted.
            self.kinds.remove(&kind);
        }
        self.rest += 1;
        Written::InSum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(subject: usize) -> RefusalKind {
        RefusalKind { by: Text::from("-"), action: "sign-in refused", subject: Text::from(subject.to_string()) }
    }

    #[test]
    fn one_caller_gets_a_few_lines_a_minute_and_one_sum() {
        let refusals = Refusals::default();
        let written: Vec<_> = (0..1_000).map(|_| refusals.count(Proof::None, kind(1))).collect();
        assert_eq!(written.iter().filter(|written| **written == Written::Singly).count(), 5);
        assert_eq!(refusals.take(), Uncounted { kinds: vec![(kind(1), 995)], rest: 0 });
        assert_eq!(refusals.take(), Uncounted::default());
        assert_eq!(refusals.count(Proof::None, kind(1)), Written::Singly, "in the next minute");
    }

    #[test]
    fn many_callers_share_the_lines_and_leave_those_of_authenticated_ones_alone() {
        let refusals = Refusals::default();
        let all = 100_000;
        let singly = (0..all).filter(|at| refusals.count(Proof::None, kind(*at)) == Written::Singly).count();
        assert_eq!(singly, 60);
        assert_eq!(refusals.count(Proof::Authenticated, kind(1)), Written::Singly);
        let Uncounted { kinds, rest } = refusals.take();
        let counted: u64 = kinds.iter().map(|(_, more)| more).sum();
        assert_eq!((kinds.len(), counted + rest), (20, (all - singly) as u64), "no refusal is lost from the sums");
    }
}
