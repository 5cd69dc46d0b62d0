//! Whether the banks are closing their day when a card pays.

/// Whether the banks are closing their day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BusinessDay {
    /// The day is open: cards can pay.
    Open,
    /// The day is being closed: no card can pay.
    Closing,
}
