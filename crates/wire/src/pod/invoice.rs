//! The invoice in replies (pod.md 4.1). The fields are in the order of a real reply.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::read_params::MICRO;

/// The code of every wallet.
pub const WALLET: &str = "PODLAND_WALLET";
/// The tool of a payment from a wallet.
pub const BY_WALLET: &str = "PAYMENT_TOOL_CREDIT";
/// The tool of a payment by card on the gateway.
pub const BY_CARD: &str = "PAYMENT_TOOL_ONLINE_CREDIT";
/// The tool of a payment at a terminal of the shop.
pub const BY_POS: &str = "PAYMENT_TOOL_POS";

/// A user or a business.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PodPartySrv)]
#[serde(rename_all = "camelCase")]
pub struct PartySrv<'a> {
    /// The number of the user or business: `userId` of requests.
    pub id: i64,
    /// Its name.
    pub name: &'a str,
    /// The id, as a text.
    #[serde(serialize_with = "in_digits")]
    #[schema(value_type = String)]
    sso_id: i64,
    /// Always 1.
    sso_issuer_code: u8,
}

fn in_digits<S: Serializer>(number: &i64, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(number)
}

impl<'a> PartySrv<'a> {
    pub fn new(id: i64, name: &'a str) -> Self {
        Self { id, name, sso_id: id, sso_issuer_code: 1 }
    }
}

/// The issuer, as a shop.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PodBusinessSrv)]
#[serde(rename_all = "camelCase")]
pub struct BusinessSrv<'a> {
    /// The number of the business.
    pub id: i64,
    /// Its name.
    pub name: &'a str,
    /// Always 0: there is no catalogue.
    num_of_products: u8,
    /// There are no ratings.
    rate: Rate,
    /// Its IBAN, without `IR`; left out if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheba: Option<&'a str>,
}

/// What customers think of a shop.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = PodRate)]
#[serde(rename_all = "camelCase")]
struct Rate {
    /// Always 0.
    rate: u8,
    /// Always 0.
    rate_count: u8,
}

impl<'a> BusinessSrv<'a> {
    pub fn new(id: i64, name: &'a str, sheba: Option<&'a str>) -> Self {
        Self { id, name, num_of_products: 0, rate: Rate::default(), sheba }
    }
}

/// A guild.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = PodGuildSrv)]
pub struct GuildSrv<'a> {
    /// The number of the guild.
    pub id: i64,
    /// Its Persian name.
    pub name: &'a str,
    /// Its code: `guildCode` of requests.
    pub code: &'a str,
}

/// Millionths; serialised as a decimal without trailing zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Micro(pub i64);

impl Serialize for Micro {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (whole, fraction) = (self.0 / MICRO, self.0 % MICRO);
        if fraction == 0 {
            return whole.serialize(serializer);
        }
        let text = format!("{whole}.{fraction:06}");
        let text = text.trim_end_matches('0').to_owned();
        RawValue::from_string(text).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

/// A line.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PodItemSrv)]
#[serde(rename_all = "camelCase")]
pub struct ItemSrv<'a> {
    /// The number of the line: `invoiceItemId` of `reduceInvoice`.
    pub id: i64,
    /// The price of one unit in rials.
    pub amount: i64,
    /// What is sold.
    pub description: &'a str,
    /// The number of units, a decimal number.
    #[schema(value_type = f64)]
    pub quantity: Micro,
    /// What is deducted from the line, in rials.
    pub discount: i64,
    /// On the first line: the vouchers that were used on the invoice.
    pub voucher_usage_srvs: Vec<VoucherUsageSrv<'a>>,
}

/// A voucher that was used.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PodVoucherUsageSrv)]
#[serde(rename_all = "camelCase")]
pub struct VoucherUsageSrv<'a> {
    /// The code of the voucher.
    pub hash: &'a str,
    /// When it was used. Milliseconds of Unix time.
    pub consum_date: i64,
    /// What it paid, in rials.
    pub used_amount: i64,
    /// It was given back.
    pub canceled: bool,
}

