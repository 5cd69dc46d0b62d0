//! Cards that pay by telephone and on pages, the checks of their payments, and their one-time passwords.

mod change;
mod checks;
mod declined;
mod issue;
mod otp_row;
pub(crate) mod payment;
mod row;
mod sent_otps;
mod wrong_passwords;

pub use change::{CardChange, CardChangeRefusal, ChangePayerCard};
pub(crate) use checks::Checks;
pub use declined::Declined;
pub use issue::{IssuePayerCard, PayerCardRefusal};
pub use otp_row::{OTP_LIFE_MS, Otp, OtpKey};
pub use payment::NamedPayer;
pub(crate) use payment::{account_key, declined_by, issuer_operates, takes_otp, usable, write_otp};
pub use row::{MAX_CARD_TRIES, PayerCard, PayerCardState, PayerCardTerms};
pub use sent_otps::{OtpLimit, SentOtps};
pub(crate) use wrong_passwords::{compare_otp, count_wrong, living_otp, spend_otp, tries_left};
