//! PayStar's telephone payments (paystar.md, 002_d35bf323934c5d02.txt).

pub mod codes;
pub mod fields;
pub mod replies;
