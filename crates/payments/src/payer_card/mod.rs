//! Cards that pay by telephone and on pages, the ports to their issuers and to other banks' networks, and their one-time passwords.

mod change;
mod declined;
mod issue;
mod issuer;
mod network;
mod otp;
pub(crate) mod payment;
mod row;
mod sent_otps;

pub use change::{CardChange, CardChangeRefusal, ChangePayerCard};
pub use declined::Declined;
pub use issue::{IssuePayerCard, PayerCardRefusal};
pub use issuer::{Authorization, Issuer, IssuerAnswer, SecurityCheck, ShownCard};
pub use network::{CardNetwork, NetworkCard};
pub use otp::{OTP_LIFE_MS, Otp, OtpKey};
pub use payment::NamedPayer;
pub(crate) use payment::{
    account_key, count_wrong, declined_by, issuer_there, spend_otp, takes_otp, usable, write_otp,
};
pub use row::{CARD_TRIES, PayerCard, PayerCardState, PayerCardTerms};
pub use sent_otps::{OtpLimit, SentOtps};
