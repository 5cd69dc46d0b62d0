//! The sandbox's clock and the banks' day close: rows that operators change.

mod business_day;
mod day_close;
mod mode;
mod move_clock;
mod set_day_close;

pub use business_day::BusinessDay;
pub use day_close::DayClose;
pub use mode::ClockMode;
pub use move_clock::{ClockRewind, ClockWouldGoBack, MoveClock};
pub use set_day_close::SetDayClose;
