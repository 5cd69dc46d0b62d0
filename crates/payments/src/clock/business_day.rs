//! How far the banks are in their day when a card pays.

/// Whether the banks are closing their day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BusinessDay {
    /// They are not: cards pay.
    Open,
    /// They are: no card pays.
    Closing,
}
