//! Cards that pay by telephone and on pages, the checks of their payments, and their one-time passwords.

mod change;
mod checks;
mod declined;
mod issue;
mod otp;
pub(crate) mod payment;
mod row;
mod sent_otps;

pub use change::{CardChange, CardChangeRefusal, ChangePayerCard};
pub(crate) use checks::Checks;
pub use declined::Declined;
pub use issue::{IssuePayerCard, PayerCardRefusal};
pub use otp::{OTP_LIFE_MS, Otp, OtpKey};
pub use payment::NamedPayer;
pub(crate) use payment::{
    account_key, compare_otp, count_wrong, declined_by, issuer_operates, living_otp, spend_otp, takes_otp, usable,
    write_otp,
};
pub use row::{CARD_TRIES, PayerCard, PayerCardState, PayerCardTerms};
pub use sent_otps::{OtpLimit, SentOtps};
