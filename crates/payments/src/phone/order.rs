//! The row of an order that is paid by telephone.
//!
//! ```text
//! (password requested, or payment tried) ──► open ──(pay)──► paid
//!                                              │ ▲
//!                                              └─┘ declined: nothing is posted; the reason is kept for the inquiry
//! ```
//! An order is paid at most once. An order that was not paid expires after a day.

use ledger::{AccountId, Rial, TransferId};
use schema::{Corrupt, corrupt, table};
use text::fold;

use crate::{Declined, Digest, Now, Text};

/// How long an unpaid order is kept after its last request for a password or its last payment attempt, in milliseconds.
pub const PHONE_ORDER_KEPT_MS: i64 = 86_400_000;
/// The offset of reference numbers, which makes them twelve digits without a leading zero.
const REF_ID_BASE: i64 = 100_000_000_000;

/// The key of an order: a terminal, and the merchant's id of the order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PhoneOrderKey {
    /// The terminal's `sequence`.
    pub terminal: Text,
    /// The merchant's id, folded, so that two spellings of one id are one order.
    pub order: Text,
}

impl PhoneOrderKey {
    /// The key of an order, from the merchant's id as sent.
    pub fn of(terminal: Text, sent: &str) -> Self {
        Self { terminal, order: Text::from(&*fold(sent)) }
    }
}

/// An order's number, which its ledger transfer refers to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PhoneOrderId(pub i64);

/// An order for which a password was requested or a payment tried.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PhoneOrder {
    /// Terminal and merchant's id.
    pub key: PhoneOrderKey,
    /// The merchant's id as it was first sent (second-edition.md 1.1).
    pub sent: Text,
    /// The order's number.
    pub id: PhoneOrderId,
    /// The latest request for a password.
    pub asked: Option<AskedFor>,
    /// The last payment attempt; for a paid order, the attempt that paid it.
    pub tried: Option<PhonePayment>,
    /// The time of the last request for a password or payment attempt, in milliseconds of Unix time.
    pub at_ms: i64,
}

/// The card and the amount of a request for a password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AskedFor {
    /// Keyed hash of the card's number.
    pub card: Digest,
    /// The amount.
    pub amount: Rial,
    /// The time of the request, in milliseconds of Unix time.
    pub at_ms: i64,
}

impl AskedFor {
    /// Whether the request is still valid: it expires after a day.
    pub fn is_remembered(&self, now: &Now) -> bool {
        now.at_ms < self.at_ms.saturating_add(PHONE_ORDER_KEPT_MS)
    }
}

/// A payment attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PhonePayment {
    /// First six and last four digits of the card; empty: the request had no card number.
    pub mask: Text,
    /// The payer's mobile number: `+989` and nine digits; empty: not known.
    pub payer: Text,
    /// The amount; `None`: the request had no valid amount.
    pub amount: Option<Rial>,
    /// The time of the attempt, in milliseconds of Unix time.
    pub at_ms: i64,
    /// The outcome.
    pub end: PhoneEnd,
    /// What operators have refunded of the payment to the card, in rials; zero if it was declined.
    pub refunded: Rial,
}

impl PhonePayment {
    /// Whether no more was refunded than was paid.
    fn is_sound(&self) -> bool {
        let paid = match self.end {
            PhoneEnd::Paid(..) => self.amount.unwrap_or_default(),
            PhoneEnd::Declined(_) => Rial::ZERO,
        };
        (Rial::ZERO..=paid).contains(&self.refunded)
    }

    /// What of the payment can still be refunded, in rials; zero if it was declined.
    pub fn left(&self) -> Rial {
        match self.end {
            PhoneEnd::Paid(..) => self.amount.and_then(|amount| amount.checked_sub(self.refunded)).unwrap_or_default(),
            PhoneEnd::Declined(_) => Rial::ZERO,
        }
    }
}

/// The outcome of a payment attempt.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PhoneEnd {
    /// The money moved from this account by this transfer.
    Paid(AccountId, TransferId),
    /// No money moved, for this reason.
    Declined(Declined),
}

impl PhoneOrder {
    /// The payment, if the order is paid.
    pub fn payment(&self) -> Option<&PhonePayment> {
        self.tried.as_ref().filter(|tried| matches!(tried.end, PhoneEnd::Paid(..)))
    }

    /// Why the last attempt was declined, if it was.
    pub fn declined(&self) -> Option<Declined> {
        match self.tried.as_ref()?.end {
            PhoneEnd::Declined(why) => Some(why),
            PhoneEnd::Paid(..) => None,
        }
    }

    /// The payment's reference number: twelve digits, unique.
    pub fn ref_id(&self) -> i64 {
        REF_ID_BASE + self.id.0
    }

