//! The types of `result` in the services' replies.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// transferTo (finnotech.md 3.1).
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechTransfer)]
#[serde(rename_all = "camelCase")]
pub struct Transfer<'a> {
    pub amount: i64,
    pub description: &'a str,
    pub destination_firstname: &'a str,
    pub destination_lastname: &'a str,
    pub destination_number: &'a str,
    pub inquiry_date: String,
    pub inquiry_sequence: i64,
    pub inquiry_time: String,
    pub message: &'a str,
    pub payment_number: &'a str,
    pub ref_code: String,
    pub source_firstname: &'a str,
    pub source_lastname: &'a str,
    pub source_number: &'a str,
    #[serde(rename = "type")]
    pub route: &'static str,
}

/// transferInquiry (finnotech.md 3.3).
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechInquiry)]
#[serde(rename_all = "camelCase")]
pub struct Inquiry<'a> {
    pub transfer_status: &'static str,
    pub transaction_amount: i64,
    pub source_number: &'a str,
    pub destination_number: &'a str,
    pub inquiry_date: String,
    pub inquiry_time: String,
    pub inquiry_sequence: i64,
    pub transfer_track_id: &'a str,
    pub ref_code: String,
    #[serde(rename = "type")]
    pub route: &'static str,
}

/// balance (finnotech.md 3.5).
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechBalance)]
#[serde(rename_all = "camelCase")]
pub struct Balance<'a> {
    pub current_balance: i64,
    pub available_balance: i64,
    pub effective_balance: i64,
    pub freeze_amount: i64,
    pub number: &'a str,
}

/// One row of `deposits` (finnotech.md 3.10).
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechDepositRow)]
#[serde(rename_all = "camelCase")]
pub struct DepositRow {
    pub account_number: String,
    pub account_type: String,
}

/// statement (finnotech.md 3.5).
#[derive(Serialize, Debug, Default, ToSchema)]
#[schema(as = FinnotechStatement)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    pub iban: String,
    pub branch_code: &'static str,
    pub branch_name: &'static str,
    pub account_current_balance: String,
    pub account_current_balance_sign: &'static str,
    pub account_available_balance: String,
    pub account_available_balance_sign: &'static str,
    pub current_balance: String,
    pub current_balance_sign: &'static str,
    pub account_type_code: String,
    pub customer_name: String,
    pub customer_family_name: String,
    pub transaction_chain: &'static str,
    pub last_record_number: String,
    #[schema(value_type = Vec<StatementRow>)]
    pub transactions: Vec<Box<RawValue>>,
    pub sub_type_code: &'static str,
    pub backup_account_number: &'static str,
    pub open_date: &'static str,
    pub effective_account_balance: &'static str,
    pub effective_account_balance_sign: &'static str,
    pub cics_trans_id: &'static str,
    pub seq_no: &'static str,
    pub data_type: &'static str,
    pub acknowledge: &'static str,
    pub msgnbr: &'static str,
    pub available_sign: &'static str,
    pub average_balance: &'static str,
    pub average_balance_sign: &'static str,
}

/// One entry of a statement.
#[derive(Serialize, Debug, Default, ToSchema)]
#[schema(as = FinnotechStatementRow)]
#[serde(rename_all = "camelCase")]
pub struct StatementRow {
    pub operation_code: OperationCode,
    pub record_number: String,
    pub balance: String,
    pub balance_sign: &'static str,
    pub transaction_amount_credit: String,
    pub transaction_amount_debit: String,
    pub transaction_description: &'static str,
    pub date: String,
    pub full_date: String,
    pub time: String,
    pub request_date: String,
    pub request_time: String,
    pub origin_key: String,
    pub raw_origin_key: String,
    pub optional_information: String,
    pub optional_information15: String,
    pub optional_information1: String,
    pub optional_information30: String,
    pub ref_code: String,
    pub transaction_amount: String,
    /// `IBAN` on paya and satna rows, `CARD` on those of charges.
    pub transaction_class: Option<&'static str>,
    pub iban_information_map: Option<IbanInformation>,
    pub card_information_map: Option<CardInformation>,
    #[schema(value_type = Option<Object>)]
    pub ledger_information_map: Option<()>,
    pub cheque_no: &'static str,
    pub branch_no: &'static str,
    #[serde(rename = "userID")]
    pub user_id: &'static str,
    pub source: &'static str,
    pub additional_information: &'static str,
}

