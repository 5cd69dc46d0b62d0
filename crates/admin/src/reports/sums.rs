//! The sums of a line of a report, and the names of what its movements have in common.

use payments::{MovementKind, PaymentMeans, ReportDialect, TotalSums};
use serde::Serialize;
use utoipa::ToSchema;

/// The sums of a line, in rials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sums {
    /// How many payments were made.
    pub payments: i64,
    /// What the payers paid, without fees.
    pub gross: i64,
    /// Fees, which payers pay in addition.
    pub fees: i64,
    /// How many refunds and returns there were.
    pub refunds: i64,
    /// What went back.
    pub refunded: i64,
    /// What was paid less what went back.
    pub net: i64,
    /// What reached its payees after it had waited: for a cycle, or until a shop could withdraw it.
    pub settled: i64,
}

/// The sums of movements that are no payments, fees, refunds or settlements, in rials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OtherSums {
    /// From the network of other banks' cards.
    pub card_settled: i64,
    /// To suspense.
    pub suspended: i64,
    /// From suspense to an account.
    pub released: i64,
    /// Into the house: opening balances, and wallets that were filled.
    pub funded: i64,
    /// Out of the house without a payment.
    pub paid_out: i64,
    /// Between accounts of one payment: reserved, verified, or on the way to a cycle.
    pub internal: i64,
}

/// A sum in rials; one that does not fit is the largest number.
pub(super) fn rials(amount: i128) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

impl Sums {
    /// Adds the total of movements of a kind; those of other kinds do not belong to a line.
    pub fn add(&mut self, kind: MovementKind, total: TotalSums) {
        let more = |sum: i64| sum.saturating_add(rials(total.amount));
        match kind {
            MovementKind::Payment => {
                self.payments = self.payments.saturating_add(total.count);
                self.gross = more(self.gross);
            }
            MovementKind::Fee => self.fees = more(self.fees),
            MovementKind::Refund => {
                self.refunds = self.refunds.saturating_add(total.count);
                self.refunded = more(self.refunded);
            }
            MovementKind::Settlement => self.settled = more(self.settled),
            MovementKind::CardSettlement
            | MovementKind::Suspended
            | MovementKind::Released
            | MovementKind::Funding
            | MovementKind::Payout
            | MovementKind::Internal => {}
        }
        self.net = self.gross.saturating_sub(self.refunded);
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl OtherSums {
    /// Adds the total of movements of a kind; those that belong to a line are not counted.
    pub fn add(&mut self, kind: MovementKind, total: TotalSums) {
        let sum = match kind {
            MovementKind::Payment | MovementKind::Fee | MovementKind::Refund | MovementKind::Settlement => return,
            MovementKind::CardSettlement => &mut self.card_settled,
            MovementKind::Suspended => &mut self.suspended,
            MovementKind::Released => &mut self.released,
            MovementKind::Funding => &mut self.funded,
            MovementKind::Payout => &mut self.paid_out,
            MovementKind::Internal => &mut self.internal,
        };
        *sum = sum.saturating_add(rials(total.amount));
    }
}

/// The name of a platform in reports.
pub fn dialect_name(dialect: ReportDialect) -> &'static str {
    match dialect {
        ReportDialect::Finnotech => "finnotech",
        ReportDialect::Paystar => "paystar",
        ReportDialect::Pod => "pod",
        ReportDialect::House => "house",
    }
}

/// The name of a means of payment in reports; `None`: there is none.
pub fn means_name(means: PaymentMeans) -> Option<&'static str> {
    Some(match means {
        PaymentMeans::None => return None,
        PaymentMeans::Internal => "internal",
        PaymentMeans::Paya => "paya",
        PaymentMeans::Satna => "satna",
        PaymentMeans::BonCard => "bonCard",
        PaymentMeans::Wallet => "wallet",
        PaymentMeans::HostedCard => "hostedCard",
        PaymentMeans::OtherCard => "otherCard",
        PaymentMeans::Reserved => "reserved",
        PaymentMeans::Suspense => "suspense",
    })
}

#[cfg(test)]
mod tests {
    use payments::MovementKind as K;

    use super::*;

    const ALL: [K; 10] = [
        K::Payment,
        K::Fee,
        K::Refund,
        K::Settlement,
        K::CardSettlement,
        K::Suspended,
        K::Released,
        K::Funding,
        K::Payout,
        K::Internal,
    ];

    #[test]
    fn each_movement_is_in_one_sum() {
        let (mut sums, mut other) = (Sums::default(), OtherSums::default());
        for (at, kind) in ALL.into_iter().enumerate() {
            let total = TotalSums { count: 1, amount: 1 << at };
            sums.add(kind, total);
            other.add(kind, total);
        }
        let Sums { payments, gross, fees, refunds, refunded, net, settled } = sums;
        let OtherSums { card_settled, suspended, released, funded, paid_out, internal } = other;
        let all = [gross, fees, refunded, settled, card_settled, suspended, released, funded, paid_out, internal];
        assert_eq!(all.iter().sum::<i64>(), (1 << ALL.len()) - 1, "{sums:?} {other:?}");
        assert_eq!((payments, refunds, net), (1, 1, gross - refunded));
        assert!(!sums.is_empty() && Sums::default().is_empty());
    }
}
