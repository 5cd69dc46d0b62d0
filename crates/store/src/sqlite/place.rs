//! Places in the log, and states of the database that it continues.

/// Tells one filling of the log from the next: its two salts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Generation(pub(super) u64);

/// How a filling of the log stands to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum After {
    Same,
    /// The log has started over once.
    Next,
    /// It is older, much later, or another log's.
    Other,
}

impl Generation {
    /// How it stands to one that may be earlier. The first salt counts up whenever the log starts over.
    pub(super) fn after(self, earlier: Self) -> After {
        let first = |Self(salts): Self| (salts >> 32) as u32;
        match first(self).wrapping_sub(first(earlier)) {
            _ if self == earlier => After::Same,
            1 => After::Next,
            _ => After::Other,
        }
    }
}

/// A place in the log, behind a commit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Place {
    pub(super) generation: Generation,
    pub(super) frames: u32,
}

/// Which file of sums it is, and how often it has taken pages in. The note of what is acknowledged and the database say it, too: none of them belongs to an
/// older copy of another, nor to another store's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Stamp {
    /// Drawn when the file was made.
    pub(super) file: u64,
    /// Counts up with each taking in.
    pub(super) state: u64,
}
