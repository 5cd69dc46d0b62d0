//! A movement of money, and what it means in reports.
//!
//! Shape: a posted transfer with the facts of the row that caused it → the key of its totals. Only facts that never change are used: a movement means
//! the same whenever it is read.
//! Order: transfers and charges of the banks, invoices, payments by telephone, and last what the house moves itself.
//! Absent: sums (`totals.rs`).

use ledger::{AccountId, AccountKind, Rial, TransferId};

use super::meaning::{MovementKind, PaymentMeans, ReportDialect};
use super::total_key::{HALF_HOUR_MS, TotalKey};
use crate::{Bank, CycleId, GATEWAY_HOLD, PartyId, Route, party_of};

/// The facts of the row that caused a movement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MovementCause {
    /// An order of a bank.
    Order {
        /// The source bank.
        bank: Bank,
        /// The route.
        route: Route,
        /// The source account.
        source: AccountId,
        /// The cycle of a paya order whose money has moved; it does not change after that.
        cycle: Option<CycleId>,
    },
    /// An invoice of this business.
    Invoice(PartyId),
    /// A telephone order, or none.
    Other,
}

/// A transfer that moved money.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Movement {
    /// The transfer.
    pub transfer: TransferId,
    /// Its instant, in milliseconds of Unix time.
    pub at_ms: i64,
    /// The account debited, and its kind.
    pub debit: (AccountId, AccountKind),
    /// The account credited, and its kind.
    pub credit: (AccountId, AccountKind),
    /// The amount.
    pub amount: Rial,
    /// The number of the row that caused it; 0 for none.
    pub cause_id: i64,
    /// The facts of that row.
    pub cause: MovementCause,
}

impl Movement {
    /// The key of the half hour's total that counts this movement.
    pub fn key(&self) -> TotalKey {
        let key = TotalKey {
            begins_ms: self.at_ms.div_euclid(HALF_HOUR_MS) * HALF_HOUR_MS,
            dialect: ReportDialect::House,
            bank: 0,
            payee: 0,
            cycle: 0,
            means: PaymentMeans::None,
            kind: MovementKind::Internal,
        };
        match self.cause {
            MovementCause::Order { bank, route, source, cycle } => {
                let kind = self.of_order(source);
                let cycle = self.cycle().or(cycle.filter(|_| route == Route::Paya));
                TotalKey {
                    dialect: ReportDialect::Finnotech,
                    bank: i64::from(bank.number()),
                    cycle: cycle.map_or(0, |cycle| cycle.0),
                    means: route.into(),
                    kind,
                    ..key
                }
            }
            MovementCause::Invoice(issuer) => {
                let kind = self.of_invoice(issuer);
                TotalKey { dialect: ReportDialect::Pod, payee: issuer.0, means: self.means(kind), kind, ..key }
            }
            MovementCause::Other => match self.merchant() {
                Some((merchant, kind)) => TotalKey {
                    dialect: ReportDialect::Paystar,
                    payee: merchant.0,
                    means: self.means(kind),
                    kind,
                    ..key
                },
                None => TotalKey { kind: self.of_house(), ..key },
            },
        }
    }

    /// The cycle whose clearing account is debited or credited.
    fn cycle(&self) -> Option<CycleId> {
        CycleId::of_clearing(self.debit.0).or_else(|| CycleId::of_clearing(self.credit.0))
    }

    fn of_order(&self, source: AccountId) -> MovementKind {
        match (self.debit, self.credit) {
            ((debit, _), (_, AccountKind::FeeIncome)) if debit == source => MovementKind::Fee,
            ((debit, _), _) if debit == source => MovementKind::Payment,
            (_, (credit, _)) if credit == source => MovementKind::Refund,
            (_, (_, AccountKind::Suspense)) => MovementKind::Suspended,
            ((_, AccountKind::Suspense), _) => MovementKind::Released,
            (_, (_, AccountKind::Clearing)) => MovementKind::Internal,
            _ => MovementKind::Settlement,
        }
    }

    fn of_invoice(&self, issuer: PartyId) -> MovementKind {
        use AccountKind::{Blocked, Clearing, GuildFree, GuildOpen, Nostro, PayerCard, Receivable, Suspense, Wallet};
        let (to, _) = self.credit;
        match (self.debit.1, self.credit.1) {
            (Nostro, Receivable) => MovementKind::CardSettlement,
            // A set-off that is canceled goes back to another business's account.
            (Wallet | Receivable | PayerCard | Blocked, GuildOpen | Clearing) => {
                let is_paid = to == GATEWAY_HOLD || party_of(to) == Some(issuer);
                if is_paid { MovementKind::Payment } else { MovementKind::Internal }
            }
            (GuildOpen | GuildFree | Clearing | Wallet, Wallet)
            | (GuildOpen | GuildFree | Clearing, Suspense | PayerCard | Receivable) => MovementKind::Refund,
            (GuildOpen, GuildFree) => MovementKind::Settlement,
            (GuildOpen | GuildFree, Nostro) => MovementKind::Payout,
            (Suspense, _) => MovementKind::Released,
            _ => MovementKind::Internal,
        }
    }

