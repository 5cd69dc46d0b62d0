//! The parameters of each service (pod.md 3): for the OpenAPI document, which alone reads their descriptions, for reading names in any case, and for
//! strict mode.

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

/// A parameter: name, type, how often it occurs, and what it means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parameter {
    pub name: &'static str,
    pub kind: Kind,
    pub sent: Sent,
    /// Its description in the OpenAPI document: unit, form, allowed values, default, and whose number it is.
    pub about: &'static str,
}

const fn once(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter { name, kind, sent: Sent::Once, about }
}

const fn maybe(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter { name, kind, sent: Sent::AtMostOnce, about }
}

const fn lines(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter { name, kind, sent: Sent::Repeated, about }
}

const fn list(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter { name, kind, sent: Sent::AnyTimes, about }
}

/// A parameter that a service accepts and does not use.
const fn ignored(name: &'static str, kind: Kind) -> Parameter {
    maybe(name, kind, "Accepted and ignored.")
}

use Kind::{Amount, Boolean, Date, Id, Quantity, Rate, Text, Url};

const INVOICE_ID: Parameter = once(
    "invoiceId",
    Id,
    "The number of the invoice: `id` in the reply of `issueInvoice`, not the business's own `billNumber`.",
);
const ID: Parameter = once(
    "id",
    Id,
    "The number of the invoice: `id` in the reply of `issueInvoice`, not the business's own `billNumber`.",
);
const WALLET: Parameter = maybe("wallet", Text, "`PODLAND_WALLET`, the only wallet and the default.");
/// The two sources of money; a call names one.
const FROM_GUILD: Parameter = maybe(
    "guildCode",
    Text,
    "Takes the money from the caller's guild with this code. Exactly one of `guildCode` and `wallet` is required.",
);
const FROM_WALLET: Parameter = maybe(
    "wallet",
    Text,
    "`PODLAND_WALLET`: takes the money from the caller's wallet. Exactly one of `guildCode` and `wallet` is required.",
);
const REDIRECT_URI: Parameter = maybe(
    "redirectUri",
    Url,
    "The address of the business to which the payer's browser goes after the payment. Left out: `redirectURL` of the invoice.",
);
const CALLBACK_URI: Parameter = maybe(
    "callbackUri",
    Url,
    "The address of the business that the server calls when the payer has paid: a webhook, beside the payer's return.",
);
const CALL_URI: Parameter = maybe("callUri", Url, "Another name of `callbackUri`, which counts where both are sent.");
const CURRENCY_CODE: Parameter = maybe("currencyCode", Text, "`IRR`, the only currency and the default.");
const DELEGATORS: Parameter = list(
    "delegatorId",
    Id,
    "The numbers of the parties whose credits the payer uses, in this order. With as many `delegationHash`, each belongs to the credit at the same place.",
);
const HASHES: Parameter = list("delegationHash", Text, "The names of the credits that the payer uses, in this order.");
const FORCED: Parameter = maybe(
    "forceDelegation",
    Boolean,
    "`true`: credits pay everything, or the call is refused; without a list all credits of the payer are used, the oldest first. `false`, the default: the wallet pays the rest.",
);

const BILL: [Parameter; 12] = [
    once("size", Id, "The number of rows in the reply, 1 to 1000."),
    once("offset", Id, "The number of rows to skip, from the newest."),
    maybe("dateFrom", Date, "Only entries from this day on, Jalali `y/m/d`, also with a time: `y/m/d H:m:s`."),
    maybe("dateTo", Date, "Only entries up to this day, included, or up to this time."),
    maybe("description", Text, "Only entries whose description contains this."),
    maybe("amountFrom", Amount, "Only entries of at least this amount, in rials."),
    maybe("amountTo", Amount, "Only entries of at most this amount, in rials."),
    maybe("debtor", Boolean, "`true`: only money that left the account. `false`: only money that came in."),
    maybe("block", Boolean, "`true`: the account of the caller's blocked money instead. Default `false`."),
    maybe(
        "guildCode",
        Text,
        "In the statement of guilds: only the guild with this code; left out, all guilds of the business. That of the wallet ignores it.",
    ),
    WALLET,
    CURRENCY_CODE,
];

