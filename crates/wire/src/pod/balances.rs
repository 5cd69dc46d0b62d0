//! Replies with balances, statements and profiles (pod.md 3.13).

use serde::Serialize;
use utoipa::ToSchema;

use super::invoice::{GuildSrv, WALLET};

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = PodCurrency)]
pub struct Currency {
    name: &'static str,
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
    amount: i64,
    currency_srv: Currency,
    is_auto_settle: bool,
    wallet: &'static str,
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
    amount: i64,
    withdrawable_amount: i64,
    guild_srv: GuildSrv<'static>,
    currency_srv: Currency,
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
    amount: i64,
    currency_srv: Currency,
    wallet: &'static str,
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
    pub customer_amount_srvs: Vec<CustomerAmount>,
    pub main_business_amount_srvs: Vec<BusinessAmount>,
    #[schema(value_type = Vec<Object>)]
    pub blocked_business_amount_srvs: [(); 0],
    pub block_amount_srvs: Vec<BlockedAmount>,
}

/// A party, as itself sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PodProfile)]
#[serde(rename_all = "camelCase")]
pub struct Profile<'a> {
    pub version: u8,
    pub name: &'a str,
    pub nick_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cellphone_number: Option<&'a str>,
    #[serde(rename = "cellphoneNumber_unverified", skip_serializing_if = "Option::is_none")]
    pub unverified: Option<&'a str>,
    pub join_date: i64,
    pub user_id: i64,
    pub guest: bool,
    pub username: &'a str,
    pub sso_id: String,
    pub sso_issuer_code: u8,
}

/// A row of a statement. Amounts are rials, instants milliseconds of Unix time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PodStatementRow)]
#[serde(rename_all = "camelCase")]
pub struct StatementRow<'a> {
    pub account_name: &'a str,
    pub issuance_date: i64,
    pub amount: i64,
    /// Whether the money left the account.
    pub debtor: bool,
    pub after_tx_amount: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
    pub document_id: i64,
    pub tx_number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canceled: Option<bool>,
    pub currency: Currency,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice_bill_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice_closed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill_settled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawable: Option<bool>,
}
