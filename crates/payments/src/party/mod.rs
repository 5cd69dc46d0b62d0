//! Users and businesses: the issuers and payers of invoices, and the money in their wallets (pod.md 2, demo.md).

mod fill_wallet;
mod handle;
mod id;
mod look;
mod register;
mod row;

pub use fill_wallet::{FillWallet, WalletRefusal};
pub use handle::Handle;
pub use id::{LAST_PARTY, PartyId};
pub use look::{Colour, LogoChange, LookRefusal, SetShopLook, ShopLogo, ShopLook};
pub use register::{PartyRefusal, RegisterParty};
pub use row::{Business, OldSecret, Party, PartyKind, PartyUnknown};
