//! How far a job's work is after a run.

/// How far a job's work is after a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Progress {
    /// Work is left: the job stays due.
    More,
    /// No work is left.
    Done,
}
