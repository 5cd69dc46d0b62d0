//! What a store is for.

/// What a store is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Play money.
    Sandbox,
    /// Real money.
    Production,
}
