//! Bodies and replies of the card services (000_0c9124fd1c332114.txt; finnotech.md 3.6–3.8, 3.11).

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// The body of chargeCard.
#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub struct ChargeCard<'a> {
    #[serde(borrow)]
    pub amount: Option<&'a RawValue>,
    #[serde(borrow)]
    pub card: Option<&'a RawValue>,
}

/// The body of inquiryChargeCard.
#[derive(Deserialize, Default, Debug)]
#[serde(rename_all = "camelCase", default)]
pub struct ChargeInquiry<'a> {
    #[serde(borrow)]
    pub track_id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub tracker: Option<&'a RawValue>,
}

/// The body of getValidCard, card/balance and card/statement.
#[derive(Deserialize, Default, Debug)]
#[serde(rename_all = "camelCase", default)]
pub struct CardQuery<'a> {
    #[serde(borrow)]
    pub card: Option<&'a RawValue>,
    #[serde(borrow)]
    pub from_date: Option<&'a RawValue>,
    #[serde(borrow)]
    pub to_date: Option<&'a RawValue>,
}

/// A charge that was done.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechCharged)]
#[serde(rename_all = "camelCase")]
pub struct Charged<'a> {
    pub message: &'static str,
    pub card: &'a str,
    pub amount: String,
    pub deposit: &'a str,
    pub tracker: i64,
    pub charge_state: &'static str,
}

/// `message` of a charge that succeeded.
pub const CHARGED: &str = "تراکنش با موفقیت انجام شد";

/// A charge that failed, or whose outcome is unknown.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechNotCharged)]
#[serde(rename_all = "camelCase")]
pub struct NotCharged<'a> {
    pub code: &'static str,
    pub message: &'static str,
    pub description: &'static str,
    pub deposit: &'a str,
    pub card: &'a str,
    pub charge_state: &'static str,
}

/// What became of a charge.
#[derive(Clone, Copy, Serialize, Debug, ToSchema)]
#[schema(as = FinnotechChargeStatus)]
#[serde(rename_all = "camelCase")]
pub struct ChargeStatus<'a> {
    pub message: &'static str,
    pub code: &'static str,
    pub description: &'static str,
    pub transaction_status: &'static str,
    pub tracker: Option<i64>,
    pub track_id: &'a str,
}

/// getValidCard.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechValidCard)]
pub struct ValidCard<'a> {
    pub message: &'static str,
    pub code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'static str>,
    pub card: &'a str,
}

/// card/balance.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechCardBalance)]
pub struct CardBalance {
    pub balance: String,
}

/// card/statement.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechCardStatement)]
pub struct CardStatement {
    pub transactions: Vec<CardRow>,
}

/// One movement on a card. Constants are as the documents print them.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechCardRow)]
pub struct CardRow {
    pub trace: i64,
    pub pan: String,
    pub financialdate: String,
    #[serde(rename = "Local_Date")]
    pub local_date: String,
    pub timein: String,
    #[serde(rename = "Local_Time")]
    pub local_time: String,
    pub acqinst: i64,
    pub acc_termid: &'static str,
    pub refnum: String,
    pub prcode: i64,
    pub pos_cond_code: i64,
    pub amount: String,
    pub available: String,
}
