//! What a user must have allowed for a service to take a token of a log-in (second-edition.md 4.3). A party's own token needs none.

use engine::Caller;
use payments::Scope;
use wire::pod::services::Service;

/// The scope of a service; `None`: any token will do. Exhaustive, so that a new service does not compile until it has its scope.
pub const fn scope_of(service: Service) -> Option<Scope> {
    match service {
        // What is the same for every caller.
        Service::GetOtt | Service::GuildList => None,
        Service::GetUserProfile => Some(Scope::Profile),
        Service::GetAccountBill | Service::GetCredit => Some(Scope::WalletRead),
        // Seeing what was issued to one, paying, having it paid by SMS or link, and ending the safekeeping of what was paid.
        Service::PayInvoiceByCredit
        | Service::PayAnyInvoiceByCredit
        | Service::PayInvoiceInFuture
        | Service::SendInvoicePaymentSms
        | Service::ConfirmInvoicePaymentSms
        | Service::SendInvoicePaymentLink
        | Service::GetInvoiceList
        | Service::CloseInvoice
        | Service::CancelInvoice => Some(Scope::InvoicePay),
        Service::GetInvoicePaymentLink
        | Service::PayInvoice
        | Service::PayInvoiceByInvoice
        | Service::PayInvoiceByPermission
        | Service::PayInvoiceByPos
        | Service::IssueInvoice
        | Service::VerifyInvoice
        | Service::VerifyAndCloseInvoice
        | Service::ReduceInvoice
        | Service::TransferByInvoice
        | Service::GetGuildAccountBill
        | Service::GetBusinessCredit => Some(Scope::Business),
    }
}

/// Whether a caller's token is good for a service. A business that has logged in for itself lists what it has issued.
pub fn allows(service: Service, caller: &Caller) -> bool {
    let lists_its_own = service == Service::GetInvoiceList && caller.is_whole();
    lists_its_own || scope_of(service).is_none_or(|scope| caller.may(scope))
}

#[cfg(test)]
mod tests {
    use wire::pod::services::{ALL, Callers};

    use super::*;

    #[test]
    fn what_only_businesses_call_needs_the_scope_of_a_business_and_nothing_else_does() {
        for row in ALL {
            let of_business = scope_of(row.service) == Some(Scope::Business);
            assert_eq!(of_business, row.callers == Callers::Business, "{:?}", row.service);
        }
    }
}