/// An invoice. Amounts are whole rials, instants milliseconds of Unix time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PodInvoiceSrv)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceSrv<'a> {
    /// The number of the invoice: `invoiceId` or `id` of requests. 0 of a preview.
    pub id: i64,
    /// The sum of the lines in rials, without discounts and tax.
    pub total_amount_without_discount: i64,
    /// What credits have paid, in rials.
    pub delegation_amount: i64,
    /// `totalAmountWithoutDiscount` less the discounts, in rials.
    pub total_amount: i64,
    /// What has to be paid, in rials: `totalAmount` and `vat`. It does not change when it is paid.
    pub payable_amount: i64,
    /// The tax in rials: `totalAmount` times the rate, rounded once.
    pub vat: i64,
    /// When it was issued. Milliseconds of Unix time.
    pub issuance_date: i64,
    /// Midnight in Tehran of the `deadline`; 0 if there is none. Milliseconds of Unix time.
    pub delivery_date: i64,
    /// The business's own number of the invoice, if it gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill_number: Option<&'a str>,
    /// The number under which it is paid, digits: `trackerId` of `getInvoiceList`.
    pub payment_bill_number: String,
    /// A random number in hexadecimal digits, for payers' links. Who knows it can open the page that pays the invoice.
    pub unique_number: String,
    /// The text of the invoice, as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
    /// When the money was taken, also if it is not verified yet; 0: not paid. Milliseconds of Unix time.
    pub payment_date: i64,
    /// It is paid. There is no field `paid`. `false` while `waiting`; it stays `true` if a paid invoice is canceled.
    pub payed: bool,
    /// The number among the business's paid invoices of the Jalali year; 0: not paid.
    pub serial: i64,
    /// It is canceled, or replaced by `reduceInvoice`.
    pub canceled: bool,
    /// When it was canceled; 0: it is not. Milliseconds of Unix time.
    pub cancel_date: i64,
    /// The business that issued it, as a shop.
    pub business: BusinessSrv<'a>,
    /// The lines.
    pub invoice_item_srvs: Vec<ItemSrv<'a>>,
    /// The guild in which it was issued.
    pub guild_srv: GuildSrv<'a>,
    /// The customer: whom it was issued to. Left out if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_srv: Option<PartySrv<'a>>,
    /// The mobile number of the request; without it, the customer's verified one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cellphone_number: Option<&'a str>,
    /// It is closed: nothing changes it any more.
    pub closed: bool,
    /// A payment on the payment page has to be verified.
    pub verification_needed: bool,
    /// When its payment was verified. Milliseconds of Unix time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification_date: Option<i64>,
    /// The number of the invoice that this one replaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_invoice_id: Option<i64>,
    /// The `metadata` of the request, as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<&'a str>,
    /// Only its payer may close it, or cancel it once it is paid.
    pub safe: bool,
    /// As it was sent; it has no effect.
    pub post_voucher_enabled: bool,
    /// `referenceNumber` of the reply to the call that issued it.
    pub reference_number: &'a str,
    /// The business that issued it.
    pub issuer_srv: PartySrv<'a>,
    /// It pays, or has paid, another invoice (`payInvoiceByInvoice`).
    pub will_be_blocked: bool,
    /// Another invoice pays it at the next settlement of cards.
    pub will_be_paid: bool,
    /// The day for which its payment is promised; it stays after the payment. Milliseconds of Unix time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub will_be_paid_at: Option<i64>,
    /// Seconds after the payment at which it closes by itself; 0: never.
    pub unsafe_close_time_out: i64,
    /// Always false.
    pub sub_invoice: bool,
    /// `reduceInvoice` has replaced it.
    pub edited: bool,
    /// The money was taken on the payment page, and has to be verified within an hour.
    pub waiting: bool,
    /// `PODLAND_WALLET` if a wallet paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wallet: Option<&'static str>,
    /// Who paid, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer: Option<PartySrv<'a>>,
    /// `PAYMENT_TOOL_CREDIT`: from a wallet. `PAYMENT_TOOL_ONLINE_CREDIT`: by a card on the payment page. `PAYMENT_TOOL_POS`: at a terminal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_tool_code: Option<&'static str>,
    /// The terminal, of a payment by card or at a terminal; `LOC` of the sandbox's local gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminal_number: Option<&'a str>,
    /// The first six and the last four digits of the card that paid, with `******` between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masked_card_number: Option<&'a str>,
    /// The last four digits of the card that paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_four_digit_of_card_number: Option<&'a str>,
    /// The card network's reference number of the payment; of one at a terminal, `referenceNumber` of the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rrn: Option<&'a str>,
    /// The gateway's tracking number of the payment (`tref` in the return address); of one at a terminal, `trackingNumber` of the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_reference_id: Option<&'a str>,
    /// Once paid: the card network has settled the money. Other money is settled at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill_settled: Option<bool>,
    /// Once paid: the money can be withdrawn, as the invoice is settled and closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawable: Option<bool>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_printed_as_it_was_sent_and_whole_ones_without_a_point() {
        // pod.md 1.5.
        for (micro, expected) in [
            (MICRO, "1"),
            (100_000, "0.1"),
            (10, "0.00001"),
            (2 * MICRO + 500_001, "2.500001"),
            (999_999_999 * MICRO + 999_999, "999999999.999999"),
        ] {
            assert_eq!(serde_json::to_string(&Micro(micro)).unwrap(), expected);
        }
    }
}
