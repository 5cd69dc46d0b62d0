//! Why a decision does not do what its command asks for, and whether its writes are kept.

/// Why a decision does not do what its command asks for, and whether its writes are kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Denial<R> {
    /// The writes are rolled back.
    Refused(R),
    /// The writes are kept: a wrong code is counted.
    Declined(R),
}

impl<R> Denial<R> {
    /// The same denial with another refusal.
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
