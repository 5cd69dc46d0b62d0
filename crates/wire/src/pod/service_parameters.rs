//! The parameters of each service (pod.md 3), for the OpenAPI document and for strict mode.

use super::services::Service;

/// The type of a parameter's value (pod.md 1.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Text,
    Boolean,
    /// 1 to 18 digits.
    Id,
    /// Whole rials.
    Amount,
    /// A decimal number.
    Quantity,
    /// A decimal number from 0 to 1.
    Rate,
    /// A day of the Jalali calendar, optionally with a time.
    Date,
    Url,
}

/// How often a parameter occurs in a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sent {
    Once,
    /// Once or not at all.
    AtMostOnce,
    /// A list with at least one value.
    Repeated,
    /// A list that may be empty.
    AnyTimes,
}

/// A parameter: name, type, and how often it occurs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parameter {
    pub name: &'static str,
    pub kind: Kind,
    pub sent: Sent,
}

const fn once(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, sent: Sent::Once }
}

const fn maybe(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, sent: Sent::AtMostOnce }
}

const fn lines(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, sent: Sent::Repeated }
}

const fn list(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, sent: Sent::AnyTimes }
}

use Kind::{Amount, Boolean, Date, Id, Quantity, Rate, Text, Url};

const INVOICE_ID: Parameter = once("invoiceId", Id);
const ID: Parameter = once("id", Id);
const WALLET: Parameter = maybe("wallet", Text);
const GUILD_CODE: Parameter = maybe("guildCode", Text);
const REDIRECT_URI: Parameter = maybe("redirectUri", Url);
const CALLBACK_URI: Parameter = maybe("callbackUri", Url);
const CURRENCY_CODE: Parameter = maybe("currencyCode", Text);
const TAX_RATE: Parameter = maybe("preferredTaxRate", Rate);
const DELEGATORS: Parameter = list("delegatorId", Id);
const HASHES: Parameter = list("delegationHash", Text);
const FORCED: Parameter = maybe("forceDelegation", Boolean);
const SIZE: Parameter = maybe("size", Id);
const OFFSET: Parameter = maybe("offset", Id);

const BILL: [Parameter; 12] = [
    once("size", Id),
    once("offset", Id),
    maybe("dateFrom", Date),
    maybe("dateTo", Date),
    maybe("description", Text),
    maybe("amountFrom", Amount),
    maybe("amountTo", Amount),
    maybe("debtor", Boolean),
    maybe("block", Boolean),
    GUILD_CODE,
    WALLET,
    CURRENCY_CODE,
];

/// The parameters that every service accepts beside its own, in a header or as a parameter.
pub const CREDENTIALS: [Parameter; 3] = [maybe("_token_", Text), maybe("_token_issuer_", Text), maybe("_ott_", Text)];

/// The parameters of every call by product id; their names are compared without case.
pub const ENVELOPE: [Parameter; 3] = [once("scProductId", Id), maybe("scApiKey", Text), list("scVoucherHash", Text)];

