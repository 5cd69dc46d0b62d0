//! Positions in the log, and the states of the database that it continues.

/// Identifies one filling of the log, by its two salts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Generation(pub(super) u64);

/// The relation of a filling of the log to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum After {
    Same,
    /// The log has started over once since.
    Next,
    /// It is older, several fillings later, or of another log.
    Other,
}

impl Generation {
    /// The relation to a filling that may be earlier. The first salt is incremented whenever the log starts over.
    pub(super) fn after(self, earlier: Self) -> After {
        let first = |Self(salts): Self| (salts >> 32) as u32;
        match first(self).wrapping_sub(first(earlier)) {
            _ if self == earlier => After::Same,
            1 => After::Next,
            _ => After::Other,
        }
    }
}

/// A position in the log: the end of a commit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct LogPosition {
    pub(super) generation: Generation,
    pub(super) frames: u32,
}

/// Identifies a file of checksums, and how often it has taken pages in. The note of the acknowledged frames and the database repeat it, so that none
/// of them is accepted with an older copy of another, or with another store's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Stamp {
    /// A random number, drawn when the file was made.
    pub(super) file: u64,
    /// Incremented each time pages are taken in.
    pub(super) state: u64,
}