    /// The merchant of a payment by telephone, and what the movement means for it.
    fn merchant(&self) -> Option<(AccountId, MovementKind)> {
        use AccountKind::{Deposit, Merchant, Nostro, PayerCard, Suspense};
        match (self.debit, self.credit) {
            ((_, PayerCard), (merchant, Merchant)) => Some((merchant, MovementKind::Payment)),
            ((_, Suspense), (merchant, Merchant)) => Some((merchant, MovementKind::Released)),
            ((_, Nostro), (merchant, Merchant)) => Some((merchant, MovementKind::Funding)),
            (_, (merchant, Merchant)) => Some((merchant, MovementKind::Internal)),
            ((merchant, Merchant), (_, PayerCard | Suspense)) => Some((merchant, MovementKind::Refund)),
            ((merchant, Merchant), (_, Nostro | Deposit)) => Some((merchant, MovementKind::Payout)),
            ((merchant, Merchant), _) => Some((merchant, MovementKind::Internal)),
            _ => None,
        }
    }

    fn of_house(&self) -> MovementKind {
        match (self.debit.1, self.credit.1) {
            (AccountKind::Suspense, _) => MovementKind::Released,
            (_, AccountKind::Suspense) => MovementKind::Suspended,
            (AccountKind::Nostro, _) => MovementKind::Funding,
            (_, AccountKind::Nostro) => MovementKind::Payout,
            _ => MovementKind::Internal,
        }
    }

