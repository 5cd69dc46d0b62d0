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
    pub id: i64,
    pub name: &'a str,
    /// The id, as a text.
    #[serde(serialize_with = "in_digits")]
    #[schema(value_type = String)]
    sso_id: i64,
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
    pub id: i64,
    pub name: &'a str,
    num_of_products: u8,
    rate: Rate,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheba: Option<&'a str>,
}

#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = PodRate)]
#[serde(rename_all = "camelCase")]
struct Rate {
    rate: u8,
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
    pub id: i64,
    pub name: &'a str,
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
    pub id: i64,
    /// Of one unit.
    pub amount: i64,
    pub description: &'a str,
    #[schema(value_type = f64)]
    pub quantity: Micro,
    pub discount: i64,
    /// On the first line: the vouchers that were used on the invoice.
    pub voucher_usage_srvs: Vec<VoucherUsageSrv<'a>>,
}

/// A voucher that was used.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PodVoucherUsageSrv)]
#[serde(rename_all = "camelCase")]
pub struct VoucherUsageSrv<'a> {
    pub hash: &'a str,
    pub consum_date: i64,
    pub used_amount: i64,
    /// It was given back.
    pub canceled: bool,
}

/// See the module. Amounts are whole rials, instants milliseconds of Unix time, 0 where there is none.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PodInvoiceSrv)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceSrv<'a> {
    pub id: i64,
    pub total_amount_without_discount: i64,
    pub delegation_amount: i64,
    pub total_amount: i64,
    pub payable_amount: i64,
    pub vat: i64,
    pub issuance_date: i64,
    pub delivery_date: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill_number: Option<&'a str>,
    pub payment_bill_number: String,
    pub unique_number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
    pub payment_date: i64,
    pub payed: bool,
    pub serial: i64,
    pub canceled: bool,
    pub cancel_date: i64,
    pub business: BusinessSrv<'a>,
    pub invoice_item_srvs: Vec<ItemSrv<'a>>,
    pub guild_srv: GuildSrv<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_srv: Option<PartySrv<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cellphone_number: Option<&'a str>,
    pub closed: bool,
    pub verification_needed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification_date: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_invoice_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<&'a str>,
    pub safe: bool,
    pub post_voucher_enabled: bool,
    pub reference_number: &'a str,
    pub issuer_srv: PartySrv<'a>,
    pub will_be_blocked: bool,
    pub will_be_paid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub will_be_paid_at: Option<i64>,
    pub unsafe_close_time_out: i64,
    pub sub_invoice: bool,
    pub edited: bool,
    pub waiting: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wallet: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer: Option<PartySrv<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_tool_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminal_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masked_card_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_four_digit_of_card_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rrn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_reference_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill_settled: Option<bool>,
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
