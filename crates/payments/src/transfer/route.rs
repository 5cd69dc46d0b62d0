//! The routes by which an order's money moves.

use schema::codes;

/// The route by which an order's money moves.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Route {
    /// Between two accounts of one hosted bank.
    Internal,
    /// By the ACH network, in cycles.
    Paya,
    /// By the RTGS network, immediately.
    Satna,
    /// To a bon card.
    Card,
}

codes!(Route = "transfer_order" { 1 => Route::Internal, 2 => Route::Paya, 3 => Route::Satna, 4 => Route::Card, });
