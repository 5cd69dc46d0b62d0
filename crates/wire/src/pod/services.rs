//! The services with their product ids in production and sandbox, and their direct paths (pod.md 1.1).

/// A service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum Service {
    GetInvoicePaymentLink,
    PayInvoiceByCredit,
    PayAnyInvoiceByCredit,
    SendInvoicePaymentSms,
    ConfirmInvoicePaymentSms,
    PayInvoice,
    PayInvoiceByInvoice,
    PayInvoiceByPermission,
    PayInvoiceInFuture,
    PayInvoiceByPos,
    SendInvoicePaymentLink,
    IssueInvoice,
    GetInvoiceList,
    VerifyInvoice,
    VerifyAndCloseInvoice,
    CloseInvoice,
    CancelInvoice,
    ReduceInvoice,
    GetOtt,
    GuildList,
    GetUserProfile,
    TransferByInvoice,
    GetAccountBill,
    GetGuildAccountBill,
    GetCredit,
    GetBusinessCredit,
}

/// Whose token a service accepts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Callers {
    /// A business's token only.
    Business,
    /// The token of any party.
    Any,
}

/// One row of the table of services.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    pub service: Service,
    /// The product ids of production and of the sandbox. Both are served in every world; 0 for none.
    pub ids: [u32; 2],
    /// The direct path, without a prefix; empty for none.
    pub path: &'static str,
    pub callers: Callers,
}

impl Row {
    /// The service's name: the last part of its path, or its number.
    pub fn operation(&self) -> String {
        match self.path.rsplit('/').next() {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => self.ids[0].to_string(),
        }
    }
}

const fn row(ids: [u32; 2], service: Service, path: &'static str, callers: Callers) -> Row {
    Row { service, ids, path, callers }
}

use Callers::{Any, Business};

/// Every service that is served.
pub const ALL: [Row; 26] = [
    row([29815, 39310], Service::GetInvoicePaymentLink, "/nzh/biz/getInvoicePaymentLink", Business),
    row([30382, 39316], Service::PayInvoiceByCredit, "/nzh/payInvoiceByCredit", Any),
    row([29821, 39317], Service::PayAnyInvoiceByCredit, "/nzh/payAnyInvoiceByCredit", Any),
    row([29807, 39302], Service::SendInvoicePaymentSms, "/nzh/biz/sendInvoicePaymentSMS", Any),
    row([369_550, 0], Service::ConfirmInvoicePaymentSms, "", Any),
    row([29820, 39315], Service::PayInvoiceByPermission, "", Business),
    row([29799, 39294], Service::PayInvoice, "/nzh/biz/payInvoice", Business),
    row([29800, 39295], Service::PayInvoiceByInvoice, "/nzh/biz/payInvoiceByInvoice", Business),
    row([29802, 39297], Service::PayInvoiceInFuture, "/nzh/biz/payInvoiceInFuture", Any),
    row([29801, 39296], Service::PayInvoiceByPos, "/nzh/biz/payInvoiceByPos", Business),
    row([1_113_426, 0], Service::SendInvoicePaymentLink, "", Any),
    row([29796, 39291], Service::IssueInvoice, "/nzh/biz/issueInvoice", Business),
    row([29813, 39308], Service::GetInvoiceList, "/nzh/biz/getInvoiceList", Any),
    row([29809, 39304], Service::VerifyInvoice, "/nzh/biz/verifyInvoice", Business),
    row([29808, 39303], Service::VerifyAndCloseInvoice, "/nzh/biz/verifyAndCloseInvoice", Business),
    // Safe invoices are closed and canceled by their payers, who may be users: a user's token is accepted here, and the decision checks the right.
    row([29812, 39307], Service::CloseInvoice, "/nzh/biz/closeInvoice", Any),
    row([29810, 39305], Service::CancelInvoice, "/nzh/biz/cancelInvoice", Any),
    row([29803, 39298], Service::ReduceInvoice, "/nzh/biz/reduceInvoice", Business),
    row([29816, 39311], Service::GetOtt, "/nzh/ott", Any),
    row([29833, 39329], Service::GuildList, "/nzh/guildList", Any),
    row([29792, 39287], Service::GetUserProfile, "/nzh/getUserProfile", Any),
    row([34988, 42596], Service::TransferByInvoice, "/nzh/biz/transferByInvoice", Business),
    row([34991, 42599], Service::GetAccountBill, "/nzh/getAccountBill", Any),
    row([34990, 42598], Service::GetGuildAccountBill, "/nzh/biz/getAccountBill", Business),
    row([0, 0], Service::GetCredit, "/nzh/getCredit", Any),
    row([0, 0], Service::GetBusinessCredit, "/nzh/biz/getBusinessCredit", Business),
];

/// The service with a product id.
pub fn numbered(id: u32) -> Option<&'static Row> {
    ALL.iter().find(|row| id != 0 && row.ids.contains(&id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_paths_name_one_service_each() {
        for (at, row) in ALL.iter().enumerate() {
            for other in &ALL[at + 1..] {
                assert!(row.path.is_empty() || row.path != other.path, "{}", row.path);
                assert!(row.ids.iter().all(|id| *id == 0 || !other.ids.contains(id)), "{:?}", row.ids);
            }
            assert!(row.ids[0] > 0 || !row.path.is_empty(), "{:?} can be called", row.service);
        }
        assert_eq!(numbered(39_311).map(|row| row.service), Some(Service::GetOtt));
        assert_eq!((numbered(0), numbered(1)), (None, None));
    }
}
