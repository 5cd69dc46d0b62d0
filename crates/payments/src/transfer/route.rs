//! The ways that money goes.

use schema::codes;

/// The way the money goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Route {
    /// Inside one hosted bank.
    Internal,
    /// By the ACH network, in cycles.
    Paya,
    /// By the RTGS network, at once.
    Satna,
    /// Onto a bon card.
    Card,
}

codes!(Route = "transfer_order" { 1 => Route::Internal, 2 => Route::Paya, 3 => Route::Satna, 4 => Route::Card, });
