//! The scopes that services need from the token of a log-in (second-edition.md 4.3). A party's own token needs no scope.

use engine::Caller;
use payments::Scope;
use wire::pod::services::Service;

/// The scope that a service needs; `None`: none. The match is exhaustive, so that a new service does not compile without a scope.
pub const fn scope_of(service: Service) -> Option<Scope> {
    match service {
        // The result is the same for every caller.
        Service::GetOtt | Service::GuildList => None,
        Service::GetUserProfile => Some(Scope::Profile),
        Service::GetAccountBill | Service::GetCredit => Some(Scope::WalletRead),
        // Listing the invoices issued to the user, paying them, sending codes and links to pay with, and closing or canceling paid invoices.
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

/// Whether a caller's token may call a service. A business with a token of full rights may always list the invoices that it has issued.
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