    /// When the order expires, in milliseconds of Unix time; `None`: never, because it is paid.
    pub fn forgotten_at_ms(&self) -> Option<i64> {
        self.payment().is_none().then(|| self.at_ms.saturating_add(PHONE_ORDER_KEPT_MS))
    }

    /// Whether the order has not expired. The row of an expired order stays until a sweep removes it.
    pub fn is_remembered(&self, now: &Now) -> bool {
        self.forgotten_at_ms().is_none_or(|end_ms| now.at_ms < end_ms)
    }
}

table! {
    PhoneOrder = "phone_order",
    key |k: PhoneOrderKey| { terminal: k.terminal, order_id: k.order },
    of |r| r.key.clone(),
    row |r| {
        terminal: r.key.terminal, order_id: r.key.order, sent_order_id: otherwise_sent(r), id: r.id, asked_card: r.asked.map(|asked| asked.card),
        asked_amount: r.asked.map(|asked| asked.amount.get()), asked_at_ms: r.asked.map(|asked| asked.at_ms), at_ms: r.at_ms, forgotten_at_ms: r.forgotten_at_ms(),
        mask: tried(r, |tried| Text::clone(&tried.mask)), payer: tried(r, |tried| Text::clone(&tried.payer)),
        amount: tried(r, |tried| tried.amount.map_or(NO_AMOUNT, Rial::get)), tried_at_ms: tried(r, |tried| tried.at_ms),
        account: paid(r).map(|(account, _)| account.0), transfer: paid(r).map(|(_, transfer)| transfer.0),
        declined: r.declined(), refunded: refunded(r),
    },
    make phone_order(
        (terminal, order_id, sent_order_id, id, at_ms, forgotten_at_ms),
        (asked_card, asked_amount, asked_at_ms),
        (mask, payer, amount, tried_at_ms),
        (account, transfer, declined),
        refunded,
    )?
}

/// The column value of an attempt without a valid amount: amounts are 1 or more.
const NO_AMOUNT: i64 = 0;

fn tried<T>(order: &PhoneOrder, part: fn(&PhonePayment) -> T) -> Option<T> {
    order.tried.as_ref().map(part)
}

/// What was refunded, in rials; `None`: nothing.
fn refunded(order: &PhoneOrder) -> Option<i64> {
    order.tried.as_ref().map(|tried| tried.refunded.get()).filter(|refunded| *refunded != 0)
}

fn paid(order: &PhoneOrder) -> Option<(AccountId, TransferId)> {
    match order.tried.as_ref()?.end {
        PhoneEnd::Paid(account, transfer) => Some((account, transfer)),
        PhoneEnd::Declined(_) => None,
    }
}

/// The merchant's id as sent, where it differs from the folded one.
fn otherwise_sent(order: &PhoneOrder) -> Option<Text> {
    (order.sent != order.key.order).then(|| Text::clone(&order.sent))
}

pub(super) fn phone_order(
    (terminal, order, sent, id, at_ms, _forgotten_at_ms): (Text, Text, Option<Text>, PhoneOrderId, i64, Option<i64>),
    asked: (Option<Digest>, Option<i64>, Option<i64>),
    tried: (Option<Text>, Option<Text>, Option<i64>, Option<i64>),
    end: (Option<i64>, Option<i64>, Option<Declined>),
    refunded: Option<i64>,
) -> Result<PhoneOrder, Corrupt> {
    let asked = match asked {
        (Some(card), Some(amount), Some(at_ms)) => Some(AskedFor { card, amount: Rial::new(amount), at_ms }),
        (None, None, None) => None,
        _ => return Err(corrupt("phone_order", "half a request")),
    };
    let end = match end {
        (Some(account), Some(transfer), None) => Some(PhoneEnd::Paid(AccountId(account), TransferId(transfer))),
        (None, None, Some(why)) => Some(PhoneEnd::Declined(why)),
        (None, None, None) => None,
        other => return Err(corrupt("phone_order", format!("unknown end {other:?}"))),
    };
    let tried = match (tried, end) {
        ((Some(mask), Some(payer), Some(amount), Some(at_ms)), Some(end)) => {
            let (amount, refunded) =
                ((amount != NO_AMOUNT).then(|| Rial::new(amount)), Rial::new(refunded.unwrap_or(0)));
            let tried = PhonePayment { mask, payer, amount, at_ms, end, refunded };
            if !tried.is_sound() {
                return Err(corrupt("phone_order", "more is refunded than was paid"));
            }
            Some(tried)
        }
        ((None, None, None, None), None) => None,
        other => return Err(corrupt("phone_order", format!("half a payment {:?}", other.1))),
    };
    let sent = sent.unwrap_or_else(|| Text::clone(&order));
    Ok(PhoneOrder { key: PhoneOrderKey { terminal, order }, sent, id, asked, tried, at_ms })
}
