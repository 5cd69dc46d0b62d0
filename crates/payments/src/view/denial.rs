//! Why a decision does nothing, and what becomes of what it has written.

/// Why a decision does nothing of what it was asked for, and what becomes of what it has written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Denial<R> {
    /// It is taken back.
    Refused(R),
    /// It stays: a wrong code is counted.
    Declined(R),
}

impl<R> Denial<R> {
    /// The same of another refusal.
    pub fn map<T>(self, with: impl FnOnce(R) -> T) -> Denial<T> {
        match self {
            Self::Refused(why) => Denial::Refused(with(why)),
            Self::Declined(why) => Denial::Declined(with(why)),
        }
    }
}

impl<R> From<R> for Denial<R> {
    fn from(why: R) -> Self {
        Self::Refused(why)
    }
}
