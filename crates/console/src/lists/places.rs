//! The pages of lists.

use admin::lists::ListName;

/// The path of a list's page, with the parameter that selects it; `None`: it has no page.
pub fn path_of(list: ListName) -> Option<&'static str> {
    match list {
        ListName::Orders => Some("/console/orders"),
        ListName::PhoneOrders => Some("/console/phone"),
        ListName::Invoices => Some("/console/invoices"),
        ListName::Sms => Some("/console/messages"),
        ListName::Webhooks => Some("/console/messages?which=calls"),
        ListName::CardAttempts => Some("/console/card-attempts"),
        ListName::Jobs => Some("/console/jobs"),
        ListName::Audit => Some("/console/audit"),
        ListName::Proposals => Some("/console/decisions"),
        ListName::Parties => None,
    }
}

/// A path with a further query string.
pub fn address(path: &str, query: &str) -> String {
    match (query.is_empty(), path.contains('?')) {
        (true, _) => path.to_owned(),
        (false, true) => format!("{path}&{query}"),
        (false, false) => format!("{path}?{query}"),
    }
}
