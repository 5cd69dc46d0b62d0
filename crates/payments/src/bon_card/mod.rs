//! Cards: bon cards, which are charged, and float cards, through which they are charged.

mod charge;
mod charge_total;
mod code;
mod limits;
mod register;
mod row;
pub(crate) mod totals;

pub use charge::{ChargeCard, ChargeRefusals, NamedCard};
pub use charge_total::{ChargeTotal, ChargeTotalKey};
pub use code::{ChargeClass, ChargeCode};
pub use limits::ChargeLimits;
pub use register::{CardRefusal, RegisterCard};
pub use row::{Card, CardKind};
