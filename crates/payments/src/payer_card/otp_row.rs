//! The row of a one-time password.

use ledger::Rial;
use schema::table;

use crate::{Digest, PhoneOrderKey, Text};

/// How long a one-time password is valid, in milliseconds (paystar.md 2).
pub const OTP_LIFE_MS: i64 = 120_000;

/// The key of a one-time password: what it can pay.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OtpKey {
    /// Keyed hash of the card's number.
    pub card: Digest,
    /// The order; for a session of the gateway see [`OtpKey::of_session`].
    pub order: PhoneOrderKey,
}

impl OtpKey {
    /// The key for a payment in a session of the gateway. Its terminal is empty, which no terminal's id is.
    pub fn of_session(card: Digest, session: &Digest) -> Self {
        let order: String = session.0.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { card, order: PhoneOrderKey { terminal: Text::from(""), order: Text::from(order) } }
    }
}

/// A one-time password that was neither used nor removed. A new one replaces the one before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Otp {
    /// The card and the order that it is for.
    pub key: OtpKey,
    /// Keyed hash of the card's number and the password.
    pub hash: Digest,
    /// The amount that it is for.
    pub amount: Rial,
    /// When it expires, in milliseconds of Unix time.
    pub ends_at_ms: i64,
    /// The mobile number that it was sent to.
    pub mobile: Text,
}

table! {
    Otp = "otp",
    key |k: OtpKey| { card: k.card, terminal: k.order.terminal, order_id: k.order.order },
    of |r| r.key.clone(),
    row |r| {
        card: r.key.card, terminal: r.key.order.terminal, order_id: r.key.order.order, hash: r.hash, amount: r.amount,
        ends_at_ms: r.ends_at_ms, mobile: r.mobile,
    },
    make Otp {
        key: OtpKey { card, order: PhoneOrderKey { terminal, order: order_id } }, hash, amount, ends_at_ms, mobile,
    }
}