    /// The means of a payment or refund, by the payer's account.
    fn means(&self, kind: MovementKind) -> PaymentMeans {
        let payer = match kind {
            MovementKind::Payment => self.debit.1,
            MovementKind::Refund => self.credit.1,
            MovementKind::Fee
            | MovementKind::Settlement
            | MovementKind::CardSettlement
            | MovementKind::Suspended
            | MovementKind::Released
            | MovementKind::Funding
            | MovementKind::Payout
            | MovementKind::Internal => return PaymentMeans::None,
        };
        match payer {
            AccountKind::Wallet => PaymentMeans::Wallet,
            AccountKind::PayerCard => PaymentMeans::HostedCard,
            AccountKind::Receivable => PaymentMeans::OtherCard,
            AccountKind::Blocked => PaymentMeans::Reserved,
            AccountKind::Suspense => PaymentMeans::Suspense,
            AccountKind::Deposit
            | AccountKind::Nostro
            | AccountKind::Clearing
            | AccountKind::FeeIncome
            | AccountKind::FloatCard
            | AccountKind::BonCard
            | AccountKind::Merchant
            | AccountKind::GuildOpen
            | AccountKind::GuildFree => PaymentMeans::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AccountKind as A, MovementKind as K, PaymentMeans as M, *};
    use crate::{
        CARD_NETWORK, CARD_NOSTRO, FEE_INCOME, SUSPENSE, blocked, clearing, guild_free, guild_open, nostro, wallet,
    };

    const SHOP: PartyId = PartyId(201);
    const OTHER: PartyId = PartyId(202);
    const PAYER: PartyId = PartyId(101);
    const SOURCE: (AccountId, AccountKind) = (AccountId(50_001), A::Deposit);
    const DESTINATION: (AccountId, AccountKind) = (AccountId(50_002), A::Deposit);
    const CARD: (AccountId, AccountKind) = (AccountId(50_003), A::PayerCard);
    const MERCHANT: (AccountId, AccountKind) = (AccountId(50_004), A::Merchant);
    /// Bank 062, 30 Aban 1405, the first cycle.
    const CYCLE: CycleId = CycleId(621_405_083_001);

    fn key(cause: MovementCause, debit: (AccountId, AccountKind), credit: (AccountId, AccountKind)) -> TotalKey {
        let (transfer, at_ms, amount, cause_id) = (TransferId(9), 3 * HALF_HOUR_MS + 7, Rial::new(5), 8);
        Movement { transfer, at_ms, debit, credit, amount, cause_id, cause }.key()
    }

    #[test]
    fn a_movement_of_an_order_is_a_payment_a_fee_a_return_or_on_its_way() {
        let order = |route| MovementCause::Order { bank: Bank::AYANDEH, route, source: SOURCE.0, cycle: Some(CYCLE) };
        let (of_cycle, of_bank) = ((CYCLE.clearing(), A::Clearing), (clearing(Bank::AYANDEH), A::Clearing));
        let (away, fee) = ((nostro(Bank::AYANDEH), A::Nostro), (FEE_INCOME, A::FeeIncome));
        let (suspense, float, bon) =
            ((SUSPENSE, A::Suspense), (AccountId(50_005), A::FloatCard), (AccountId(50_006), A::BonCard));
        for (route, debit, credit, means, kind, cycle) in [
            (Route::Internal, SOURCE, DESTINATION, M::Internal, K::Payment, 0),
            (Route::Internal, SOURCE, fee, M::Internal, K::Fee, 0),
            (Route::Satna, SOURCE, away, M::Satna, K::Payment, 0),
            (Route::Satna, away, SOURCE, M::Satna, K::Refund, 0),
            (Route::Paya, SOURCE, of_cycle, M::Paya, K::Payment, CYCLE.0),
            (Route::Paya, SOURCE, of_bank, M::Paya, K::Payment, CYCLE.0),
            (Route::Paya, of_bank, of_cycle, M::Paya, K::Internal, CYCLE.0),
            (Route::Paya, of_cycle, away, M::Paya, K::Settlement, CYCLE.0),
            (Route::Paya, of_cycle, DESTINATION, M::Paya, K::Settlement, CYCLE.0),
            (Route::Paya, of_cycle, SOURCE, M::Paya, K::Refund, CYCLE.0),
            (Route::Paya, of_cycle, suspense, M::Paya, K::Suspended, CYCLE.0),
            (Route::Card, SOURCE, float, M::BonCard, K::Payment, 0),
            (Route::Card, float, bon, M::BonCard, K::Settlement, 0),
            (Route::Card, float, SOURCE, M::BonCard, K::Refund, 0),
        ] {
            let found = key(order(route), debit, credit);
            assert_eq!((found.means, found.kind, found.cycle), (means, kind, cycle), "{route:?} {debit:?} {credit:?}");
            assert_eq!((found.dialect, found.bank, found.payee), (ReportDialect::Finnotech, 62, 0));
            assert_eq!(found.begins_ms, 3 * HALF_HOUR_MS);
        }
    }

    #[test]
    fn a_movement_of_an_invoice_is_of_its_shop_and_names_the_means() {
        let (of_payer, held) = ((wallet(PAYER), A::Wallet), (blocked(PAYER), A::Blocked));
        let (open, free) = ((guild_open(SHOP, 561), A::GuildOpen), (guild_free(SHOP, 561), A::GuildFree));
        let (hold, network) = ((GATEWAY_HOLD, A::Clearing), (CARD_NETWORK, A::Receivable));
        let (away, suspense) = ((CARD_NOSTRO, A::Nostro), (SUSPENSE, A::Suspense));
        for (debit, credit, means, kind) in [
            (of_payer, open, M::Wallet, K::Payment),
            (of_payer, hold, M::Wallet, K::Payment),
            (CARD, open, M::HostedCard, K::Payment),
            (network, hold, M::OtherCard, K::Payment),
            (held, open, M::Reserved, K::Payment),
            (held, (guild_open(OTHER, 561), A::GuildOpen), M::None, K::Internal),
            (hold, open, M::None, K::Internal),
            (open, held, M::None, K::Internal),
            (of_payer, held, M::None, K::Internal),
            (held, of_payer, M::None, K::Internal),
            (open, of_payer, M::Wallet, K::Refund),
            (hold, of_payer, M::Wallet, K::Refund),
            (free, of_payer, M::Wallet, K::Refund),
            (hold, suspense, M::Suspense, K::Refund),
            (open, free, M::None, K::Settlement),
            (free, away, M::None, K::Payout),
            (away, network, M::None, K::CardSettlement),
        ] {
            let found = key(MovementCause::Invoice(SHOP), debit, credit);
            assert_eq!((found.means, found.kind), (means, kind), "{debit:?} {credit:?}");
            assert_eq!((found.dialect, found.bank, found.payee), (ReportDialect::Pod, 0, SHOP.0));
        }
    }

    #[test]
    fn a_movement_of_no_order_or_invoice_is_a_merchants_or_the_houses() {
        let (away, suspense) = ((CARD_NOSTRO, A::Nostro), (SUSPENSE, A::Suspense));
        let (merchant, house) = ((ReportDialect::Paystar, MERCHANT.0.0), (ReportDialect::House, 0));
        for (debit, credit, whose, means, kind) in [
            (CARD, MERCHANT, merchant, M::HostedCard, K::Payment),
            (MERCHANT, CARD, merchant, M::HostedCard, K::Refund),
            (MERCHANT, suspense, merchant, M::Suspense, K::Refund),
            (MERCHANT, away, merchant, M::None, K::Payout),
            (suspense, MERCHANT, merchant, M::None, K::Released),
            (away, CARD, house, M::None, K::Funding),
            (away, SOURCE, house, M::None, K::Funding),
            (suspense, SOURCE, house, M::None, K::Released),
            (SOURCE, suspense, house, M::None, K::Suspended),
            (SOURCE, away, house, M::None, K::Payout),
            (SOURCE, DESTINATION, house, M::None, K::Internal),
        ] {
            let found = key(MovementCause::Other, debit, credit);
            assert_eq!((found.means, found.kind), (means, kind), "{debit:?} {credit:?}");
            assert_eq!((found.dialect, found.payee), whose, "{debit:?} {credit:?}");
        }
    }
}