/// The parameters that every service accepts beside its own, in a header or as a parameter.
pub const CREDENTIALS: [Parameter; 3] = [
    maybe("_token_", Text, "The API token of a business, or the access token of a user."),
    maybe("_token_issuer_", Text, "`1`, the default; `0` is accepted, too."),
    maybe(
        "_ott_",
        Text,
        "A one-time token: `ott` of a reply to the same `_token_`, at most ten minutes old. Only `issueInvoice` requires one. With it, a call that is sent twice is executed once.",
    ),
];

/// The parameters of every call by product id; their names are compared without case.
pub const ENVELOPE: [Parameter; 3] = [
    once("scProductId", Id, "The product id of the service, in POD's production or in its sandbox."),
    maybe("scApiKey", Text, "The business's key for this service; required if keys are registered for it."),
    list("scVoucherHash", Text, "Accepted and ignored: calls cost nothing."),
];

/// The parameters of a service in the order of its table, with those that it accepts and ignores.
pub const fn of(service: Service) -> &'static [Parameter] {
    match service {
        Service::GetInvoicePaymentLink => const { &PAYMENT_LINK },
        Service::PayInvoiceByCredit => const { &[INVOICE_ID, WALLET, DELEGATORS, HASHES, FORCED] },
        Service::PayAnyInvoiceByCredit => const { &ANY_BY_CREDIT },
        Service::SendInvoicePaymentSms => const { &PAYMENT_SMS },
        Service::ConfirmInvoicePaymentSms => {
            const { &[INVOICE_ID, once("code", Text, "The code of the SMS, which the customer has told: 6 digits.")] }
        }
        Service::PayInvoice => const { &[INVOICE_ID] },
        Service::PayInvoiceByPermission => const { &[INVOICE_ID, WALLET] },
        Service::PayInvoiceByInvoice => const { &SET_OFF },
        Service::PayInvoiceInFuture => {
            const {
                &[
                    INVOICE_ID,
                    once("date", Date, "The day of the payment, Jalali `y/m/d`, after today in Tehran."),
                    FROM_GUILD,
                    FROM_WALLET,
                ]
            }
        }
        Service::PayInvoiceByPos => const { &POS },
        Service::SendInvoicePaymentLink => {
            const {
                &[
                    INVOICE_ID,
                    once("userId", Id, "The number of the user who gets the SMS with the link, to pay the invoice."),
                    REDIRECT_URI,
                    ignored("callbackUri", Url),
                    ignored("callUri", Url),
                ]
            }
        }
        Service::IssueInvoice => const { &INVOICE },
        Service::GetInvoiceList => const { &INVOICES },
        Service::VerifyInvoice => {
            const {
                &[
                    maybe("id", Id, "The number of the invoice. Exactly one of `id` and `billNumber` is required."),
                    maybe("billNumber", Text, "The business's own number of the invoice, instead of `id`."),
                ]
            }
        }
        Service::VerifyAndCloseInvoice | Service::CloseInvoice | Service::CancelInvoice => const { &[ID] },
        Service::ReduceInvoice => const { &REDUCTION },
        Service::GetOtt | Service::GetUserProfile | Service::GetCredit => &[],
        Service::GuildList => {
            const {
                &[
                    maybe("name", Text, "Only guilds whose name contains this."),
                    maybe("offset", Id, "The number of guilds to skip. Default 0."),
                    maybe("size", Id, "The number of guilds in the reply, at least 1. Default 50."),
                ]
            }
        }
        Service::TransferByInvoice => const { &PAY_BACK },
        Service::GetAccountBill | Service::GetGuildAccountBill => &BILL,
        Service::GetBusinessCredit => {
            const { &[maybe("guildCode", Text, "Only the guild with this code. Left out: all guilds of the business.")] }
        }
    }
}

const PAYMENT_LINK: [Parameter; 5] = [
    INVOICE_ID,
    REDIRECT_URI,
    CALLBACK_URI,
    CALL_URI,
    maybe(
        "gateway",
        Text,
        "`PEP`: the link leads to the card page. `LOC`: it pays at once, in a sandbox. Left out: the payer chooses how to pay.",
    ),
];

