//! How far the work on a cycle is.

/// How far a cycle is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Progress {
    /// There are more orders.
    More,
    /// All its orders are done.
    Done,
}
