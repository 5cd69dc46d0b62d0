//! An object of the demo world, as lists show it.

use serde::Serialize;
use utoipa::ToSchema;

/// An object of the demo world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DemoObject {
    /// `client`, `deposit`, `bankUser`, `card`, `terminal`, `payerCard`, `user`, `business`, `credit`, `voucher`, `posTerminal` or `operator`.
    pub kind: &'static str,
    /// What names it in calls.
    pub value: String,
    /// What it is for.
    #[serde(rename = "for")]
    pub purpose: String,
}