const ANY_BY_CREDIT: [Parameter; 5] = [
    INVOICE_ID,
    once("wallet", Text, "`PODLAND_WALLET`: the caller's wallet, which pays what credits do not. Left out: 193."),
    DELEGATORS,
    HASHES,
    FORCED,
];

const PAYMENT_SMS: [Parameter; 10] = [
    INVOICE_ID,
    maybe("smsContentType", Id, "What the SMS has: `1` a code, `2` a link, `3`, the default, both."),
    REDIRECT_URI,
    CALLBACK_URI,
    CALL_URI,
    DELEGATORS,
    HASHES,
    list("delegationId", Text, "Another name of `delegationHash`."),
    FORCED,
    WALLET,
];

const SET_OFF: [Parameter; 2] = [
    once(
        "creditorInvoiceId",
        Id,
        "The number of the unpaid invoice that is to be paid: another party has issued it to the caller.",
    ),
    once(
        "debtorInvoiceId",
        Id,
        "The number of the paid invoice that pays: the caller has issued it, and it is not closed. What was received for it must cover the other one.",
    ),
];

const POS: [Parameter; 8] = [
    INVOICE_ID,
    once("terminalNumber", Text, "The number of the terminal, one of the caller's; at most 50 characters."),
    once("merchantCode", Text, "The acquirer's number of the shop; at most 50 characters."),
    once("referenceNumber", Text, "The reference number of the payment, from the terminal; at most 50 characters."),
    once("trackingNumber", Text, "The tracking number of the payment, from the terminal; at most 50 characters."),
    once("transactionDate", Date, "When the terminal took the payment, Jalali `y/m/d H:m:s`, in Tehran."),
    ignored("wallet", Text),
    ignored("inquiryNeeded", Boolean),
];

const INVOICE: [Parameter; 29] = [
    once("guildCode", Text, "The code of the guild in which the invoice is issued, one of the business: `API_GUILD`."),
    lines("productId", Id, "Of each line: the business's number of the product, 0 for none. It is only stored."),
    lines("price", Amount, "Of each line: the price of one unit, in whole rials."),
    lines("quantity", Quantity, "Of each line: the number of units, 0.00001 to 10^9 with at most six decimals."),
    lines("productDescription", Text, "Of each line: what is sold, 1 to 500 characters."),
    list(
        "discount",
        Amount,
        "Of each line: what is deducted, in whole rials, 0 to the price of the line. As many as lines, or none.",
    ),
    maybe(
        "userId",
        Id,
        "The customer: the number of the user or business that the invoice is issued to. Left out or 0: it has none.",
    ),
    maybe(
        "redirectURL",
        Url,
        "The address of the business to which the payer's browser goes after the payment, if the link has no `redirectUri`.",
    ),
    maybe("cellphoneNumber", Text, "The customer's mobile number, for the reply. Left out: the verified one."),
    maybe(
        "billNumber",
        Text,
        "The business's own number of the invoice, 1 to 50 characters, one that it has not used before.",
    ),
    maybe("description", Text, "The text of the invoice, at most 10,000 characters."),
    maybe("metadata", Text, "Any text, normally JSON, at most 10,000 characters. Replies have it as it was sent."),
    maybe("deadline", Date, "The day of delivery, Jalali `y/m/d`: `deliveryDate` of replies. It has no effect."),
    CURRENCY_CODE,
    maybe("preferredTaxRate", Rate, "The tax rate, 0 to 1. Default 0.09 (the setting `tax_rate`)."),
    maybe(
        "verificationNeeded",
        Boolean,
        "`true`: the business has to verify a payment on the payment page within an hour (`verifyInvoice`). Default `false`.",
    ),
    maybe(
        "verifyAfterTimeout",
        Boolean,
        "What becomes of a payment that is not verified in that hour. `true`: it counts as verified. `false`, the default: it is refunded.",
    ),
    maybe(
        "safe",
        Boolean,
        "`true`: only the payer may close the invoice, or cancel it once it is paid. Default `false`.",
    ),
    maybe(
        "preview",
        Boolean,
        "`true`: the amounts are computed, and nothing is issued; `id` of the reply is 0. Default `false`.",
    ),
    maybe("postVoucherEnabled", Boolean, "Stored for replies; it has no effect. Default `false`."),
    maybe(
        "closeTimeOut",
        Id,
        "Seconds after the payment at which the invoice closes by itself, at least 600. Left out: it does not.",
    ),
    list("voucherHash", Text, "Refused with 193: vouchers are used on the payment page."),
    ignored("addressId", Id),
    ignored("hasEvent", Boolean),
    ignored("eventTitle", Text),
    ignored("eventTimeZone", Text),
    ignored("eventReminders", Text),
    ignored("eventDescription", Text),
    ignored("eventMetadata", Text),
];

