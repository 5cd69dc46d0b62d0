//! The look of a shop on payers' pages: its display name, site, help address, colours and logo.
//!
//! Absent: reading of images and contrast of colours. An operator's form is checked before a command is made, and pages adjust the colours.

mod row;
mod set;

pub use row::{Colour, ShopLogo, ShopLook};
pub use set::{LogoChange, LookRefusal, SetShopLook};