/// The other side of a charge's row.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechCardInformation)]
#[serde(rename_all = "camelCase")]
pub struct CardInformation {
    pub transaction_class: &'static str,
    /// The charge's `tracker`.
    pub reference_id: String,
}

/// The other side of a paya or satna row.
#[derive(Serialize, Debug, Default, ToSchema)]
#[schema(as = FinnotechIbanInformation)]
#[serde(rename_all = "camelCase")]
pub struct IbanInformation {
    pub transaction_class: &'static str,
    pub transaction_type_code: &'static str,
    pub destination_iban: String,
    pub pay_id: String,
    pub name: String,
    pub bank_code: String,
    pub branch_code: &'static str,
    pub reason_description: &'static str,
    pub charge_amount: &'static str,
    pub chakavak_info: &'static str,
    pub reference_id: String,
}

/// `operationCode` of every row: internet transfer.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechOperationCode)]
pub struct OperationCode {
    pub code: &'static str,
    pub message: &'static str,
}

impl Default for OperationCode {
    fn default() -> Self {
        Self { code: "722", message: "حواله اينترنتي" }
    }
}

/// client_credentials token (finnotech.md 2.1).
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechClientCredentialToken)]
#[serde(rename_all = "camelCase")]
pub struct ClientCredentialToken<'a> {
    pub value: &'a str,
    pub scopes: &'a [String],
    pub life_time: i64,
    pub creation_date: &'a str,
    pub refresh_token: &'a str,
}

/// authorization_code token (finnotech.md 2.1).
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechCodeToken)]
#[serde(rename_all = "camelCase")]
pub struct CodeToken<'a> {
    pub scopes: &'a [String],
    pub monthly_call_limitation: i64,
    pub max_amount_per_transaction: i64,
    pub user_id: &'a str,
    pub creation_date: &'a str,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub bank: &'a str,
    pub life_time: i64,
    pub deposits: &'a [String],
    pub client_id: &'a str,
    pub value: &'a str,
    pub refresh_token: &'a str,
    /// `SMS` for a token that the user granted by SMS; absent for others.
    #[serde(rename = "auth_type", skip_serializing_if = "Option::is_none")]
    pub auth_type: Option<&'static str>,
}

/// Claims of a client-credential token (finnotech.md 2.5).
#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
pub struct ClientCredentialClaims<'a> {
    pub token_id: &'a str,
    pub client_id: &'a str,
    pub user_id: &'a str,
    pub active: bool,
    pub scopes: &'a [String],
    pub deposits: [(); 0],
    pub monthly_call_limitation: Option<i64>,
    pub max_amount_per_transaction: Option<i64>,
    pub destination: Option<()>,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub creation_date: &'a str,
    pub life_time: i64,
    pub iat: i64,
}

/// Claims of a code token (finnotech.md 2.5).
#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
pub struct CodeClaims<'a> {
    pub token_id: &'a str,
    pub scopes: &'a [String],
    pub monthly_call_limitation: i64,
    pub max_amount_per_transaction: i64,
    pub user_id: &'a str,
    pub creation_date: &'a str,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub bank: &'a str,
    pub life_time: i64,
    pub deposits: &'a [String],
    pub client_id: &'a str,
    #[serde(rename = "randomUKID")]
    pub random_uk_id: &'a str,
    pub iat: i64,
    /// `SMS` for a token that the user granted by SMS; absent for others.
    #[serde(rename = "auth_type", skip_serializing_if = "Option::is_none")]
    pub auth_type: Option<&'static str>,
}