/// The parameters of a service in the order of its table, with those that it accepts and ignores.
pub const fn of(service: Service) -> &'static [Parameter] {
    match service {
        Service::GetInvoicePaymentLink => {
            const { &[INVOICE_ID, REDIRECT_URI, CALLBACK_URI, maybe("callUri", Url), maybe("gateway", Text)] }
        }
        Service::PayInvoiceByCredit => const { &[INVOICE_ID, WALLET, DELEGATORS, HASHES, FORCED] },
        Service::PayAnyInvoiceByCredit => const { &[INVOICE_ID, once("wallet", Text), DELEGATORS, HASHES, FORCED] },
        Service::SendInvoicePaymentSms => {
            const {
                &[
                    INVOICE_ID,
                    maybe("smsContentType", Id),
                    REDIRECT_URI,
                    CALLBACK_URI,
                    maybe("callUri", Url),
                    DELEGATORS,
                    HASHES,
                    list("delegationId", Text),
                    FORCED,
                    WALLET,
                ]
            }
        }
        Service::ConfirmInvoicePaymentSms => const { &[INVOICE_ID, once("code", Text)] },
        Service::PayInvoice => const { &[INVOICE_ID] },
        Service::PayInvoiceByPermission => const { &[INVOICE_ID, WALLET] },
        Service::PayInvoiceByInvoice => const { &[once("creditorInvoiceId", Id), once("debtorInvoiceId", Id)] },
        Service::PayInvoiceInFuture => const { &[INVOICE_ID, once("date", Date), GUILD_CODE, WALLET] },
        Service::PayInvoiceByPos => {
            const {
                &[
                    INVOICE_ID,
                    once("terminalNumber", Text),
                    once("merchantCode", Text),
                    once("referenceNumber", Text),
                    once("trackingNumber", Text),
                    once("transactionDate", Date),
                    WALLET,
                    maybe("inquiryNeeded", Boolean),
                ]
            }
        }
        Service::SendInvoicePaymentLink => {
            const { &[INVOICE_ID, once("userId", Id), REDIRECT_URI, CALLBACK_URI, maybe("callUri", Url)] }
        }
        Service::IssueInvoice => {
            const {
                &[
                    once("guildCode", Text),
                    lines("productId", Id),
                    lines("price", Amount),
                    lines("quantity", Quantity),
                    lines("productDescription", Text),
                    list("discount", Amount),
                    maybe("userId", Id),
                    maybe("redirectURL", Url),
                    maybe("cellphoneNumber", Text),
                    maybe("billNumber", Text),
                    maybe("description", Text),
                    maybe("metadata", Text),
                    maybe("deadline", Date),
                    CURRENCY_CODE,
                    TAX_RATE,
                    maybe("verificationNeeded", Boolean),
                    maybe("verifyAfterTimeout", Boolean),
                    maybe("safe", Boolean),
                    maybe("preview", Boolean),
                    maybe("postVoucherEnabled", Boolean),
                    maybe("closeTimeOut", Id),
                    list("voucherHash", Text),
                    maybe("addressId", Id),
                    maybe("hasEvent", Boolean),
                    maybe("eventTitle", Text),
                    maybe("eventTimeZone", Text),
                    maybe("eventReminders", Text),
                    maybe("eventDescription", Text),
                    maybe("eventMetadata", Text),
                ]
            }
        }
        Service::GetInvoiceList => {
            const {
                &[
                    OFFSET,
                    maybe("firstId", Id),
                    maybe("lastId", Id),
                    SIZE,
                    maybe("id", Id),
                    maybe("billNumber", Text),
                    maybe("uniqueNumber", Text),
                    maybe("trackerId", Id),
                    maybe("fromDate", Date),
                    maybe("toDate", Date),
                    maybe("isCanceled", Boolean),
                    maybe("isPayed", Boolean),
                    maybe("isClosed", Boolean),
                    maybe("isWaiting", Boolean),
                    GUILD_CODE,
                    maybe("referenceNumber", Text),
                    maybe("userId", Id),
                    list("issuerId", Id),
                    maybe("query", Text),
                    list("productIdList", Id),
                ]
            }
        }
        Service::VerifyInvoice => const { &[maybe("id", Id), maybe("billNumber", Text)] },
        Service::VerifyAndCloseInvoice | Service::CloseInvoice | Service::CancelInvoice => const { &[ID] },
        Service::ReduceInvoice => {
            const {
                &[
                    ID,
                    lines("invoiceItemId", Id),
                    lines("price", Amount),
                    lines("quantity", Quantity),
                    lines("itemDescription", Text),
                    TAX_RATE,
                ]
            }
        }
        Service::GetOtt | Service::GetUserProfile | Service::GetCredit => &[],
        Service::GuildList => const { &[maybe("name", Text), OFFSET, SIZE] },
        Service::TransferByInvoice => {
            const {
                &[
                    INVOICE_ID,
                    once("amount", Amount),
                    once("description", Text),
                    GUILD_CODE,
                    WALLET,
                    CURRENCY_CODE,
                    maybe("uniqueId", Text),
                ]
            }
        }
        Service::GetAccountBill | Service::GetGuildAccountBill => &BILL,
        Service::GetBusinessCredit => const { &[GUILD_CODE] },
    }
}

/// The names of a service's own parameters.
pub fn names(service: Service) -> impl Iterator<Item = &'static str> {
    of(service).iter().map(|parameter| parameter.name)
}

/// The names of the parameters that every call can carry.
pub fn common_names() -> impl Iterator<Item = &'static str> {
    CREDENTIALS.iter().chain(&ENVELOPE).map(|parameter| parameter.name)
}

/// Whether a service has a parameter of this name; a list's name may carry brackets.
pub fn has(service: Service, name: &str) -> bool {
    let bare = name.split('[').next().unwrap_or_default();
    let named = |parameters: &[Parameter]| parameters.iter().any(|parameter| parameter.name == bare);
    named(of(service))
        || named(&CREDENTIALS)
        || ENVELOPE.iter().any(|parameter| parameter.name.eq_ignore_ascii_case(bare))
}

#[cfg(test)]
mod tests {
    use super::super::services::ALL;
    use super::*;

    #[test]
    fn a_service_has_its_own_parameters_those_of_all_and_no_others() {
        for (name, known) in [
            ("price[]", true),
            ("price[0]", true),
            ("price", true),
            ("Price", false),
            ("invoiceItemId", false),
            ("_ott_", true),
            ("ScProductId", true),
            ("scApiKey", true),
            ("_OTT_", false),
            ("", false),
        ] {
            assert_eq!(has(Service::IssueInvoice, name), known, "{name}");
        }
    }

    #[test]
    fn no_service_has_a_parameter_twice() {
        for row in ALL {
            let mut names: Vec<&str> = of(row.service).iter().map(|parameter| parameter.name).collect();
            names.sort_unstable();
            let all = names.len();
            names.dedup();
            assert_eq!(names.len(), all, "{:?}", row.service);
        }
    }

    /// Names are read without regard to case, so one spelling must not match two parameters.
    #[test]
    fn no_two_parameters_of_a_service_differ_in_their_letters_alone() {
        for row in ALL {
            let mut all: Vec<String> = names(row.service).chain(common_names()).map(str::to_ascii_lowercase).collect();
            let many = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), many, "{:?}", row.service);
        }
    }
}