const INVOICES: [Parameter; 20] = [
    maybe(
        "offset",
        Id,
        "The number of invoices to skip, from the newest. Default 0. At most one of `offset`, `firstId` and `lastId`.",
    ),
    maybe("firstId", Id, "Only invoices with this number and larger ones, the smallest first."),
    maybe("lastId", Id, "Only invoices with this number and smaller ones, the largest first."),
    maybe("size", Id, "The number of invoices in the reply, 1 to 1000. Default 50."),
    maybe("id", Id, "Only the invoice with this number; also one that was issued to the caller, or is replaced."),
    maybe("billNumber", Text, "Only the invoice with this `billNumber`, its issuer's own number."),
    maybe("uniqueNumber", Text, "Only the invoice with this `uniqueNumber`; also one that was issued to the caller."),
    maybe("trackerId", Id, "Only the invoice with this `paymentBillNumber`."),
    maybe("fromDate", Date, "Only invoices issued from this day on, Jalali `y/m/d`, also with a time: `y/m/d H:m:s`."),
    maybe("toDate", Date, "Only invoices issued up to this day, included, or up to this time."),
    maybe("isCanceled", Boolean, "`true`: only canceled invoices. `false`: only others."),
    maybe("isPayed", Boolean, "`true`: only paid invoices. `false`: only others."),
    maybe("isClosed", Boolean, "`true`: only closed invoices. `false`: only others."),
    maybe("isWaiting", Boolean, "`true`: only invoices whose payment has to be verified. `false`: only others."),
    maybe("guildCode", Text, "Only invoices of the guild with this code."),
    maybe(
        "referenceNumber",
        Text,
        "Only the invoice with this `referenceNumber`: that of the reply to the call that issued it.",
    ),
    maybe("userId", Id, "Only invoices that were issued to the user or business with this number."),
    list("issuerId", Id, "Only invoices that a business with one of these numbers has issued; at most 16."),
    maybe(
        "query",
        Text,
        "Only invoices with words that begin with these, in bill number, description or lines; at most 16 words, which must all be there.",
    ),
    list("productIdList", Id, "Only invoices with a line of one of these products (`productId`); at most 16."),
];

const REDUCTION: [Parameter; 6] = [
    ID,
    lines("invoiceItemId", Id, "Of each line, and all lines have to be there: its `id` in `invoiceItemSrvs`."),
    lines("price", Amount, "Of each line: the new price of one unit, in whole rials; not above the old one."),
    lines("quantity", Quantity, "Of each line: the new number of units; not above the old one."),
    lines("itemDescription", Text, "Of each line: what is sold, 1 to 500 characters."),
    maybe("preferredTaxRate", Rate, "The tax rate, 0 to 1. Default: that of the invoice."),
];

const PAY_BACK: [Parameter; 7] = [
    INVOICE_ID,
    once(
        "amount",
        Amount,
        "What is paid back, in whole rials; with earlier transfers at most what was received for the invoice.",
    ),
    once("description", Text, "Why, at most 10,000 characters. It is required, but not stored."),
    FROM_GUILD,
    FROM_WALLET,
    CURRENCY_CODE,
    maybe(
        "uniqueId",
        Text,
        "The business's own number of this transfer, at most 100 characters. One that was used before is refused, so a repeated call moves nothing.",
    ),
];

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
