//! Replies with balances, statements and profiles (pod.md 3.13).

use serde::Serialize;
use utoipa::ToSchema;

use super::invoice::{GuildSrv, WALLET};

/// A currency.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = PodCurrency)]
pub struct Currency {
    /// Its Persian name.
    name: &'static str,
    /// Always `IRR`.
    code: &'static str,
}

/// The only currency.
pub const RIAL: Currency = Currency { name: "ریال", code: "IRR" };
/// The code of the only currency.
pub const RIAL_CODE: &str = "IRR";
/// The name of the blocked account in statements.
pub const BLOCKED_NAME: &str = "حساب مسدودی";

/// A wallet's balance, in rials.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PodCustomerAmount)]
#[serde(rename_all = "camelCase")]
pub struct CustomerAmount {
    /// The balance in rials.
    amount: i64,
    /// The only currency.
    currency_srv: Currency,
    /// Always false.
    is_auto_settle: bool,
    /// Always `PODLAND_WALLET`.
    wallet: &'static str,
    /// Always true.
    active: bool,
}

impl CustomerAmount {
    pub fn new(amount: i64) -> Self {
        Self { amount, currency_srv: RIAL, is_auto_settle: false, wallet: WALLET, active: true }
    }
}

/// A guild account's balance, in rials.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PodBusinessAmount)]
#[serde(rename_all = "camelCase")]
pub struct BusinessAmount {
    /// The money of the guild in rials, withdrawable or not.
    amount: i64,
    /// The part of it that can be withdrawn, in rials.
    withdrawable_amount: i64,
    /// The guild.
    guild_srv: GuildSrv<'static>,
    /// The only currency.
    currency_srv: Currency,
    /// Always false.
    is_auto_settle: bool,
}

impl BusinessAmount {
    pub fn new(guild_srv: GuildSrv<'static>, amount: i64, withdrawable_amount: i64) -> Self {
        Self { amount, withdrawable_amount, guild_srv, currency_srv: RIAL, is_auto_settle: false }
    }
}

/// Blocked money, in rials.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PodBlockedAmount)]
#[serde(rename_all = "camelCase")]
pub struct BlockedAmount {
    /// The blocked money in rials.
    amount: i64,
    /// The only currency.
    currency_srv: Currency,
    /// Always `PODLAND_WALLET`.
    wallet: &'static str,
    /// Always true.
    block: bool,
}

impl BlockedAmount {
    pub fn new(amount: i64) -> Self {
        Self { amount, currency_srv: RIAL, wallet: WALLET, block: true }
    }
}

/// All balances of a party; what does not apply is empty.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = PodBalances)]
#[serde(rename_all = "camelCase")]
pub struct Balances {
    /// The wallet.
    pub customer_amount_srvs: Vec<CustomerAmount>,
    /// The business's guilds, or the one of `guildCode`.
    pub main_business_amount_srvs: Vec<BusinessAmount>,
    /// Always empty.
    #[schema(value_type = Vec<Object>)]
    pub blocked_business_amount_srvs: [(); 0],
    /// The money that is promised for a future day or to another invoice; empty if there is none.
    pub block_amount_srvs: Vec<BlockedAmount>,
}

/// A party, as itself sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PodProfile)]
#[serde(rename_all = "camelCase")]
pub struct Profile<'a> {
    /// Always 1.
    pub version: u8,
    /// The name.
    pub name: &'a str,
    /// The same as `name`.
    pub nick_name: &'a str,
    /// The mobile number, if it is verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cellphone_number: Option<&'a str>,
    /// The mobile number, if it is not verified.
    #[serde(rename = "cellphoneNumber_unverified", skip_serializing_if = "Option::is_none")]
    pub unverified: Option<&'a str>,
    /// When the party was registered. Milliseconds of Unix time.
    pub join_date: i64,
    /// The number of the user or business: `userId` of requests.
    pub user_id: i64,
    /// Always false.
    pub guest: bool,
    /// The same as `name`.
    pub username: &'a str,
    /// `userId`, as a text.
    pub sso_id: String,
    /// Always 1.
    pub sso_issuer_code: u8,
}

/// A row of a statement. Amounts are rials, instants milliseconds of Unix time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PodStatementRow)]
#[serde(rename_all = "camelCase")]
pub struct StatementRow<'a> {
    /// `PODLAND_WALLET`, the name of the guild, or `حساب مسدودی` (blocked money).
    pub account_name: &'a str,
    /// When it was booked. Milliseconds of Unix time.
    pub issuance_date: i64,
    /// The amount in rials, without a sign: see `debtor`.
    pub amount: i64,
    /// The money left the account; `false`: it came in.
    pub debtor: bool,
    /// The balance after it, in rials.
    pub after_tx_amount: i64,
    /// The description of the entry's invoice; without one, that of its first line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
    /// The number of the booking.
    pub document_id: i64,
    /// The same as `documentId`, as a text.
    pub tx_number: String,
    /// The business that issued the entry's invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer_name: Option<&'a str>,
    /// Whether the entry's invoice is canceled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canceled: Option<bool>,
    /// The only currency.
    pub currency: Currency,
    /// The number of the entry's invoice; left out, as the other fields about it, if the entry has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice_id: Option<i64>,
    /// The business's own number of that invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice_bill_number: Option<&'a str>,
    /// Whether that invoice is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice_closed: Option<bool>,
    /// Whether the money of that invoice is settled; left out if it is not paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill_settled: Option<bool>,
    /// Whether the money of that invoice can be withdrawn; left out if it is not paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawable: Option<bool>,
}
