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
    /// That the charge is done, in Persian.
    pub message: &'static str,
    /// The last four digits of the card.
    pub card: &'a str,
    /// The amount in rials, as a text.
    pub amount: String,
    /// The account number of the source.
    pub deposit: &'a str,
    /// The bank's number of the charge, which `inquiryChargeCard` takes.
    pub tracker: i64,
    /// `DONE`.
    pub charge_state: &'static str,
}

/// `message` of a charge that succeeded.
pub const CHARGED: &str = "تراکنش با موفقیت انجام شد";

/// A charge that failed, or whose outcome is unknown.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechNotCharged)]
#[serde(rename_all = "camelCase")]
pub struct NotCharged<'a> {
    /// The result code of the charge.
    pub code: &'static str,
    /// `Unsuccess` or `Unknown`. Judge by `chargeState`.
    pub message: &'static str,
    /// The Persian text of the code.
    pub description: &'static str,
    /// The account number of the source.
    pub deposit: &'a str,
    /// The last four digits of the card.
    pub card: &'a str,
    /// `FAILED`: the card is not charged. `UNKNOWN`: ask `inquiryChargeCard`, and do not charge again.
    pub charge_state: &'static str,
}

/// What became of a charge.
#[derive(Clone, Copy, Serialize, Debug, ToSchema)]
#[schema(as = FinnotechChargeStatus)]
#[serde(rename_all = "camelCase")]
pub struct ChargeStatus<'a> {
    /// `Success`, `Unsuccess` or `Unknown`.
    pub message: &'static str,
    /// The result code of the charge or of the inquiry.
    pub code: &'static str,
    /// The Persian text of the code.
    pub description: &'static str,
    /// `Success`: the card is charged. `Unsuccess`: it is not. `Unknown`: ask again later, and do not charge again.
    pub transaction_status: &'static str,
    /// The bank's number of the charge; null unless it is done.
    pub tracker: Option<i64>,
    /// The trackId of the charge.
    pub track_id: &'a str,
}

/// The number that a card has now.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechValidCard)]
pub struct ValidCard<'a> {
    /// `Success` or `Unsuccess`.
    pub message: &'static str,
    /// `F00`: found. `F101`: no bon card. `F102`: not known. `F103`, `F123`: other errors.
    pub code: &'static str,
    /// The Persian text of the code; only with `Unsuccess`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'static str>,
    /// The number that the card has now: another one if it was replaced. With `Unsuccess` the number of the request.
    pub card: &'a str,
}

/// What is on a card.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechCardBalance)]
pub struct CardBalance {
    /// The available balance in rials, as a text.
    pub balance: String,
}

/// What has moved on a card.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechCardStatement)]
pub struct CardStatement {
    /// The movements, newest first, at most 100.
    pub transactions: Vec<CardRow>,
}

/// One movement on a card.
// Constants are as the documents print them.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechCardRow)]
pub struct CardRow {
    /// `tracker` of the charge, or the number of the entry.
    pub trace: i64,
    /// The card's number, with blanks up to 20 characters.
    pub pan: String,
    /// The day, Jalali `YYYY-MM-DD`.
    pub financialdate: String,
    /// The same as `financialdate`.
    #[serde(rename = "Local_Date")]
    pub local_date: String,
    /// The time in Tehran, `HHMMSS`.
    pub timein: String,
    /// The same as `timein`.
    #[serde(rename = "Local_Time")]
    pub local_time: String,
    /// Always 636214.
    pub acqinst: i64,
    /// Always `02010002`.
    pub acc_termid: &'static str,
    /// The tracking number of the charge, or the number of the entry.
    pub refnum: String,
    /// Always 320000.
    pub prcode: i64,
    /// Always 3.
    pub pos_cond_code: i64,
    /// The amount in rials, as a text that ends in `.0`.
    pub amount: String,
    /// The balance after it in rials, as a text that ends in `.0`.
    pub available: String,
}
