//! Shops' terminals, and payments at them (pod.md 3.9).

mod add_terminal;
mod pay;
mod register_terminal;
mod report;
mod row;

pub use add_terminal::{AddPosTerminal, AddPosTerminalRefusal};
pub use pay::PayByPos;
pub use register_terminal::RegisterPosTerminal;
pub use report::{PosTransactionExists, ReportPos};
pub use row::{PosKey, PosTerminal, PosTransaction};
