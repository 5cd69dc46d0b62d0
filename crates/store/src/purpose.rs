//! The purpose of a store.

/// The purpose of a store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Play money.
    Sandbox,
    /// Real money.
    Production,
}
