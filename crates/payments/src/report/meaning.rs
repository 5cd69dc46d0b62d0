//! The words in which reports speak of movements. Their codes are in databases and never change.

use schema::codes;

use crate::Route;

/// The platform that a movement belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ReportDialect {
    /// Transfers and charges of the banks.
    Finnotech,
    /// Payments by telephone.
    Paystar,
    /// Invoices.
    Pod,
    /// None: an operator's own movement, such as an opening balance.
    House,
}

codes!(ReportDialect = "report_total" {
    1 => ReportDialect::Finnotech, 2 => ReportDialect::Paystar, 3 => ReportDialect::Pod, 4 => ReportDialect::House,
});

/// What a movement of money means. Each movement has exactly one meaning, so that the sums of all meanings are the ledger's own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum MovementKind {
    /// A payer's money for a payee.
    Payment,
    /// The house's fee, paid in addition.
    Fee,
    /// Money of a payment that goes back, whole or in part.
    Refund,
    /// Money of a payment that reaches its payee: after its cycle, or when a shop may withdraw it.
    Settlement,
    /// What another bank's cards have paid comes from their network.
    CardSettlement,
    /// Money that has no account to go to.
    Suspended,
    /// Such money goes to an account.
    Released,
    /// Money comes into the house: an opening balance, or a wallet that is filled.
    Funding,
    /// Money leaves the house without a payment.
    Payout,
    /// Between accounts of the same payment: reserved, verified, or on its way to a cycle.
    Internal,
}

codes!(MovementKind = "report_total" {
    1 => MovementKind::Payment, 2 => MovementKind::Fee, 3 => MovementKind::Refund, 4 => MovementKind::Settlement,
    5 => MovementKind::CardSettlement, 6 => MovementKind::Suspended, 7 => MovementKind::Released,
    8 => MovementKind::Funding, 9 => MovementKind::Payout, 10 => MovementKind::Internal,
});

/// The means by which a payment was made, or to which a refund went.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PaymentMeans {
    /// None: the movement is no payment, fee or refund.
    None,
    /// A transfer inside of one bank.
    Internal,
    /// A transfer by the paya network.
    Paya,
    /// A transfer by the satna network.
    Satna,
    /// A charge of a bon card.
    BonCard,
    /// From a wallet.
    Wallet,
    /// By a card that is hosted here.
    HostedCard,
    /// By a card of another bank, on the gateway or at a terminal.
    OtherCard,
    /// By money that was reserved before: for a future day, or by a set-off.
    Reserved,
    /// A refund without a known payer: it waits on suspense.
    Suspense,
}

codes!(PaymentMeans = "report_total" {
    0 => PaymentMeans::None, 1 => PaymentMeans::Internal, 2 => PaymentMeans::Paya, 3 => PaymentMeans::Satna,
    4 => PaymentMeans::BonCard, 5 => PaymentMeans::Wallet, 6 => PaymentMeans::HostedCard,
    7 => PaymentMeans::OtherCard, 8 => PaymentMeans::Reserved, 9 => PaymentMeans::Suspense,
});

impl From<Route> for PaymentMeans {
    fn from(route: Route) -> Self {
        match route {
            Route::Internal => Self::Internal,
            Route::Paya => Self::Paya,
            Route::Satna => Self::Satna,
            Route::Card => Self::BonCard,
        }
    }
}