/// payas (finnotech.md 3.4).
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechPayas)]
pub struct Payas {
    #[schema(value_type = Vec<PayaRow>)]
    pub transactions: Vec<Box<RawValue>>,
    pub count: i64,
}

/// One paya transfer whose cycle has settled.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechPayaRow)]
#[serde(rename_all = "camelCase")]
pub struct PayaRow {
    pub transaction_id: String,
    pub transaction_date: String,
    pub trace_id: String,
    pub amount: i64,
    pub sender_name: String,
    pub sender_iban: String,
    pub sender_bank: String,
    pub receiver_iban: String,
    pub receiver_name: String,
    pub comment: String,
    pub paya_cycle: String,
    pub cycle_time: String,
    pub pay_id: String,
    pub return_causality: String,
    pub return_id: String,
    pub rejected: &'static str,
    pub ad_date: String,
}

/// ibanInquiry (finnotech.md 3.9).
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechIbanInquiry)]
#[serde(rename_all = "camelCase")]
pub struct IbanInquiry<'a> {
    #[serde(rename = "IBAN")]
    pub iban: &'a str,
    pub bank_name: &'static str,
    pub deposit: &'a str,
    pub deposit_description: &'static str,
    pub deposit_comment: &'static str,
    pub deposit_owners: Vec<DepositOwner<'a>>,
    pub deposit_status: &'static str,
    pub error_description: &'static str,
}

/// Who holds a deposit.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechDepositOwner)]
#[serde(rename_all = "camelCase")]
pub struct DepositOwner<'a> {
    pub first_name: &'a str,
    pub last_name: &'a str,
}

/// tokens with `bank` (finnotech.md 2.7).
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechTokensOfBank)]
#[serde(rename_all = "camelCase")]
pub struct TokensOfBank {
    #[schema(value_type = Vec<TokenRow>)]
    pub authorization_code: Vec<Box<RawValue>>,
}

/// tokens without `bank` (finnotech.md 2.7).
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechTokens)]
#[serde(rename_all = "camelCase")]
pub struct Tokens {
    #[schema(value_type = Vec<TokenRow>)]
    pub client_credentials: Vec<Box<RawValue>>,
    #[schema(value_type = Vec<TokenRow>)]
    pub sms: Vec<Box<RawValue>>,
}

/// A living token.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechTokenRow)]
#[serde(rename_all = "camelCase")]
pub struct TokenRow {
    pub id: String,
    pub client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deposits: Option<Vec<String>>,
    pub life_time: i64,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub creation_date: String,
    pub user_id: String,
    pub scopes: Vec<String>,
}

/// wages (finnotech.md 2.7).
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechWages)]
pub struct Wages {
    #[schema(value_type = Vec<Wage>)]
    pub wages: Vec<Box<RawValue>>,
    pub total: i64,
}

/// One order in the call report.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechWage)]
#[serde(rename_all = "camelCase")]
pub struct Wage {
    pub transaction_amount: i64,
    pub tariff_name: &'static str,
    pub uid: String,
    pub service_name: String,
    pub scope_name: &'static str,
    pub date: String,
    pub track_id: String,
    pub amount: i64,
    pub deposit: String,
    pub status: &'static str,
    #[serde(rename = "inquiry_date", skip_serializing_if = "Option::is_none")]
    pub inquiry_date: Option<String>,
    #[serde(rename = "inquiry_time", skip_serializing_if = "Option::is_none")]
    pub inquiry_time: Option<String>,
    #[serde(rename = "inquiry_sequence", skip_serializing_if = "Option::is_none")]
    pub inquiry_sequence: Option<i64>,
}

/// The SMS step of authorize (finnotech.md 2.4).
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechSmsSent)]
#[serde(rename_all = "camelCase")]
pub struct SmsSent<'a> {
    pub sms_sent: bool,
    pub track_id: &'a str,
}

/// verify/sms (finnotech.md 2.4).
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechVerified)]
pub struct Verified<'a> {
    pub code: &'a str,
}
